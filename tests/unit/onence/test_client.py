"""The client against a server that misbehaves in every way, over real HTTP."""

import asyncio
import base64
import math
import re
import ssl
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
import stamina

import sim_operator.onence
from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import ObservedSim, SimWrite
from sim_operator.domain.states import ImeiLock, Session, SimState
from sim_operator.onence.client import ClientConfig, OnenceClient, Service
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Lane, Throttle
from sim_operator.onence.token import BACK_OFF_SECONDS, Token
from tests.unit.onence.scripted_server import TOKEN, Asked, Reply, ScriptedServer, of_json
from tests.unit.onence.virtual_time import VirtualTime

ICCID = Iccid("8988303000123456789")
SECRET = "hunter2-s3cret"
SIM = {"iccid": ICCID, "status": "Enabled", "label": "pump-17", "imei_lock": True}
SEEN = ObservedSim(ICCID, SimState.ENABLED, "pump-17", ImeiLock.LOCKED)
DISABLE = SimWrite(state=SimState.DISABLED)
Version = Literal["v1", "v2"]


class Counts:
    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.waits: list[float] = []

    def request(self, operation: str, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.requests.append((operation, code))

    def throttle_wait(self, seconds: float) -> None:
        self.waits.append(seconds)


class Permits:
    """Counts the questions, and says no from the one that a test names."""

    def __init__(self, refuse_from: int = 99) -> None:
        self.asked = 0
        self._refuse_from = refuse_from

    def __call__(self) -> None:
        self.asked += 1
        if self.asked >= self._refuse_from:
            raise OnenceError(Failure(FailureKind.WITHDRAWN, "no longer wanted"))


class Account:
    """A client and the server that it speaks to."""

    def __init__(
        self,
        server: ScriptedServer,
        version: Version,
        timeout: float = 4.0,
        clock: VirtualTime | None = None,
    ) -> None:
        self.server = server
        self.counts = Counts()
        self.throttle = Throttle(
            1000,
            now=clock.now if clock else time.monotonic,
            sleep=clock.sleep if clock else asyncio.sleep,
            on_wait=self.counts.throttle_wait,
        )
        self.config = ClientConfig(server.url, version, "account-17", SECRET, timeout=timeout)
        self.client = OnenceClient(self.config, self.throttle, self.counts)
        self.permits = Permits()

    async def write(
        self, change: SimWrite = DISABLE, current: ObservedSim | None = SEEN
    ) -> SimWrite | None:
        return await self.client.write_sim(
            ICCID, change, permit=self.permits, priority=0, current=current
        )

    async def failed_write(self) -> Failure:
        with pytest.raises(OnenceError) as raised:
            await self.write()
        return raised.value.failure

    async def failed_read(self) -> Failure:
        with pytest.raises(OnenceError) as raised:
            await self.client.read_sim(ICCID, lane=Lane.HOT)
        return raised.value.failure


@pytest.fixture(autouse=True)
def no_waiting_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer().running() as running:
        yield running


@pytest.fixture
async def v1(server: ScriptedServer) -> AsyncIterator[Account]:
    account = Account(server, "v1")
    async with account.client:
        yield account


@pytest.fixture
async def v2(server: ScriptedServer) -> AsyncIterator[Account]:
    account = Account(server, "v2")
    async with account.client:
        yield account


@pytest.fixture
async def hasty(server: ScriptedServer) -> AsyncIterator[Account]:
    account = Account(server, "v2", timeout=0.3)
    async with account.client:
        yield account


async def test_a_page_is_asked_for_as_the_api_wants_it(v1: Account) -> None:
    v1.server.script = [of_json([SIM], x_total_count="201", x_total_pages="3")]
    page = await v1.client.read_page(2)
    assert (page.sims, page.total, page.pages, page.unreadable) == ((SEEN,), 201, 3, 0)
    token, listing = v1.server.asked
    assert (token.method, token.path) == ("POST", "/oauth/token")
    assert token.json == {"grant_type": "client_credentials"}
    pair = base64.b64encode(f"account-17:{SECRET}".encode()).decode()
    assert token.headers["authorization"] == f"Basic {pair}"
    assert token.headers["content-type"] == "application/json"
    assert (listing.path, listing.query) == ("/v1/sims", "page=2&pageSize=100")
    assert listing.headers["authorization"] == f"Bearer {TOKEN}1"
    assert v1.counts.requests == [("oauth-token", "200"), ("list-sims", "200")]
    assert len(v1.counts.waits) == 1


async def test_details_are_read_from_the_paths_of_the_version(v2: Account) -> None:
    v2.server.script = [
        of_json({"volume": "1.5", "total_volume": 500, "expiry_date": "2033-02-02 00:00:00"}),
        of_json({"volume": -3, "total_volume": 250}),
        of_json({"status": {"description": "ONLINE"}}),
    ]
    data = await v2.client.read_quota(ICCID, Service.DATA, lane=Lane.DETAIL)
    sms = await v2.client.read_quota(ICCID, Service.SMS, lane=Lane.HOT)
    session = await v2.client.read_session(ICCID, lane=Lane.DETAIL)
    assert (data.remaining, sms.remaining, session) == (1_572_864, -3, Session.ONLINE)
    assert [one.path for one in v2.server.calls()] == [
        f"/v2/sims/{ICCID}/quota/data",
        f"/v2/sims/{ICCID}/quota/sms",
        f"/v2/sims/{ICCID}/status",
    ]


async def test_a_v1_write_reads_and_then_sends_all_four_fields(v1: Account) -> None:
    fresh = {**SIM, "label": "renamed in the portal"}
    v1.server.script = [of_json(fresh), Reply(200)]
    assert await v1.write() == DISABLE
    read, put = v1.server.calls()
    assert (read.method, put.method, put.path) == ("GET", "PUT", f"/v1/sims/{ICCID}")
    assert put.json == {
        "iccid": ICCID,
        "status": "Disabled",
        "label": "renamed in the portal",
        "imei_lock": True,
    }
    assert v1.permits.asked == 1


async def test_a_v1_write_that_changes_nothing_is_not_sent(v1: Account) -> None:
    v1.server.script = [of_json({**SIM, "status": "Disabled"})]
    assert await v1.write() is None
    assert v1.server.calls("PUT") == []
    assert v1.permits.asked == 0


async def test_a_v1_write_with_an_unknown_field_is_not_sent(v1: Account) -> None:
    v1.server.script = [of_json({"iccid": ICCID, "status": "Enabled", "label": "x"})]
    failure = await v1.failed_write()
    assert failure.kind is FailureKind.MISSING_FIELD
    assert "spec.imeiLock" in failure.message
    assert v1.server.calls("PUT") == []


@pytest.mark.parametrize("answer", [Reply(204), Reply(200), of_json({"ok": True})])
async def test_a_v2_write_sends_what_differs_and_takes_any_success(
    v2: Account, answer: Reply
) -> None:
    v2.server.script = [answer]
    sent = await v2.write(SimWrite(SimState.DISABLED, "pump-17", ImeiLock.UNLOCKED))
    assert sent == SimWrite(SimState.DISABLED, None, ImeiLock.UNLOCKED)
    (put,) = v2.server.calls()
    assert put.json == {"status": "Disabled", "imei_lock": False}


async def test_a_v2_write_reads_first_where_nothing_is_known(v2: Account) -> None:
    v2.server.script = [of_json(SIM), Reply(204)]
    await v2.write(current=None)
    assert [one.method for one in v2.server.calls()] == ["GET", "PUT"]


async def test_a_write_that_is_withdrawn_is_not_sent_and_gives_its_turn_back(v2: Account) -> None:
    v2.permits = Permits(refuse_from=1)
    before = v2.throttle.remaining
    assert (await v2.failed_write()).kind is FailureKind.WITHDRAWN
    assert v2.server.calls() == []
    assert v2.throttle.remaining == before


async def test_a_write_is_permitted_only_when_its_waiting_is_over(server: ScriptedServer) -> None:
    clock = VirtualTime()
    account = Account(server, "v2", clock=clock)
    server.answer = lambda _: Reply(204)
    async with account.client:
        account.throttle.pause(100)
        write = asyncio.create_task(account.write())
        await account.client._tokens.get()
        await clock.advance(99)
        assert account.permits.asked == 0
        await clock.advance(2)
        assert account.permits.asked == 1
        assert await write == DISABLE


async def test_a_call_whose_token_ended_while_it_waited_gets_a_new_one(
    server: ScriptedServer,
) -> None:
    clock = VirtualTime()
    account = Account(server, "v2", clock=clock)
    lifetimes = [0.3, 3600]

    def grant() -> Reply:
        server.tokens_granted += 1
        token = f"{TOKEN}{server.tokens_granted}"
        return of_json({"access_token": token, "expires_in": str(lifetimes.pop(0))})

    server.oauth = grant
    server.answer = lambda _: Reply(204)
    async with account.client:
        account.throttle.pause(100)
        write = asyncio.create_task(account.write())
        await account.client._tokens.get()
        await asyncio.sleep(0.35)
        assert account.client._tokens.held() is None
        await clock.advance(101)
        assert await write == DISABLE
    (put,) = server.calls("PUT")
    assert put.headers["authorization"] == f"Bearer {TOKEN}2"


async def test_tokens_that_end_at_once_are_not_fetched_without_end(v2: Account) -> None:
    v2.server.oauth = lambda: of_json({"access_token": TOKEN, "expires_in": 0.0001})
    failure = await v2.failed_write()
    assert failure.kind is FailureKind.UNAVAILABLE
    assert [one.path for one in v2.server.asked] == ["/oauth/token"] * 3


async def test_a_refused_token_is_fetched_again_and_the_write_permitted_again(v2: Account) -> None:
    v2.server.script = [Reply(401), Reply(204)]
    assert await v2.write() == DISABLE
    assert v2.permits.asked == 2
    tokens = [one.headers["authorization"] for one in v2.server.calls("PUT")]
    assert tokens == [f"Bearer {TOKEN}1", f"Bearer {TOKEN}2"]


async def test_a_write_withdrawn_after_a_refused_token_is_not_sent_again(v2: Account) -> None:
    v2.server.script = [Reply(401)]
    v2.permits = Permits(refuse_from=2)
    assert (await v2.failed_write()).kind is FailureKind.WITHDRAWN
    assert len(v2.server.calls("PUT")) == 1


async def test_a_second_401_means_bad_credentials_and_no_token_is_fetched_for_a_while(
    v2: Account,
) -> None:
    v2.server.answer = lambda _: Reply(401)
    for _ in range(5):
        assert (await v2.failed_read()).kind is FailureKind.BAD_CREDENTIALS
    assert len(v2.server.calls()) == 2
    assert v2.server.tokens_granted == 2


async def test_calls_whose_token_was_revoked_together_fetch_one_new_token(v2: Account) -> None:
    def answer(asked: Asked) -> Reply:
        revoked = asked.headers["authorization"] == f"Bearer {TOKEN}1"
        return Reply(401) if revoked else of_json(SIM)

    v2.server.answer = answer
    reads = await asyncio.gather(*(v2.client.read_sim(ICCID, lane=Lane.HOT) for _ in range(20)))
    assert set(reads) == {SEEN}
    assert v2.server.tokens_granted == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (of_json({"errorCode": "BadCredentials", "message": "User does not exist."}, 400),
         FailureKind.BAD_CREDENTIALS),
        (of_json({"errorCode": "CognitoAuthenticationError", "message": "no"}, 400),
         FailureKind.BAD_CREDENTIALS),
        (of_json({"message": "Unauthorized"}, 401), FailureKind.BAD_CREDENTIALS),
        (of_json({"errorCode": "BodyValidationError", "message": "no"}, 400), FailureKind.REFUSED),
        (Reply(400), FailureKind.REFUSED),
        (Reply(403), FailureKind.REFUSED),
        (Reply(404), FailureKind.REFUSED),
        (Reply(422), FailureKind.REFUSED),
        (Reply(302, headers={"location": "http://127.0.0.1:9/"}), FailureKind.REFUSED),
        (Reply(503), FailureKind.UNAVAILABLE),
        (of_json({"expires_in": 3600}), FailureKind.UNAVAILABLE),
        (of_json({"access_token": "two\nlines"}), FailureKind.UNAVAILABLE),
        (Reply(200, b"<html>", {"content-type": "text/html"}), FailureKind.UNAVAILABLE),
        (Reply(raw=b""), FailureKind.UNAVAILABLE),
    ],
)  # fmt: skip
async def test_no_failure_to_get_a_token_is_taken_for_one_of_the_sim(
    v2: Account, answer: Reply, kind: FailureKind
) -> None:
    v2.server.oauth = lambda: answer
    assert (await v2.failed_write()).kind is kind
    assert v2.server.calls() == []


async def test_a_rate_limit_on_the_token_does_not_stop_the_account_s_other_calls(
    v2: Account,
) -> None:
    v2.server.oauth = lambda: Reply(429, headers={"retry-after": "30"})
    assert (await v2.failed_write()).kind is FailureKind.RATE_LIMITED
    assert v2.throttle.remaining > 0


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (Reply(raw=b""), FailureKind.AMBIGUOUS, "broke off"),
        (Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"),
         FailureKind.AMBIGUOUS, "broke off"),
        (Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n"), FailureKind.AMBIGUOUS, "broke off"),
        (Reply(500), FailureKind.AMBIGUOUS, "500"),
        (Reply(503, headers={"retry-after": "5"}), FailureKind.AMBIGUOUS, "503"),
        (Reply(200, b'{"torn'), FailureKind.AMBIGUOUS, "not readable JSON"),
        (Reply(200, b"<html>login</html>", {"content-type": "text/html"}),
         FailureKind.AMBIGUOUS, "content type"),
        (Reply(200, b"no gzip", {"content-encoding": "gzip"}),
         FailureKind.AMBIGUOUS, "decompressed"),
        (Reply(302, headers={"location": "http://127.0.0.1:9/"}),
         FailureKind.REFUSED, "redirect"),
        (of_json({"error_token": "BadRequest", "message": "label"}, 400),
         FailureKind.REFUSED, "BadRequest: label"),
        (Reply(403), FailureKind.FORBIDDEN, "403"),
        (Reply(404), FailureKind.NOT_FOUND, "404"),
        (Reply(422), FailureKind.EXPIRED, "422"),
        (Reply(429, headers={"retry-after": "2"}), FailureKind.RATE_LIMITED, "429"),
    ],
)  # fmt: skip
async def test_a_write_leaves_once_whatever_the_answer(
    v2: Account, answer: Reply, kind: FailureKind, text: str
) -> None:
    v2.server.answer = lambda _: answer
    failure = await v2.failed_write()
    assert failure.kind is kind
    assert text in failure.message
    assert failure.message.startswith("update-sim: ")
    assert len(v2.server.calls("PUT")) == 1
    assert (v2.throttle.remaining == 0) == (kind is FailureKind.RATE_LIMITED)


@pytest.mark.parametrize("answer", [Reply(hang=True), Reply(drip=b" ")])
async def test_a_write_without_a_whole_answer_in_time_is_ambiguous(
    hasty: Account, answer: Reply
) -> None:
    hasty.server.answer = lambda _: answer
    failure = await hasty.failed_write()
    assert failure.kind is FailureKind.AMBIGUOUS
    assert "in time" in failure.message
    assert len(hasty.server.calls("PUT")) == 1
    assert hasty.counts.requests[-1] == ("update-sim", "error")


async def test_a_read_that_drips_without_end_is_given_up(hasty: Account) -> None:
    hasty.server.answer = lambda _: Reply(drip=b" ")
    assert (await hasty.failed_read()).kind is FailureKind.UNAVAILABLE


async def test_a_write_that_finds_nobody_was_not_sent(v2: Account) -> None:
    async def nobody(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    other = await asyncio.start_server(nobody, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    other.close()
    await v2.client._tokens.get()  # the token is in hand before 1NCE goes away
    v2.client._exchange._endpoint = f"http://127.0.0.1:{port}"
    failure = await v2.failed_write()
    assert failure.kind is FailureKind.UNAVAILABLE
    assert "cannot connect" in failure.message


async def test_a_write_that_never_gets_through_the_tls_handshake_was_not_sent(
    hasty: Account,
) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    await hasty.client._tokens.get()
    other = await asyncio.start_server(silent, "127.0.0.1", 0)
    hasty.client._exchange._endpoint = f"https://127.0.0.1:{other.sockets[0].getsockname()[1]}"
    assert (await hasty.failed_write()).kind is FailureKind.UNAVAILABLE
    other.close()
    await other.wait_closed()


async def test_a_write_that_the_proxy_does_not_pass_on_was_not_sent_and_no_token_was_shown(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", server.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    server.url = "https://127.0.0.1:9"
    account = Account(server, "v2", timeout=0.3)
    account.client._tokens._token = Token(TOKEN, renew_at=math.inf, ends_at=math.inf)
    for answer in (Reply(hang=True), Reply(407), Reply(raw=b"")):
        server.script = [answer]
        assert (await account.failed_write()).kind is FailureKind.UNAVAILABLE
    await account.client.aclose()
    assert [one.method for one in server.asked] == ["CONNECT"] * 3
    assert not any("authorization" in one.headers for one in server.asked)


async def test_a_call_that_succeeds_ends_the_growth_of_pauses(v2: Account) -> None:
    v2.server.oauth = lambda: Reply(503)
    await v2.failed_write()
    assert v2.client._tokens._failures == 1
    v2.server.oauth = v2.server.grant
    v2.server.answer = lambda _: Reply(204)
    await asyncio.sleep(BACK_OFF_SECONDS)
    assert await v2.write() == DISABLE
    assert v2.client._tokens._failures == 0


@pytest.mark.parametrize(
    "answer",
    [
        Reply(500),
        Reply(raw=b""),
        Reply(200, b'{"torn'),
        Reply(200, b"{}", {"content-type": "text/html"}),
        Reply(429, headers={"retry-after": "0"}),
    ],
)
async def test_a_read_is_tried_three_times_where_that_may_help(v2: Account, answer: Reply) -> None:
    v2.server.script = [answer, answer]
    v2.server.answer = lambda _: of_json(SIM)
    assert await v2.client.read_sim(ICCID) == SEEN
    v2.server.answer = lambda _: answer
    assert (await v2.failed_read()).kind in (FailureKind.UNAVAILABLE, FailureKind.RATE_LIMITED)
    assert len(v2.server.calls()) == 6
    assert len(v2.counts.waits) == 6


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Reply(400), FailureKind.REFUSED),
        (Reply(403), FailureKind.FORBIDDEN),
        (Reply(404), FailureKind.NOT_FOUND),
        (Reply(422), FailureKind.EXPIRED),
        (Reply(301), FailureKind.REFUSED),
        (of_json({**SIM, "iccid": "8988303000123456788"}), FailureKind.UNAVAILABLE),
        (of_json({"label": "x"}), FailureKind.UNAVAILABLE),
        (of_json([SIM]), FailureKind.UNAVAILABLE),
    ],
)
async def test_a_read_is_not_repeated_where_that_would_not_help(
    v2: Account, answer: Reply, kind: FailureKind
) -> None:
    v2.server.answer = lambda _: answer
    assert (await v2.failed_read()).kind is kind
    assert len(v2.server.calls()) == 1


@pytest.mark.parametrize("body", [{"results": []}, None, "text"])
async def test_a_page_that_is_not_a_list_is_a_failure(v2: Account, body: object) -> None:
    v2.server.answer = lambda _: of_json(body)
    with pytest.raises(OnenceError, match="not a list"):
        await v2.client.read_page(1)


async def test_a_quota_without_a_volume_is_a_failure_and_not_zero(v2: Account) -> None:
    v2.server.answer = lambda _: of_json({"total_volume": 500})
    with pytest.raises(OnenceError, match="no volume"):
        await v2.client.read_quota(ICCID, Service.DATA, lane=Lane.DETAIL)


async def test_a_rate_limited_read_waits_as_long_as_1nce_asks(
    v2: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    paused: list[float] = []
    monkeypatch.setattr(v2.throttle, "pause", paused.append)
    v2.server.script = [
        Reply(429, headers={"retry-after": "7"}),
        Reply(429, headers={"retry-after": "600"}),
        of_json(SIM),
    ]
    assert await v2.client.read_sim(ICCID) == SEEN
    assert paused == [7.0, 60.0]


async def test_the_token_goes_to_no_proxy_and_to_no_other_host(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ScriptedServer().running() as stranger:
        stranger.oauth = stranger.grant
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, stranger.url)
        account = Account(server, "v2")
        async with account.client:
            server.script = [
                Reply(302, headers={"location": f"{stranger.url}/v2/sims/{ICCID}"}),
                of_json(SIM),
            ]
            await account.failed_read()
            await account.client.read_sim(ICCID)
        assert stranger.asked == []


async def test_a_name_and_password_in_the_endpoint_do_not_take_the_token_s_place(
    v2: Account,
) -> None:
    v2.client._exchange._endpoint = v2.server.url.replace("//", "//somebody:else@")
    v2.server.answer = lambda _: of_json(SIM)
    await v2.client.read_sim(ICCID)
    assert v2.server.calls()[0].headers["authorization"] == f"Bearer {TOKEN}1"


async def test_no_secret_is_shown_by_errors_logs_or_representations(
    v2: Account, caplog: pytest.LogCaptureFixture
) -> None:
    basic = base64.b64encode(f"account-17:{SECRET}".encode()).decode()

    def echo_with(status: int) -> Callable[[Asked], Reply]:
        def echo(asked: Asked) -> Reply:
            said = f"{asked.headers['authorization']} {SECRET} {basic}"
            return of_json({"message": said}, status)

        return echo

    shown: list[str] = [repr(v2.config), repr(v2.client), str(v2.config)]
    with caplog.at_level("DEBUG"):
        v2.server.answer = echo_with(403)
        for call in (v2.write(), v2.client.read_page(1)):
            with pytest.raises(OnenceError) as raised:
                await call
            shown += traceback.format_exception(raised.value)
            assert raised.value.__context__ is None
        v2.server.answer = echo_with(500)
        with pytest.raises(OnenceError) as raised:
            await v2.client.read_sim(ICCID)
        shown += traceback.format_exception(raised.value)
        v2.server.answer = lambda _: Reply(raw=b"")
        with pytest.raises(OnenceError) as raised:
            await v2.write()
        shown += traceback.format_exception(raised.value)
        assert raised.value.__context__ is None
    everything = "\n".join([*shown, caplog.text])
    for secret in (SECRET, basic, TOKEN):
        assert secret not in everything


def test_an_unreadable_ca_bundle_is_said_to_be_one() -> None:
    for bundle in ("", "no certificate", "-----BEGIN CERTIFICATE-----\nx\n"):
        config = ClientConfig("https://127.0.0.1:9", "v2", "id", SECRET, ca_bundle=bundle)
        with pytest.raises(OnenceError, match="CA bundle"):
            OnenceClient(config, Throttle(1), Counts())


def test_certificates_are_checked() -> None:
    config = ClientConfig("https://127.0.0.1:9", "v2", "id", SECRET)
    client = OnenceClient(config, Throttle(1), Counts())
    pool = client._exchange._http._transport._pool  # type: ignore[attr-defined]
    assert pool._ssl_context.verify_mode is ssl.CERT_REQUIRED
    assert pool._ssl_context.check_hostname


def sources() -> list[Path]:
    return sorted(Path(sim_operator.onence.__file__).parent.glob("*.py"))


def test_the_package_names_no_call_that_costs_or_moves_or_touches_many_sims() -> None:
    forbidden = re.compile(
        r"top_?-?up|/extension|/orders?\b|/products|/support|transfer|/limits|auto_?topup|/reset"
        r"|/sms\b|/usage|/events|payment",
        re.IGNORECASE,
    )
    assert len(sources()) > 8
    for source in sources():
        assert not forbidden.findall(source.read_text()), source.name


def test_the_only_post_asks_for_a_token_and_the_only_write_is_a_put() -> None:
    methods = re.compile(r'"(GET|PUT|POST|PATCH|DELETE)"')
    used = {source.name: methods.findall(source.read_text()) for source in sources()}
    assert {name: set(found) for name, found in used.items() if found} == {
        "client.py": {"GET", "PUT"},
        "exchange.py": {"PUT"},
        "oauth.py": {"POST"},
    }
    public = {name for name in vars(OnenceClient) if not name.startswith("_")}
    assert public == {
        "aclose", "read_page", "read_sim", "read_quota", "read_session", "write_sim",
    }  # fmt: skip
