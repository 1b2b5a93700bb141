"""Pace and shares in any pattern of arrivals, in virtual time."""

import asyncio
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from sim_operator.onence.throttle import Lane, Throttle
from tests.unit.onence.virtual_time import VirtualTime


@dataclass(frozen=True)
class Arrival:
    at: float
    lane: Lane
    priority: int
    cancelled_after: float | None


@dataclass
class Run:
    """What became of some arrivals."""

    arrivals: list[Arrival]
    granted: list[tuple[float, int]] = field(default_factory=list)
    """Moment and index of the arrival, in the order of the starts."""

    def starts(self, *lanes: Lane) -> list[float]:
        return [at for at, index in self.granted if self.arrivals[index].lane in (lanes or Lane)]

    def always_waiting(self, lane: Lane, first: int, last: int) -> bool:
        """Whether a call of `lane` waited before start `first` and still after start `last`."""
        began, ended = self.granted[first][0], self.granted[last][0]
        after = {index for _, index in self.granted[last + 1 :]}
        return any(
            arrival.lane is lane
            and arrival.at < began
            and index in after
            and (arrival.cancelled_after is None or arrival.at + arrival.cancelled_after > ended)
            for index, arrival in enumerate(self.arrivals)
        )


arrivals_of_all_kinds = st.lists(
    st.builds(
        Arrival,
        at=st.floats(0, 6, allow_nan=False).map(lambda at: round(at, 2)),
        lane=st.sampled_from(Lane),
        priority=st.integers(0, 3),
        cancelled_after=st.none() | st.floats(0, 3).map(lambda after: round(after, 2)),
    ),
    max_size=60,
)


def run_of(rate: int, arrivals: list[Arrival]) -> Run:
    run = Run(arrivals)

    async def scenario() -> None:
        clock = VirtualTime()
        began = clock.now()
        throttle = Throttle(rate, now=clock.now, sleep=clock.sleep)

        async def call(index: int, arrival: Arrival) -> None:
            await throttle.acquire(arrival.lane, arrival.priority)
            run.granted.append((clock.now() - began, index))

        async def person(index: int, arrival: Arrival) -> None:
            await clock.sleep(arrival.at)
            task = asyncio.create_task(call(index, arrival))
            if arrival.cancelled_after is not None:
                await clock.sleep(arrival.cancelled_after)
                task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        people = [asyncio.create_task(person(*pair)) for pair in enumerate(arrivals)]
        await clock.advance(200)
        async with asyncio.timeout(5):
            await asyncio.gather(*people)

    asyncio.run(scenario())
    return run


@settings(max_examples=150, deadline=None)
@given(rate=st.integers(1, 10), arrivals=arrivals_of_all_kinds)
def test_in_any_pattern_of_arrivals_pace_and_shares_hold(
    rate: int, arrivals: list[Arrival]
) -> None:
    run = run_of(rate, arrivals)
    starts, details = run.starts(), run.starts(Lane.DETAIL)
    for start in starts:
        assert sum(1 for other in starts if start <= other < start + 1.0) <= rate
    for start in details:
        assert sum(1 for other in details if start <= other < start + 1.0) <= max(1, rate // 2)
        assert sum(1 for other in details if start <= other < start + 2.0) <= rate
    lanes = [arrivals[index].lane for _, index in run.granted]
    for lane, length in ((Lane.SWEEP, 4), (Lane.HOT, 10)):
        for first in range(len(lanes) - length + 1):
            last = first + length - 1
            assert lane in lanes[first : last + 1] or not run.always_waiting(lane, first, last)


@settings(max_examples=50, deadline=None)
@given(rate=st.integers(1, 10), arrivals=arrivals_of_all_kinds)
def test_everybody_who_stays_gets_a_turn(rate: int, arrivals: list[Arrival]) -> None:
    run = run_of(rate, arrivals)
    staying = {index for index, one in enumerate(arrivals) if one.cancelled_after is None}
    assert staying <= {index for _, index in run.granted}
