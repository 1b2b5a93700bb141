"""Tokens as calls meet them, over real HTTP."""

import asyncio

import pytest

from sim_operator.domain.failure import FailureKind
from sim_operator.onence.throttle import Lane
from sim_operator.onence.token import BACK_OFF_SECONDS
from tests.unit.onence.accounts import DISABLE, ICCID, SEEN, SIM, Account, Permits
from tests.unit.onence.scripted_server import TOKEN, Asked, Reply, ScriptedServer, of_json
from tests.unit.onence.virtual_time import VirtualTime


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


async def test_a_call_that_succeeds_ends_the_growth_of_pauses(v2: Account) -> None:
    v2.server.oauth = lambda: Reply(503)
    await v2.failed_write()
    assert v2.client._tokens._failures == 1
    v2.server.oauth = v2.server.grant
    v2.server.answer = lambda _: Reply(204)
    await asyncio.sleep(BACK_OFF_SECONDS)
    assert await v2.write() == DISABLE
    assert v2.client._tokens._failures == 0
