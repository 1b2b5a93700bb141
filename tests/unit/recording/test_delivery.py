"""Delivery goes on whatever the keeper does, and leaves it alone while it is down."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from sim_operator.recording.delivery import Delivery
from sim_operator.recording.keeper import Keeper
from sim_operator.recording.outbox import Outbox
from tests.keeper import Bad
from tests.keeper import Keeper as RealKeeper
from tests.unit.recording.readings import ACCOUNT, ICCID, NOW, day, reading, records, sims


class Bench:
    """A delivery, a real keeper, and time that passes when it is waited for."""

    def __init__(self, real: RealKeeper, *, most_bytes: int = 10**9, seconds: float = 5.0) -> None:
        self.real = real
        self.now = 1000.0
        self.waits: list[float] = []
        self.dropped: list[tuple[str, int]] = []
        self.kept = 0
        self.outbox = Outbox(most_bytes)
        self.keeper = Keeper(
            real.url, token_file=None, ca_file=None, user_agent="tests", seconds=seconds
        )
        self.delivery = Delivery(
            self.outbox,
            self.keeper,
            dropped=lambda why, number: self.dropped.append((why, number)),
            delivered=self.count,
            sleep=self.sleep,
            monotonic=lambda: self.now,
        )

    def count(self, number: int) -> None:
        self.kept += number

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    async def until(self, holds: Callable[[], object]) -> None:
        """Deliver until something is true."""
        async with self.keeper.open():
            running = asyncio.create_task(self.delivery.run())
            try:
                async with asyncio.timeout(20):
                    while not holds():  # noqa: ASYNC110 - of the server's side nobody tells
                        await asyncio.sleep(0.005)
            finally:
                running.cancel()
                await asyncio.wait([running])

    async def until_delivered(self) -> None:
        await self.until(lambda: not self.outbox.number)


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    with RealKeeper() as real:
        yield Bench(real)


async def test_what_comes_within_seconds_goes_out_together(bench: Bench) -> None:
    for iccid in sims(1200):
        bench.delivery.add(ACCOUNT, reading(0, 3, iccid=iccid))
    await bench.until_delivered()
    assert [len(one["readings"]) for one in bench.real.deliveries] == [500, 500, 200]
    assert bench.waits == [2.0]
    assert (bench.kept, bench.dropped, bench.real.faults) == (1200, [], [])


async def test_half_a_year_of_many_sims_goes_out_in_requests_of_a_megabyte(bench: Bench) -> None:
    for iccid in sims(500):
        bench.delivery.add(ACCOUNT, reading(0, 180, 123_456_789, iccid=iccid))
    await bench.until_delivered()
    assert len(bench.real.deliveries) == 3
    assert len(bench.real.kept) == 500 * 181
    assert bench.real.faults == []


async def test_pauses_grow_while_the_keeper_is_down_and_everything_arrives_afterwards(
    bench: Bench,
) -> None:
    bench.real.bad = Bad(503)
    bench.delivery.add(ACCOUNT, reading(0, 9, 1))

    def later() -> bool:
        if bench.real.requests == 6:
            bench.delivery.add(ACCOUNT, reading(5, 14, 2, at=NOW + timedelta(hours=6)))
        if bench.real.requests == 12:
            bench.real.bad = None
        return not bench.outbox.readings

    await bench.until(later)
    pauses = [wait for wait in bench.waits if wait != 2.0]
    assert pauses[0] < 10
    assert 150 <= max(pauses) <= 300
    use = bench.real.days(ICCID)
    assert [use[day(n).isoformat()] for n in range(15)] == [(1, 0)] * 5 + [(2, 0)] * 10
    assert bench.delivery.is_well


async def test_retry_after_is_obeyed_up_to_a_quarter_of_an_hour(bench: Bench) -> None:
    for asked, waited in (("120", 120), ("86400", 900)):
        bench.waits.clear()
        bench.real.bad = Bad(429, headers={"Retry-After": asked})
        bench.delivery.add(ACCOUNT, reading(0, 3))
        before = bench.real.requests
        await bench.until(lambda before=before: bench.real.requests >= before + 2)  # type: ignore[misc]
        assert max(bench.waits) == pytest.approx(waited, abs=5)
        bench.real.bad = None
        await bench.until_delivered()


@pytest.mark.parametrize("code", [400, 413, 422])
async def test_what_is_refused_is_dropped_told_and_holds_nothing_up(
    bench: Bench, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    bench.real.bad = Bad(code)
    for iccid in sims(3):
        bench.delivery.add(ACCOUNT, reading(0, 3, iccid=iccid))
    await bench.until_delivered()
    assert bench.dropped == [("refused", 3)]
    assert f"3 readings of SIMAccount {ACCOUNT} are dropped: it answered {code}" in caplog.text
    assert bench.real.requests == 1
    bench.real.bad = None
    bench.delivery.add(ACCOUNT, reading(0, 3))
    await bench.until_delivered()
    assert len(bench.real.days(ICCID)) == 4


@pytest.mark.parametrize("code", [401, 403, 404, 200, 301])
async def test_a_keeper_that_does_not_know_us_is_tried_again(bench: Bench, code: int) -> None:
    bench.real.bad = Bad(code)
    bench.delivery.add(ACCOUNT, reading(0, 3))
    await bench.until(lambda: bench.real.requests >= 3)
    assert (bench.dropped, bench.outbox.readings) == ([], 1)
    bench.real.bad = None
    await bench.until_delivered()
    assert len(bench.real.days(ICCID)) == 4


async def test_an_answer_that_is_lost_is_delivered_again_and_counts_once(bench: Bench) -> None:
    bench.real.bad = Bad(torn=True, kept=True)
    bench.delivery.add(ACCOUNT, reading(0, 3, 7))
    await bench.until(lambda: bench.real.requests >= 2)
    bench.real.bad = None
    await bench.until_delivered()
    assert bench.real.days(ICCID) == {day(n).isoformat(): (7, 0) for n in range(4)}


async def test_what_there_is_no_room_for_is_dropped_and_told(bench: Bench) -> None:
    small = Bench(bench.real, most_bytes=5 * reading(0, 3).size)
    bench.real.bad = Bad(503)
    for iccid in sims(9):
        small.delivery.add(ACCOUNT, reading(0, 3, iccid=iccid))
    assert small.dropped == [("full", 1)] * 4
    bench.real.bad = None
    await small.until_delivered()
    assert {iccid for _, iccid, _ in bench.real.kept} == set(sims(9)[4:])


async def test_the_same_trouble_is_told_once(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    bench.real.bad = Bad(500)
    bench.delivery.add(ACCOUNT, reading(0, 3))
    await bench.until(lambda: bench.real.requests >= 5)
    bench.real.bad = None
    await bench.until_delivered()
    told = [one.message for one in caplog.records if one.name.endswith("delivery")]
    assert told == [
        "the history is not kept, and is tried again: it answered 500",
        "the history is kept again",
    ]


async def test_at_the_end_what_waits_is_delivered_at_once(bench: Bench) -> None:
    for iccid in sims(700):
        bench.delivery.add(ACCOUNT, reading(0, 3, iccid=iccid))
    async with bench.keeper.open():
        await bench.delivery.flush(5.0)
    assert (bench.outbox.readings, len(bench.real.deliveries)) == (0, 2)


@pytest.mark.parametrize("bad", [Bad(503), Bad(204, seconds=2.0), Bad(404), Bad(torn=True)])
async def test_the_end_does_not_wait_for_a_keeper_that_is_in_trouble(
    bench: Bench, bad: Bad
) -> None:
    bench.real.bad = bad
    bench.delivery.add(ACCOUNT, reading(0, 3))
    async with bench.keeper.open(), asyncio.timeout(1.5):
        await bench.delivery.flush(0.3)
    assert (bench.outbox.readings, bench.real.requests) == (1, 1)


async def test_a_delivery_that_is_called_off_is_not_lost(bench: Bench) -> None:
    bench.real.bad = Bad(204, seconds=0.5)
    bench.delivery.add(ACCOUNT, reading(0, 3))
    await bench.until(lambda: bench.real.requests == 1)
    assert (bench.outbox.readings, bench.outbox.waits(ACCOUNT, ICCID)) == (1, True)
    bench.real.bad = None
    await bench.until_delivered()
    assert len(bench.real.days(ICCID)) == 4


async def test_records_go_out_after_the_readings_in_requests_that_an_older_keeper_reads(
    bench: Bench,
) -> None:
    sizes: list[int] = []
    bench.real.on_request = lambda _: sizes.append(len(bench.real.records))
    bench.delivery.add_parts(ACCOUNT, records(range(1200)))
    bench.delivery.add(ACCOUNT, reading(0, 3))
    await bench.until_delivered()
    assert [one["id"] for one in bench.real.records] == list(range(1200))
    assert len(sizes) == 5
    assert sizes[:2] == [0, 0]
    most = max(late - early for early, late in pairwise(sizes))
    assert 300 <= most <= 64 * 1024 // 180
    assert (bench.kept, bench.dropped, bench.real.faults) == (1201, [], [])


async def test_records_that_an_older_keeper_does_not_know_are_dropped_and_days_go_on(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.real.takes_records = False
    for number in range(3):
        bench.delivery.add_parts(ACCOUNT, records(range(number * 9, number * 9 + 9)))
        bench.delivery.add(ACCOUNT, reading(number, number))
        await bench.until_delivered()
    assert bench.dropped == [("refused", 9)] * 3
    assert bench.waits == [2.0] * 3, "nothing is left alone for it"
    assert len(bench.real.days(ICCID)) == bench.kept == 3
    assert bench.delivery.is_well
    told = [one.message for one in caplog.records if one.name.endswith("delivery")]
    assert told == [
        "records of the Data Streamer are dropped: it answered 404: a console of this version "
        "takes them"
    ]
    bench.real.takes_records = True
    bench.delivery.add_parts(ACCOUNT, records(range(3)))
    await bench.until_delivered()
    assert [one["id"] for one in bench.real.records] == [0, 1, 2]


@pytest.mark.parametrize("code", [400, 413, 422])
async def test_records_that_are_refused_are_dropped_and_told(
    bench: Bench, caplog: pytest.LogCaptureFixture, code: int
) -> None:
    bench.real.bad = Bad(code)
    bench.delivery.add_parts(ACCOUNT, records(range(3)))
    await bench.until_delivered()
    assert bench.dropped == [("refused", 3)]
    told = f"3 records of the Data Streamer of SIMAccount {ACCOUNT} are dropped: it answered {code}"
    assert told in caplog.text


@pytest.mark.parametrize(
    "bad", [Bad(503), Bad(401), Bad(403), Bad(204, seconds=0.5), Bad(torn=True, kept=True)]
)
async def test_records_wait_for_a_keeper_that_is_in_trouble(bench: Bench, bad: Bad) -> None:
    bench.real.bad = bad
    bench.delivery.add_parts(ACCOUNT, records(range(3)))
    await bench.until(lambda: bench.real.requests >= (1 if bad.seconds else 3))
    assert (bench.dropped, bench.outbox.number) == ([], 3)
    bench.real.bad = None
    bench.delivery.add_parts(ACCOUNT, records(range(2, 5)))
    await bench.until_delivered()
    assert {one["id"] for one in bench.real.records} == set(range(5))
