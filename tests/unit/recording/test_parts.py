"""Records that wait: each once, in order, within the room that readings leave them."""

import gc
import tracemalloc
from datetime import timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.resources import Key
from sim_operator.recording.outbox import Outbox
from sim_operator.recording.parts import Part, PartQueue, fits, packed_part, size_of
from tests.unit.recording.readings import ACCOUNT, ICCID, NOW, reading, records, sims, use

LARGE = 10**9
OTHER = Key("plant-b", "own")


def ids(parts: tuple[Part, ...]) -> list[int]:
    return [orjson.loads(one)["id"] for one in parts]


def taken(queue: PartQueue, most: int = 500) -> tuple[Part, ...]:
    batch = queue.take(most, LARGE)
    return batch.parts if batch is not None else ()


def test_a_record_is_packed_as_it_is_sent() -> None:
    assert orjson.loads(packed_part(ICCID, "plant-a", use(2**63 - 1, 5))) == {
        "iccid": ICCID,
        "namespace": "plant-a",
        "id": 2**63 - 1,
        "service": "data",
        "start": "2026-11-23T12:00:00+00:00",
        "end": "2026-11-23T12:15:00+00:00",
        "volume": 5,
    }


def test_what_no_history_can_hold_does_not_fit() -> None:
    assert fits(use(1, 2**53 - 1), NOW)
    assert not fits(use(1, 2**53), NOW)
    assert fits(use(1, start=NOW + timedelta(hours=23)), NOW)
    assert not fits(use(1, start=NOW + timedelta(days=1)), NOW)


def test_records_leave_in_the_order_in_which_they_came_and_each_once() -> None:
    queue = PartQueue()
    queue.add(ACCOUNT, records(range(5)))
    queue.add(ACCOUNT, records(range(3, 8)))
    assert queue.number == 8
    assert ids(taken(queue, 6)) == [0, 1, 2, 3, 4, 5]
    queue.delivered()
    assert ids(taken(queue)) == [6, 7]
    queue.delivered()
    assert (queue.take(500, LARGE), queue.number, queue.bytes) == (None, 0, 0)


def test_a_batch_is_of_one_account_and_of_so_many_bytes() -> None:
    queue = PartQueue()
    mine, theirs = records(range(4)), records(range(4), sims(1)[0])
    for one, other in zip(mine, theirs, strict=True):
        queue.add(ACCOUNT, [one])
        queue.add(OTHER, [other])
    batch = queue.take(500, sum(map(len, mine[:2])) + 2)
    assert batch is not None
    assert (batch.account, batch.parts) == (ACCOUNT, tuple(mine[:2]))
    queue.delivered()
    batch = queue.take(500, 1)
    assert batch is not None
    assert (batch.account, batch.parts) == (OTHER, tuple(theirs[:1]))


def test_what_is_given_back_waits_before_what_came_meanwhile() -> None:
    queue = PartQueue()
    queue.add(ACCOUNT, records(range(3)))
    taken(queue)
    queue.add(ACCOUNT, records(range(2, 5)))
    assert queue.number == 6
    queue.given_back()
    assert queue.bytes == sum(map(size_of, records(range(5))))
    assert ids(taken(queue)) == [0, 1, 2, 3, 4]
    queue.given_back()
    queue.given_back()
    assert queue.number == 5


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 20), st.integers(0, 8)),
            st.sampled_from([("take",), ("delivered",), ("given_back",), ("drop",)]),
        ),
        max_size=40,
    )
)
def test_bytes_and_number_are_of_what_is_there_whatever_happens(
    steps: list[tuple[str, int, int] | tuple[str]],
) -> None:
    queue = PartQueue()
    waiting, out = dict[int, None](), list[int]()
    for step in steps:
        if step[0] == "add" and len(step) == 3:
            numbers = range(step[1], step[1] + step[2])
            queue.add(ACCOUNT, records(numbers))
            waiting.update(dict.fromkeys(numbers))
        elif step[0] == "take" and not out:
            out = list(waiting)[:5]
            assert ids(taken(queue, 5)) == out
            for one in out:
                del waiting[one]
        elif step[0] == "delivered":
            queue.delivered()
            out = []
        elif step[0] == "given_back":
            queue.given_back()
            waiting = dict.fromkeys([*out, *waiting])
            out = []
        elif step[0] == "drop":
            assert queue.drop_oldest() == bool(waiting)
            waiting.pop(next(iter(waiting), -1), None)
        assert queue.number == len(waiting) + len(out)
        held = [
            size_of(one)
            for number in (*waiting, *out)
            for one in records(range(number, number + 1))
        ]
        assert queue.bytes == sum(held)


def test_its_bytes_are_about_what_it_takes_in_memory() -> None:
    queue, count = PartQueue(), 20_000
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(count):
        queue.add(ACCOUNT, records(range(10**12 + number, 10**12 + number + 1)))
    gc.collect()
    used = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert used == pytest.approx(queue.bytes, rel=0.3)


def test_records_take_room_that_is_free_and_the_oldest_go() -> None:
    size = size_of(records(range(10, 11))[0])
    outbox = Outbox(10 * size)
    assert outbox.add_parts(ACCOUNT, records(range(10, 18))) == 0
    assert outbox.add_parts(ACCOUNT, records(range(18, 23))) == 3
    batch = outbox.take_parts(500, LARGE)
    assert batch is not None
    assert ids(batch.parts) == list(range(13, 23))
    assert outbox.bytes <= 10 * size


def test_records_make_room_for_readings_down_to_their_share_and_no_further() -> None:
    size = reading(0, 3).size
    outbox = Outbox(20 * size)
    many = records(range(20 * size // size_of(records(range(1))[0])))
    assert outbox.add_parts(ACCOUNT, many) == 0
    dropped = sum(outbox.add(ACCOUNT, reading(0, 3, iccid=iccid)) for iccid in sims(40))
    kept = outbox.number - outbox.readings
    assert 0.2 < kept * size_of(many[0]) / (20 * size) <= 0.25
    assert outbox.readings == 15
    assert dropped == len(many) - kept + 25
    batch = outbox.take_parts(10_000, LARGE)
    assert batch is not None
    assert batch.parts == tuple(many[-kept:])


def test_what_is_out_is_never_dropped_though_nothing_else_is_left() -> None:
    outbox = Outbox(4 * reading(0, 3).size)
    outbox.add_parts(ACCOUNT, records(range(5)))
    batch = outbox.take_parts(500, LARGE)
    assert batch is not None
    outbox.add(ACCOUNT, reading(0, 3))
    for iccid in sims(9):
        outbox.add(ACCOUNT, reading(0, 3, iccid=iccid))
    assert outbox.number == len(batch.parts) + outbox.readings
    assert outbox.given_back() == 0
    again = outbox.take_parts(500, LARGE)
    assert again == batch
