"""A reading as it is held and sent."""

from datetime import UTC, datetime

import orjson
import pytest

from sim_operator.domain.resources import Key
from sim_operator.domain.usage import DayUsage, UsageReading
from sim_operator.recording.readings import Reading, Whose, packed
from tests.unit.recording.readings import ICCID, NOW, WHOSE, day, reading


def spans(found: Reading, first: int, last: int) -> list[tuple[int, int, list[str]]]:
    return [
        ((one.first - day(0)).days, (one.last - day(0)).days, sorted(orjson.loads(one.days)))
        for one in found.without(day(first), day(last))
    ]


def test_a_reading_is_sent_as_it_was_agreed_on() -> None:
    days = {day(0): DayUsage(4096, 2), day(1): DayUsage(None, 3), day(2): DayUsage(7, None)}
    found = packed(ICCID, WHOSE, UsageReading(NOW, day(0), day(3), days))
    assert orjson.loads(orjson.dumps(found.document())) == {
        "iccid": "8988303000123456789",
        "namespace": "plant-a",
        "name": "pump-17",
        "labels": {"fleet": "pumps"},
        "policy": "pumps",
        "readAt": "2026-11-23T12:00:00+00:00",
        "first": "2026-11-01",
        "last": "2026-11-04",
        "days": {"2026-11-01": [4096, 2], "2026-11-02": [None, 3], "2026-11-03": [7, None]},
    }


def test_a_day_without_use_is_left_out_and_an_unknown_one_is_not() -> None:
    days = {day(0): DayUsage(0, 0), day(1): DayUsage(0, None), day(2): DayUsage(None, None)}
    found = packed(ICCID, WHOSE, UsageReading(NOW, day(0), day(2), days))
    assert orjson.loads(found.days) == {"2026-11-02": [0, None], "2026-11-03": [None, None]}


def test_a_sim_without_a_policy_is_sent_as_such() -> None:
    whose = Whose(Key("plant-a", "pump-17"), {}, None)
    assert reading(0, 1, whose=whose).document()["policy"] is None


@pytest.mark.parametrize(
    ("first", "last", "left"),
    [
        (20, 30, [(2, 6, [2, 3, 4, 5, 6])]),
        (0, 30, []),
        (2, 6, []),
        (0, 3, [(4, 6, [4, 5, 6])]),
        (5, 9, [(2, 4, [2, 3, 4])]),
        (4, 4, [(2, 3, [2, 3]), (5, 6, [5, 6])]),
        (6, 6, [(2, 5, [2, 3, 4, 5])]),
    ],
)
def test_what_another_reading_tells_anew_is_cut_out(
    first: int, last: int, left: list[tuple[int, int, list[int]]]
) -> None:
    wanted = [(one, two, [day(n).isoformat() for n in days]) for one, two, days in left]
    assert spans(reading(2, 6), first, last) == wanted


def test_a_part_keeps_when_and_whose_it_was_read() -> None:
    at = datetime(2026, 11, 9, tzinfo=UTC)
    (part,) = reading(0, 5, at=at).without(day(0), day(2))
    assert (part.at, part.whose, part.iccid) == (at, WHOSE, ICCID)
