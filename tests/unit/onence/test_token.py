"""One token for all calls, in virtual time."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import pytest

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.token import Grant, TokenSource
from tests.unit.onence.virtual_time import VirtualTime

REFUSAL = Failure(FailureKind.BAD_CREDENTIALS, "oauth-token: 1NCE answered 400 (BadCredentials)")
OUTAGE = Failure(FailureKind.UNAVAILABLE, "oauth-token: 1NCE answered 503")


@dataclass
class Issuer:
    """Issues tokens, one after the other, or fails."""

    lifetime: float = 3600.0
    takes: float = 0.0
    failure: Failure | None = None
    clock: VirtualTime = field(default_factory=VirtualTime)
    asked: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.source = TokenSource(self.fetch, now=self.clock.now, jitter=lambda: 1.0)

    async def fetch(self) -> Grant:
        self.asked.append(self.clock.now() - 1000.0)
        if self.takes:
            await self.clock.sleep(self.takes)
        if self.failure is not None:
            raise OnenceError(self.failure)
        return Grant(f"token-{len(self.asked)}", self.lifetime)

    async def failed(self) -> Failure:
        with pytest.raises(OnenceError) as raised:
            await self.source.get()
        return raised.value.failure


async def test_callers_at_the_same_time_share_one_fetch() -> None:
    issuer = Issuer(takes=2.0)
    callers = [asyncio.create_task(issuer.source.get()) for _ in range(50)]
    await issuer.clock.advance(3)
    assert {token.value for token in await asyncio.gather(*callers)} == {"token-1"}
    assert len(issuer.asked) == 1


@pytest.mark.parametrize(
    ("lifetime", "renewed_at"), [(3600.0, 3540.0), (600.0, 540.0), (100.0, 80.0), (5.0, 4.0)]
)
async def test_a_token_is_renewed_a_minute_or_a_fifth_of_its_life_before_its_end(
    lifetime: float, renewed_at: float
) -> None:
    issuer = Issuer(lifetime=lifetime)
    await issuer.source.get()
    issuer.clock.time += renewed_at - 0.01
    assert (await issuer.source.get()).value == "token-1"
    issuer.clock.time += 0.02
    assert (await issuer.source.get()).value == "token-2"


async def test_a_lifetime_counts_from_the_question_and_not_from_the_answer() -> None:
    issuer = Issuer(lifetime=10.0, takes=3.0)
    caller = asyncio.create_task(issuer.source.get())
    await issuer.clock.advance(4)
    assert (await caller).ends_at == 1010.0


async def test_a_caller_that_is_cancelled_does_not_take_the_fetch_from_the_others() -> None:
    issuer = Issuer(takes=2.0)
    first, second = (asyncio.create_task(issuer.source.get()) for _ in range(2))
    await issuer.clock.settle()
    first.cancel()
    await issuer.clock.advance(3)
    assert (await second).value == "token-1"
    assert first.cancelled()


async def test_a_failed_fetch_that_nobody_awaits_any_more_is_not_complained_about() -> None:
    issuer = Issuer(takes=2.0, failure=OUTAGE)
    caller = asyncio.create_task(issuer.source.get())
    await issuer.clock.settle()
    caller.cancel()
    await issuer.clock.advance(2.1)
    assert (await issuer.failed()) == OUTAGE
    assert len(issuer.asked) == 1


async def test_a_401_drops_only_the_token_that_it_was_answered_to() -> None:
    issuer = Issuer()
    old = await issuer.source.get()
    issuer.source.invalidate(old)
    new = await issuer.source.get()
    issuer.source.invalidate(old)  # another call that had gone out with it
    assert await issuer.source.get() is new
    assert len(issuer.asked) == 2


async def test_a_refusal_is_not_asked_again_before_a_pause_that_grows_to_a_minute() -> None:
    issuer = Issuer(failure=REFUSAL)
    for _ in range(3000):
        assert (await issuer.failed()) == REFUSAL
        issuer.clock.time += 0.1
    pauses = [
        later - earlier for earlier, later in zip(issuer.asked, issuer.asked[1:], strict=False)
    ]
    assert pauses[:5] == [pytest.approx(at, abs=0.2) for at in (5, 10, 20, 40, 60)]
    assert max(pauses) <= 60.2


async def test_an_outage_is_asked_again_soon() -> None:
    issuer = Issuer(failure=OUTAGE)
    assert (await issuer.failed()) == OUTAGE
    issuer.failure = None
    assert (await issuer.failed()) == OUTAGE
    issuer.clock.time += 0.6
    assert (await issuer.source.get()).value == "token-2"


async def test_a_wait_that_1nce_asks_for_is_kept() -> None:
    limited = Failure(FailureKind.RATE_LIMITED, "oauth-token: 1NCE answered 429", 429, 30.0)
    issuer = Issuer(failure=limited)
    await issuer.failed()
    issuer.clock.time += 29.0
    await issuer.failed()
    assert len(issuer.asked) == 1
    issuer.clock.time += 1.5
    await issuer.failed()
    assert len(issuer.asked) == 2


async def test_a_renewal_that_fails_leaves_the_old_token_in_use_until_its_end() -> None:
    issuer = Issuer(lifetime=100.0)
    await issuer.source.get()
    issuer.failure = OUTAGE
    issuer.clock.time += 85.0
    assert (await issuer.source.get()).value == "token-1"
    assert (await issuer.source.get()).value == "token-1"
    issuer.clock.time += 20.0
    assert (await issuer.failed()) == OUTAGE


async def test_a_renewal_that_is_refused_is_told_at_once() -> None:
    issuer = Issuer(lifetime=100.0)
    await issuer.source.get()
    issuer.failure = REFUSAL
    issuer.clock.time += 85.0
    assert (await issuer.failed()) == REFUSAL


async def test_new_tokens_that_are_refused_are_not_fetched_without_end() -> None:
    issuer = Issuer()
    for _ in range(1000):
        token = issuer.source.held()
        if token is not None:
            for _ in range(5):  # several calls had gone out with it
                issuer.source.reject(token, REFUSAL)
        with contextlib.suppress(OnenceError):
            await issuer.source.get()
        issuer.clock.time += 0.1
    assert issuer.asked == [pytest.approx(at, abs=1) for at in (0, 5, 15, 35, 75)]


async def test_a_token_that_is_taken_ends_the_growth_of_pauses() -> None:
    issuer = Issuer(failure=REFUSAL)
    for _ in range(4):
        await issuer.failed()
        issuer.clock.time += 61.0
    issuer.failure = None
    token = await issuer.source.get()
    issuer.source.confirm(token)
    issuer.source.reject(token, REFUSAL)
    issuer.clock.time += 5.5
    assert (await issuer.source.get()).value == "token-6"


async def test_closing_gives_up_a_fetch_under_way() -> None:
    issuer = Issuer(takes=100.0)
    caller = asyncio.create_task(issuer.source.get())
    await issuer.clock.settle()
    await issuer.source.aclose()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_token_does_not_show_itself() -> None:
    issuer = Issuer()
    token = await issuer.source.get()
    assert token.value not in repr(token)
    assert "hunter2" not in repr(Grant("hunter2", 1.0))
