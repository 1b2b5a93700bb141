"""How counting begins, turns with the period, and bears clocks that are set."""

from datetime import UTC, datetime

from sim_operator.planning.quota.counting import (
    history,
    opened,
    streamed,
    visited,
    wanting,
)
from tests.unit.planning.quota.readings import (
    BERLIN,
    DAILY,
    DAY,
    HOUR,
    LIFETIME,
    MONTHLY,
    NOW,
    counted,
    data,
    found,
    record,
    visit,
)


def test_days_of_the_period_are_summed_and_counting_began_with_it() -> None:
    book = visited(counted(), visit(NOW, {"2026-10-31": 7, "2026-11-01": 5, "2026-11-23": 3}))
    answer = found(book, NOW)
    assert (answer.data, answer.sms) == (8, 2)
    assert answer.since == datetime(2026, 11, 1, tzinfo=UTC)


def test_counting_began_with_the_first_polled_day() -> None:
    book = visited(counted(), visit(NOW, {"2026-11-23": 3}, first="2026-11-20"))
    assert found(book, NOW).since == datetime(2026, 11, 20, tzinfo=UTC)


def test_a_day_over_the_start_counts_nothing_and_one_over_the_end_counts_whole() -> None:
    start = datetime(2026, 11, 22, 23, tzinfo=UTC)
    book = visited(counted(BERLIN), visit(NOW, {"2026-11-22": 90, "2026-11-23": 4}))
    assert data(book, NOW, BERLIN) == 4
    assert found(book, NOW, BERLIN).since == start + HOUR


def test_readings_cut_the_day_over_the_start() -> None:
    start = datetime(2026, 11, 23, 23, tzinfo=UTC)
    book = visited(counted(BERLIN), visit(start - HOUR, {"2026-11-23": 9}, left=400))
    book = wanting(book, [BERLIN], start)
    assert data(book, start, BERLIN) == 0
    book = visited(book, visit(start + HOUR / 4, {"2026-11-23": 19}, left=390))
    assert data(book, start + HOUR / 4, BERLIN) == 0
    book = visited(book, visit(start + HOUR / 2, {"2026-11-23": 24}, left=385))
    assert data(book, start + HOUR / 2, BERLIN) == 5
    book = visited(book, visit(start + 3 * HOUR, {"2026-11-24": 2}, left=383))
    assert found(book, start + 3 * HOUR, BERLIN).data == 7
    assert found(book, start + 3 * HOUR, BERLIN).since == start


def test_a_visit_after_the_end_counts_nothing_in_the_ended_period() -> None:
    end = datetime(2026, 12, 1, tzinfo=UTC)
    book = visited(counted(), visit(end - HOUR, {"2026-11-30": 9}, left=400))
    book = visited(book, visit(end + HOUR, {"2026-12-01": 2}, left=380))
    assert found(book, end + HOUR).period.name == "2026-12"
    assert data(book, end + HOUR) == 2


def test_a_new_period_begins_at_zero_where_the_last_fact_is_fresh() -> None:
    end = datetime(2026, 12, 1, tzinfo=UTC)
    fresh = visited(counted(), visit(end - DAY, {}, left=400))
    assert data(wanting(fresh, [MONTHLY], end), end) == 0
    assert data(fresh, end) == 0
    assert found(fresh, end).since == end
    old = visited(counted(), visit(end - DAY - HOUR, {}, left=400))
    late = end + 2 * HOUR
    assert data(wanting(old, [MONTHLY], late), late) is None
    assert found(old, late).since == late


def test_a_service_that_never_answered_stays_unknown_in_the_next_period() -> None:
    end = datetime(2026, 12, 1, tzinfo=UTC)
    book = visited(counted(), visit(end - HOUR, left=400))
    assert found(wanting(book, [MONTHLY], end), end).sms is None


def test_a_counter_added_later_begins_with_the_known_days_and_the_meter() -> None:
    book = visited(opened(NOW), visit(NOW, {"2026-11-03": 50, "2026-11-23": 3}, left=400))
    book = wanting(book, [MONTHLY, DAILY], NOW + HOUR)
    assert data(book, NOW + HOUR) == 53
    assert data(book, NOW + HOUR, DAILY) == 3
    assert found(book, NOW + HOUR).since == datetime(2026, 11, 1, tzinfo=UTC)
    book = visited(book, visit(NOW + 2 * HOUR, left=390))
    assert data(book, NOW + 2 * HOUR) == 63
    assert data(book, NOW + 2 * HOUR, DAILY) == 13


def test_a_clock_set_back_over_the_boundary_does_not_bring_the_old_period_back() -> None:
    start = datetime(2026, 12, 1, tzinfo=UTC)
    book = visited(counted(), visit(start - HOUR, {"2026-11-30": 9}, left=400))
    book = wanting(book, [MONTHLY], start + HOUR)
    book, _ = streamed(book, record(1, start + HOUR, 5))
    back = wanting(book, [MONTHLY], start - 23 * HOUR)
    assert found(back, start - 23 * HOUR).period.name == "2026-12"
    assert data(back, start - 23 * HOUR) == 5
    book = visited(back, visit(start - 22 * HOUR, {"2026-11-30": 9}, left=350))
    assert data(book, start - 22 * HOUR) == 5


def test_a_clock_set_far_back_counts_anew_from_the_facts() -> None:
    book = visited(counted(), visit(NOW, {"2026-11-03": 50}, left=400))
    book = wanting(book, [MONTHLY], NOW + 400 * DAY)
    assert found(book, NOW + 400 * DAY).period.name == "2027-12"
    book = wanting(book, [MONTHLY], NOW)
    assert found(book, NOW).period.name == "2026-11"
    assert data(book, NOW) == 50


def test_a_clock_that_was_far_ahead_makes_nothing_deaf() -> None:
    ahead = NOW + 400 * DAY
    book = wanting(opened(NOW, NOW - 3 * DAY), [MONTHLY, LIFETIME], NOW)
    book = visited(book, visit(NOW, {"2026-11-22": 20, "2026-11-23": 3}, left=400))
    book = visited(book, visit(ahead, {}, left=400, first="2027-12-01"))
    book, _ = streamed(book, record(1, ahead + HOUR, 5))
    book = wanting(book, [MONTHLY, LIFETIME], NOW + HOUR)
    book = visited(book, visit(NOW + HOUR, {"2026-11-23": 4}, left=399))
    book = visited(book, visit(NOW + 2 * HOUR, {"2026-11-23": 4}, left=390))
    book, new = streamed(book, record(2, NOW + 3 * HOUR, 6))
    assert new
    assert data(book, NOW + 3 * HOUR) == 4 + 9 + 6
    later = NOW + 3 * DAY
    book = visited(book, visit(later, {"2026-11-24": 1000}))
    assert data(book, later, LIFETIME) == 20 + 3 + 1000


def test_a_lifetime_counts_from_activation_once_an_answer_reaches_it() -> None:
    activated = NOW - 100 * DAY
    book = wanting(opened(NOW, activated), [LIFETIME], NOW)
    days = {(NOW - number * DAY).date().isoformat(): 10 for number in range(90)}
    book = visited(book, visit(NOW, days, first="2026-11-01"))
    assert data(book, NOW, LIFETIME) == 10
    assert found(book, NOW, LIFETIME).since == datetime(2026, 11, 23, tzinfo=UTC)
    book = visited(book, visit(NOW + HOUR, days, first="2026-06-01"))
    assert data(book, NOW + HOUR, LIFETIME) == 900
    assert found(book, NOW + HOUR, LIFETIME).since == activated


def test_a_lifetime_keeps_the_days_that_are_too_old_to_be_remembered() -> None:
    now, sum_of_days = NOW, 0
    book = wanting(opened(now, now), [LIFETIME], now)
    for number in range(300):
        now = NOW + number * DAY
        sum_of_days += number
        first = (now - 5 * DAY).date().isoformat()
        book = visited(book, visit(now, {now.date().isoformat(): number}, first=first))
    assert data(book, now, LIFETIME) == sum_of_days
    assert len(history(book).data) == 56


def test_a_reading_of_a_clock_set_back_before_the_period_is_only_its_base() -> None:
    start = datetime(2026, 12, 1, tzinfo=UTC)
    book = visited(counted(), visit(start - HOUR, {}, left=410))
    book = wanting(book, [MONTHLY], start + HOUR)
    book = visited(book, visit(start - HOUR / 2, left=400))
    book = visited(book, visit(start + HOUR, left=390))
    assert data(book, start + HOUR) == 0
    book = visited(book, visit(start + 2 * HOUR, left=385))
    assert data(book, start + 2 * HOUR) == 5


def test_days_that_were_told_after_the_last_reading_count_once_for_a_later_counter() -> None:
    book = visited(opened(NOW), visit(NOW, {}, left=400))
    book = visited(book, visit(NOW + HOUR, {"2026-11-23": 10}))
    book = wanting(book, [MONTHLY], NOW + HOUR)
    book = visited(book, visit(NOW + 2 * HOUR, left=390))
    assert data(book, NOW + 2 * HOUR) == 10
