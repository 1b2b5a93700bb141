"""What waits: the newest of each day, within bounds, and nothing twice."""

import gc
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.recording.outbox import Batch, Outbox
from sim_operator.recording.readings import Reading, Whose
from tests.unit.recording.readings import ACCOUNT, ICCID, NOW, WHOSE, day, reading, sims

LARGE = 10**9
OTHER = Key("plant-b", "own")

Truth = dict[tuple[Key, Iccid, str], int]


def told(batch: Batch | None) -> Truth:
    """Each day that a batch tells of, which must be told once only."""
    found: Truth = {}
    for one in batch.readings if batch is not None else ():
        days = orjson.loads(one.days)
        for number in range((one.last - one.first).days + 1):
            name = (one.first + timedelta(days=number)).isoformat()
            place = (batch.account if batch is not None else ACCOUNT, one.iccid, name)
            assert place not in found
            found[place] = days.get(name, (0, 0))[0]
    return found


def test_nothing_waits_at_first() -> None:
    outbox = Outbox(LARGE)
    assert outbox.take(500, LARGE) is None
    assert (outbox.readings, outbox.bytes, outbox.has_room) == (0, 0, True)


def test_a_later_reading_takes_the_place_of_an_earlier_one() -> None:
    outbox = Outbox(LARGE)
    outbox.add(ACCOUNT, reading(0, 3, 1))
    outbox.add(ACCOUNT, reading(2, 5, 2))
    found = told(outbox.take(500, LARGE))
    assert [found[ACCOUNT, ICCID, day(n).isoformat()] for n in range(6)] == [1, 1, 2, 2, 2, 2]


def test_the_same_days_again_and_again_take_no_more_room() -> None:
    outbox = Outbox(LARGE)
    outbox.add(ACCOUNT, reading(0, 4))
    size = outbox.bytes
    for hour in range(500):
        outbox.add(ACCOUNT, reading(0, 4, at=NOW + timedelta(hours=hour)))
    assert (outbox.bytes, outbox.readings) == (size, 1)


def test_a_batch_is_of_one_account_and_keeps_to_its_bounds() -> None:
    outbox = Outbox(LARGE)
    for number, iccid in enumerate(sims(30)):
        outbox.add(OTHER if number % 3 == 0 else ACCOUNT, reading(0, 3, iccid=iccid))
    first = outbox.take(8, LARGE)
    assert first is not None
    assert (first.account, len(first.readings)) == (OTHER, 8)
    outbox.delivered()
    second = outbox.take(500, 3 * first.readings[0].size)
    assert second is not None
    assert (second.account, len(second.readings)) == (ACCOUNT, 3)


def test_a_reading_that_is_larger_than_a_batch_goes_out_alone() -> None:
    outbox = Outbox(LARGE)
    outbox.add(ACCOUNT, reading(0, 180))
    batch = outbox.take(500, 1)
    assert batch is not None
    assert len(batch.readings) == 1


def test_what_is_out_counts_until_it_is_delivered() -> None:
    outbox = Outbox(LARGE)
    outbox.add(ACCOUNT, reading(0, 3))
    outbox.take(500, LARGE)
    assert (outbox.readings, outbox.waits(ACCOUNT, ICCID)) == (1, True)
    outbox.delivered()
    assert (outbox.readings, outbox.bytes, outbox.waits(ACCOUNT, ICCID)) == (0, 0, False)


def test_what_was_not_taken_waits_again_behind_what_came_meanwhile() -> None:
    outbox = Outbox(LARGE)
    outbox.add(ACCOUNT, reading(0, 5, 1))
    outbox.take(500, LARGE)
    outbox.add(ACCOUNT, reading(2, 3, 2))
    assert outbox.given_back() == 0
    found = told(outbox.take(500, LARGE))
    assert [found[ACCOUNT, ICCID, day(n).isoformat()] for n in range(6)] == [1, 1, 2, 2, 1, 1]


def test_who_waits_longest_is_dropped_where_there_is_no_room() -> None:
    size = reading(0, 3).size
    outbox = Outbox(3 * size)
    dropped = [outbox.add(ACCOUNT, reading(0, 3, iccid=iccid)) for iccid in sims(5)]
    assert dropped == [0, 0, 0, 1, 1]
    batch = outbox.take(500, LARGE)
    assert batch is not None
    assert [one.iccid for one in batch.readings] == sims(5)[2:]


def test_there_is_room_for_more_up_to_half_of_the_bound() -> None:
    outbox = Outbox(4 * reading(0, 3).size)
    first, second = sims(2)
    outbox.add(ACCOUNT, reading(0, 3, iccid=first))
    assert outbox.has_room
    outbox.add(ACCOUNT, reading(0, 3, iccid=second))
    assert not outbox.has_room


@pytest.mark.parametrize("last", [4, 180])
def test_what_waits_takes_no_more_memory_than_is_counted(last: int) -> None:
    def readings() -> Iterator[Reading]:
        for number, iccid in enumerate(sims(300)):
            whose = Whose(Key("plant-a", f"pump-{number}"), WHOSE.labels, "pumps")
            at = NOW + timedelta(seconds=number)
            yield reading(0, last, 123_456_000 + number, iccid=iccid, whose=whose, at=at)

    outbox = Outbox(LARGE)
    tracemalloc.start()
    try:
        for one in readings():
            outbox.add(ACCOUNT, one)
        gc.collect()
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert outbox.bytes / 2 < taken <= outbox.bytes


@dataclass
class Kept:
    """A keeper that goes by when something was read."""

    days: dict[tuple[Key, Iccid, str], tuple[int, int]] = field(default_factory=dict)

    def take(self, batch: Batch) -> None:
        for place, use in told(batch).items():
            at = next(
                int((one.at - NOW).total_seconds())
                for one in batch.readings
                if one.iccid == place[1]
                and one.first.isoformat() <= place[2] <= one.last.isoformat()
            )
            if self.days.get(place, (-1, 0))[0] <= at:
                self.days[place] = at, use


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(0, 2), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.sampled_from(["kept", "failed", "lost answer"]), st.integers(1, 4)),
    ),
    max_size=60,
)


@settings(max_examples=300)
@given(STEPS)
def test_whatever_fails_the_keeper_has_in_the_end_what_was_read_last(
    steps: list[tuple[str, int] | tuple[str, int, int, int]],
) -> None:
    outbox, keeper, truth = Outbox(LARGE), Kept(), dict[tuple[Key, Iccid, str], int]()
    busy: Batch | None = None
    for number, step in enumerate(steps):
        match step:
            case ("read", who, one, other):
                iccid, account = sims(3)[who], (ACCOUNT, OTHER)[who % 2]
                first, last = sorted((one, other))
                # What is on the wire stays there while others are read.
                if busy is None:
                    busy = outbox.take(2, LARGE)
                at = NOW + timedelta(seconds=number)
                outbox.add(account, reading(first, last, number, iccid=iccid, at=at))
                for n in range(first, last + 1):
                    truth[account, iccid, day(n).isoformat()] = number
            case (outcome, most):
                busy = busy or outbox.take(most, LARGE)
                if busy is None:
                    continue
                if outcome != "failed":
                    keeper.take(busy)
                if outcome == "kept":
                    outbox.delivered()
                else:
                    outbox.given_back()
                busy = None
    if busy is not None:
        outbox.given_back()
    while (batch := outbox.take(2, LARGE)) is not None:
        keeper.take(batch)
        outbox.delivered()
    assert {place: use for place, (_, use) in keeper.days.items()} == truth
    assert (outbox.bytes, outbox.readings) == (0, 0)


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), max_size=40),
    st.integers(0, 5),
)
def test_the_bound_holds_whatever_comes(reads: list[tuple[int, int, int]], room: int) -> None:
    most = room * reading(0, 9).size
    outbox = Outbox(most)
    for number, (who, one, other) in enumerate(reads):
        first, last = sorted((one, other))
        outbox.add(ACCOUNT, reading(first, last, number, iccid=sims(10)[who]))
        assert outbox.bytes <= most
        if number % 3 == 0 and outbox.take(2, LARGE) is not None:
            outbox.given_back()
            assert outbox.bytes <= most
