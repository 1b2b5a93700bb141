"""Secrets stay where they belong, over real HTTP."""

import base64
import json
import math
import ssl
import traceback
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from sim_operator.domain.failure import FailureKind
from sim_operator.onence.client import ClientConfig, OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.oauth import Credentials
from sim_operator.onence.throttle import Throttle
from sim_operator.onence.token import Token
from tests.unit.onence.accounts import ICCID, SECRET, SIM, Account, Counts
from tests.unit.onence.scripted_server import TOKEN, Asked, Reply, ScriptedServer, of_json


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


@pytest.mark.parametrize(
    "written",
    [
        lambda secret: secret,
        json.dumps,
        lambda secret: json.dumps(secret, ensure_ascii=False),
        lambda secret: quote(secret, safe=""),
        quote,
        quote_plus,
        lambda secret: base64.b64encode(secret.encode()).decode(),
        lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
        lambda secret: Credentials("account-17", secret).authorization,
    ],
)
def test_a_secret_that_is_echoed_is_hidden_in_every_form(written: Callable[[str], str]) -> None:
    secret = 'k4n/+ r?y"ü>>'
    text = f"refused: {written(secret)} is wrong"
    hidden = Credentials("account-17", secret).redacted(text)
    assert "k4n" not in hidden
    assert base64.b64encode(b"k4n/+ r?").decode()[:8] not in hidden
    assert hidden.endswith(" is wrong")


async def test_a_short_token_that_is_echoed_is_hidden_though_another_is_held_by_then(
    v2: Account,
) -> None:
    def echo(asked: Asked) -> Reply:
        tokens = v2.client._tokens
        tokens._token = Token("another", renew_at=math.inf, ends_at=math.inf)
        return of_json({"message": f"got {asked.headers['authorization']}"}, 403)

    v2.client._tokens._token = Token("short-one", renew_at=math.inf, ends_at=math.inf)
    v2.server.answer = echo
    assert "short-one" not in (await v2.failed_read()).message
