"""The rules by which use is counted, one by one."""

from sim_operator.planning.quota.counting import (
    history,
    streamed,
    usage,
    visited,
    wanting,
)
from tests.unit.planning.quota.readings import (
    DAILY,
    HOUR,
    MONTHLY,
    NOW,
    counted,
    data,
    found,
    record,
    visit,
)
from tests.unit.planning.quota.world import World


def test_a_track_that_is_not_wanted_has_no_usage() -> None:
    book = wanting(counted(), [DAILY], NOW)
    assert usage(book, MONTHLY, NOW) is None
    assert usage(book, DAILY, NOW) is not None


def test_unknown_use_is_not_zero() -> None:
    answer = found(counted(), NOW)
    assert (answer.data, answer.sms, answer.as_of) == (None, None, None)
    assert answer.since == NOW
    answer = found(visited(counted(), visit(NOW, left=400)), NOW)
    assert (answer.data, answer.sms, answer.as_of) == (0, None, NOW)


def test_the_meter_goes_on_where_the_days_are_late() -> None:
    book = visited(counted(), visit(NOW, {"2026-11-23": 50}, left=400))
    book = visited(book, visit(NOW + HOUR, {"2026-11-23": 50}, left=380))
    assert data(book, NOW + HOUR) == 70
    book = visited(book, visit(NOW + 2 * HOUR, {"2026-11-23": 65}, left=380))
    assert data(book, NOW + 2 * HOUR) == 70
    book = visited(book, visit(NOW + 3 * HOUR, {"2026-11-23": 90}, left=370))
    assert data(book, NOW + 3 * HOUR) == 90


def test_a_fall_that_the_days_told_in_between_counts_once() -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    book = visited(book, visit(NOW + HOUR, {"2026-11-23": 10}))
    book = visited(book, visit(NOW + 2 * HOUR, {"2026-11-23": 10}, left=390))
    assert data(book, NOW + 2 * HOUR) == 10


def test_a_fall_that_records_told_in_between_counts_once() -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    book, _ = streamed(book, record(1, NOW + HOUR, 10))
    book = visited(book, visit(NOW + 2 * HOUR, {}))
    assert data(book, NOW + 2 * HOUR) == 10
    book = visited(book, visit(NOW + 3 * HOUR, {}, left=390))
    assert data(book, NOW + 3 * HOUR) == 10


def test_usage_that_goes_backwards_or_misses_a_month_lowers_nothing() -> None:
    book = visited(counted(), visit(NOW, {"2026-11-03": 50, "2026-11-23": 3}))
    for days in ({"2026-11-03": 20}, {}, None):
        book = visited(book, visit(NOW + HOUR, days))
        assert data(book, NOW + HOUR) == 53
    assert history(book).data == (0, 0, 20, *[0] * 19)


def test_an_older_meter_reading_is_ignored() -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    book = visited(book, visit(NOW - HOUR, left=300))
    book = visited(book, visit(NOW + HOUR, left=390))
    assert data(book, NOW + HOUR) == 10


def test_a_top_up_of_unknown_volume_keeps_what_the_records_told() -> None:
    book = visited(counted(), visit(NOW, {}, left=40))
    book, _ = streamed(book, record(1, NOW + HOUR, 30))
    book = visited(book, visit(NOW + 2 * HOUR, {}, left=510))
    assert data(book, NOW + 2 * HOUR) == 30
    book = visited(book, visit(NOW + 3 * HOUR, {}, left=500))
    assert data(book, NOW + 3 * HOUR) == 40


def test_what_day_figures_told_is_not_counted_again_after_a_reading_that_said_nothing() -> None:
    world = World()
    world.visit(lag=None, meter="bought")
    world.use(3)
    # Too small a rise for a top-up: the first reading stays the base, without these three.
    world.top_up(4)
    world.pass_time(3)
    world.visit(lag=0, meter="added")
    world.visit(lag=0, meter="bought")
    told = usage(world.book, MONTHLY, world.now)
    assert told is not None
    assert told.data == 3
