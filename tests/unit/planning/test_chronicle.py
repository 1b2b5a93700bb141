"""Which days the history wants, and how often."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sim_operator.planning import chronicle, pace

TODAY = date(2026, 11, 23)
HOUR = 3600.0


def test_every_sim_is_read_within_six_hours() -> None:
    assert chronicle.interval(1, 8) == chronicle.interval(10_000, 8) == 6 * HOUR


def test_a_fleet_that_the_rate_does_not_carry_is_read_more_slowly() -> None:
    assert chronicle.interval(10_000, 1) == 80_000
    assert chronicle.interval(100_000, 8) == 100_000


def test_on_a_fast_clock_it_is_read_as_often_in_its_days() -> None:
    assert chronicle.interval(10, 10, speed=600.0) == 36
    assert chronicle.interval(10, 10, speed=10**6) == 8
    assert chronicle.interval(1, 10, speed=10**6) == 2
    assert chronicle.interval(1, 10, speed=0.0) == 6 * HOUR


@given(st.integers(1, 10**6), st.integers(1, 10), st.floats(1, 10**5))
def test_details_always_have_room_left(claimed: int, rate: int, speed: float) -> None:
    reads = chronicle.reads_per_second(claimed, chronicle.interval(claimed, rate, speed))
    share = rate * pace.DETAIL_SHARE
    assert reads <= share / 4 + 1e-9
    assert pace.detail_interval(1.0, claimed, rate, others=reads) <= max(
        1.0, claimed * pace.READS_PER_SIM / (share * 0.75) + 1e-6
    )


def test_without_a_history_details_are_as_they_were() -> None:
    assert chronicle.reads_per_second(10_000, 0.0) == 0.0
    assert pace.detail_interval(3600, 10_000, 8, others=0.0) == 7500


def test_only_days_that_are_over_can_be_missing() -> None:
    assert chronicle.reach(TODAY) == (date(2026, 5, 27), date(2026, 11, 22))


def test_a_day_is_read_until_it_is_final() -> None:
    # Of the first day read, three days have passed since its end, whatever the hour is.
    first = chronicle.first_day(None, TODAY)
    assert first == date(2026, 11, 19)
    assert TODAY - (first + timedelta(days=1)) == timedelta(days=3)


def test_what_is_missing_is_read_from_its_first_day_on() -> None:
    assert chronicle.first_day(date(2026, 9, 1), TODAY) == date(2026, 9, 1)


def test_what_is_missing_of_late_changes_nothing() -> None:
    assert not chronicle.reaches_back(None, TODAY)
    assert not chronicle.reaches_back(date(2026, 11, 19), TODAY)
    assert chronicle.reaches_back(date(2026, 11, 18), TODAY)
    assert chronicle.first_day(date(2026, 11, 22), TODAY) == date(2026, 11, 19)


def test_nothing_is_asked_for_that_1nce_has_forgotten() -> None:
    assert chronicle.first_day(date(2020, 1, 1), TODAY) == date(2026, 5, 27)
