"""Who is asked about, when, and what becomes of an answer that is older than what was read."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.recording.delivery import Delivery
from sim_operator.recording.gaps import Gaps
from sim_operator.recording.keeper import Keeper
from sim_operator.recording.outbox import Outbox
from sim_operator.recording.readings import Reading
from tests.keeper import Bad
from tests.keeper import Keeper as RealKeeper
from tests.unit.recording.readings import ACCOUNT, NOW, WHOSE, sims

OTHER = Key("plant-b", "own")
OLDEST = NOW.date() - timedelta(days=180)
HOURS = 3600.0
A, B, C = sims(3)


def whole(iccid: Iccid, first: date = OLDEST) -> Reading:
    return Reading(iccid, WHOSE, NOW, first, NOW.date(), b"{}")


class Bench:
    """The gaps of two accounts, as a real keeper tells them."""

    def __init__(self, real: RealKeeper) -> None:
        self.real = real
        self.now = 1000.0
        self.wall = NOW
        self.sims: dict[Key, list[Iccid]] = {ACCOUNT: [A, B]}
        self.keeper = Keeper(real.url, token_file=None, ca_file=None, user_agent="tests")
        self.outbox = Outbox(10**9)
        self.delivery = Delivery(
            self.outbox,
            self.keeper,
            dropped=lambda _, __: None,
            delivered=lambda _: None,
            monotonic=lambda: self.now,
        )
        self.gaps = Gaps(
            self.keeper,
            self.delivery,
            now=lambda: self.wall,
            monotonic=lambda: self.now,
        )

    async def look(self, after: float = 0.0) -> list[list[str]]:
        """One look; about whom it asked."""
        self.now += after
        before = len(self.real.asked)
        async with self.keeper.open():
            await self.gaps.look(list(self.sims), lambda account: self.sims[account])
        return [one["iccids"] for one in self.real.asked[before:]]

    def read(self, reading: Reading, account: Key = ACCOUNT) -> None:
        self.delivery.add(account, reading)
        self.gaps.noted(account, reading)

    async def deliver(self) -> None:
        async with self.keeper.open():
            await self.delivery.flush(5.0)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    with RealKeeper() as real:
        yield Bench(real)


async def test_nothing_is_known_before_the_keeper_was_asked(bench: Bench) -> None:
    assert not bench.gaps.knows(ACCOUNT, A)
    assert bench.gaps.first(ACCOUNT, A) is None
    assert bench.gaps.sims == 0


async def test_an_empty_history_lacks_half_a_year_up_to_yesterday(bench: Bench) -> None:
    assert await bench.look() == [[A, B]]
    (question,) = bench.real.asked
    assert (question["first"], question["last"]) == ("2026-05-27", "2026-11-22")
    assert bench.gaps.first(ACCOUNT, A) == bench.gaps.first(ACCOUNT, B) == OLDEST
    assert bench.gaps.sims == 2


async def test_all_are_asked_about_every_few_hours_and_new_ones_at_once(bench: Bench) -> None:
    await bench.look()
    assert await bench.look(10) == []
    bench.sims[ACCOUNT].append(C)
    bench.sims[OTHER] = [sims(9)[8]]
    assert await bench.look(10) == [[C], [sims(9)[8]]]
    assert await bench.look(3 * HOURS - 21) == []
    assert await bench.look(1) == [[A, B, C]]


@pytest.mark.parametrize("hours", [3, 24 * 14, -3])
async def test_where_the_clock_on_the_wall_jumps_they_are_asked_about_soon(
    bench: Bench, hours: int
) -> None:
    await bench.look()
    bench.wall += timedelta(hours=hours)
    assert await bench.look(29) == []
    assert await bench.look(1) == [[A, B]]
    assert await bench.look(3 * HOURS - 1) == []
    assert await bench.look(1) == [[A, B]]


async def test_a_question_names_a_thousand_sims_at_most(bench: Bench) -> None:
    bench.sims[ACCOUNT] = sims(2500)
    assert [len(one) for one in await bench.look()] == [1000, 1000, 500]
    assert bench.gaps.sims == 2500
    assert bench.real.faults == []


async def test_a_gap_that_was_read_is_closed_and_one_that_reaches_further_back_is_not(
    bench: Bench,
) -> None:
    await bench.look()
    bench.read(whole(A))
    bench.read(whole(B, OLDEST + timedelta(days=1)))
    assert (bench.gaps.first(ACCOUNT, A), bench.gaps.first(ACCOUNT, B)) == (None, OLDEST)


async def test_what_the_keeper_has_is_not_missing_after_a_restart(bench: Bench) -> None:
    bench.read(whole(A))
    await bench.deliver()
    again = Bench(bench.real)
    await again.look()
    assert again.gaps.knows(ACCOUNT, A)
    assert (again.gaps.first(ACCOUNT, A), again.gaps.first(ACCOUNT, B)) == (None, OLDEST)


async def test_the_answer_says_nothing_of_what_is_still_on_its_way(bench: Bench) -> None:
    bench.read(whole(A))
    await bench.look()
    assert not bench.gaps.knows(ACCOUNT, A), "it is asked again"
    await bench.deliver()
    assert await bench.look(10) == [[A]]
    assert bench.gaps.knows(ACCOUNT, A)
    assert bench.gaps.first(ACCOUNT, A) is None


async def test_the_answer_says_nothing_of_what_was_read_while_it_was_awaited(bench: Bench) -> None:
    await bench.look()
    loop = asyncio.get_running_loop()

    def meanwhile(path: str) -> None:
        if path.endswith("missing"):
            loop.call_soon_threadsafe(bench.gaps.noted, ACCOUNT, whole(A))

    bench.real.on_request = meanwhile
    await bench.look(3 * HOURS)
    assert (bench.gaps.first(ACCOUNT, A), bench.gaps.first(ACCOUNT, B)) == (None, OLDEST)


async def test_the_answer_says_nothing_of_what_was_delivered_while_it_was_awaited(
    bench: Bench,
) -> None:
    await bench.look()
    bench.read(whole(A))
    loop = asyncio.get_running_loop()

    def arrives() -> None:
        assert bench.outbox.take(10, 10**6) is not None
        bench.outbox.delivered()

    def meanwhile(path: str) -> None:
        if path.endswith("missing"):
            loop.call_soon_threadsafe(arrives)

    bench.real.on_request = meanwhile
    await bench.look(3 * HOURS)
    assert not bench.outbox.waits(ACCOUNT, A)
    assert (bench.gaps.first(ACCOUNT, A), bench.gaps.first(ACCOUNT, B)) == (None, OLDEST)


async def test_what_was_lost_on_its_way_is_missing_again(bench: Bench) -> None:
    await bench.look()
    bench.read(whole(A))
    bench.real.bad = Bad(422)
    await bench.deliver()
    bench.real.bad = None
    assert bench.gaps.first(ACCOUNT, A) is None
    await bench.look(3 * HOURS)
    assert bench.gaps.first(ACCOUNT, A) == OLDEST


async def test_a_keeper_that_is_down_is_asked_again_and_what_was_known_stands(
    bench: Bench,
) -> None:
    await bench.look()
    bench.real.bad = Bad(503)
    bench.sims[ACCOUNT].append(C)
    await bench.look(3 * HOURS)
    assert bench.gaps.first(ACCOUNT, A) == OLDEST
    assert not bench.gaps.knows(ACCOUNT, C)
    assert bench.delivery.closed_until > bench.now
    bench.real.bad = None
    assert await bench.look(60) == [[A, B, C]]
    assert bench.delivery.is_well


async def test_an_answer_is_no_proof_that_deliveries_are_taken(bench: Bench) -> None:
    bench.real.bad = Bad(503)
    bench.read(whole(C))
    await bench.deliver()
    bench.real.bad = None
    await bench.look()
    assert bench.delivery.is_well is False
    await bench.deliver()
    assert bench.delivery.is_well


async def test_who_is_gone_is_forgotten(bench: Bench) -> None:
    bench.sims[OTHER] = [C]
    await bench.look()
    del bench.sims[OTHER]
    bench.sims[ACCOUNT] = [A]
    await bench.look(10)
    assert bench.gaps.sims == 1
    assert not bench.gaps.knows(OTHER, C)
