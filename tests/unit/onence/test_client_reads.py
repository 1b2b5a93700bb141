"""Reads against a server that misbehaves in every way, over real HTTP."""

import base64
from datetime import UTC, date, datetime

import pytest

from sim_operator.domain.failure import FailureKind
from sim_operator.domain.states import Session
from sim_operator.domain.usage import DayUsage, UsageReading
from sim_operator.onence.client import Service
from sim_operator.onence.exchange import MOST_BODY_BYTES
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Lane
from tests.unit.onence.accounts import ICCID, SECRET, SEEN, SIM, Account
from tests.unit.onence.scripted_server import TOKEN, Reply, of_json


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


async def test_a_read_that_drips_without_end_is_given_up(hasty: Account) -> None:
    hasty.server.answer = lambda _: Reply(drip=b" ")
    assert (await hasty.failed_read()).kind is FailureKind.UNAVAILABLE


@pytest.mark.parametrize("status", [200, 404, 422])
async def test_an_answer_that_is_too_long_is_not_read_to_its_end(v2: Account, status: int) -> None:
    longest = Reply(status, b'{"iccid": ' + b" " * MOST_BODY_BYTES + b"1}")
    v2.server.answer = lambda _: longest
    failure = await v2.failed_read()
    assert (failure.kind, failure.status) == (FailureKind.UNAVAILABLE, status)
    assert failure.message.endswith("a body of more than 16 MiB")
    assert v2.counts.unusables == ["get-sim"] * 3
    written = await v2.failed_write()
    assert (written.kind, len(v2.server.calls("PUT"))) == (FailureKind.AMBIGUOUS, 1)


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
    assert v2.counts.unusables == ["list-sims"]


async def test_a_quota_without_a_volume_is_a_failure_and_not_zero(v2: Account) -> None:
    v2.server.answer = lambda _: of_json({"total_volume": 500})
    with pytest.raises(OnenceError, match="no volume"):
        await v2.client.read_quota(ICCID, Service.DATA, lane=Lane.DETAIL)
    assert v2.counts.unusables == ["get-quota"]


async def test_answers_that_cannot_be_read_are_counted_beside_their_good_status(
    v2: Account,
) -> None:
    v2.server.answer = lambda _: Reply(200, b'{"torn')
    await v2.failed_read()
    await v2.failed_write()
    assert v2.counts.requests[1:] == [*[("get-sim", "200")] * 3, ("update-sim", "200")]
    assert v2.counts.unusables == [*["get-sim"] * 3, "update-sim"]
    v2.server.answer = lambda _: of_json(SIM)
    assert await v2.client.read_sim(ICCID) == SEEN
    assert len(v2.counts.unusables) == 4


FIRST, LAST = date(2026, 11, 1), date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


async def test_usage_is_asked_for_by_days_and_says_when_it_was_asked(
    v1: Account, v2: Account
) -> None:
    row = {"date": "2026-11-22T00:00:00.000Z", "data": {"volume": "1.5"}, "sms": {"volume": "3"}}
    v1.server.answer = lambda _: of_json({"stats": [row]})
    for account in (v1, v2):
        read = await account.client.read_usage(ICCID, FIRST, LAST, now=NOW, lane=Lane.HOT)
        assert read == UsageReading(NOW, FIRST, LAST, {date(2026, 11, 22): DayUsage(3 << 19, 3)})
        assert account.counts.requests[-1] == ("get-usage", "200")
    first, second = v1.server.calls()
    assert (first.path, second.path) == (f"/v1/sims/{ICCID}/usage", f"/v2/sims/{ICCID}/usage")
    assert first.query == second.query == "start_dt=2026-11-01&end_dt=2026-11-23"


async def test_usage_without_a_list_is_a_failure_and_not_no_use(v2: Account) -> None:
    v2.server.answer = lambda _: of_json({"stats": None})
    with pytest.raises(OnenceError, match="no list of days") as raised:
        await v2.client.read_usage(ICCID, FIRST, LAST, now=NOW, lane=Lane.HOT)
    assert (raised.value.failure.kind, raised.value.failure.status) == (
        FailureKind.UNAVAILABLE,
        200,
    )


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


async def test_a_retired_client_begins_no_call_and_gives_its_turn_back(v2: Account) -> None:
    v2.server.script = [of_json([SIM])]
    await v2.client.read_page(1)
    before = len(v2.server.asked)
    v2.client.retire()
    with pytest.raises(OnenceError) as refused:
        await v2.client.read_session(ICCID, lane=Lane.DETAIL)
    assert refused.value.failure.kind is FailureKind.WITHDRAWN
    assert len(v2.server.asked) == before
