"""When a limit is reached, from days that say it clearly and days that do not."""

from datetime import UTC, date, datetime, timedelta

import pytest

from sim_operator.api.choices import PeriodKind
from sim_operator.domain.usage import Service
from sim_operator.planning.quota.expectation import Week, pooled
from sim_operator.planning.quota.forecast import daily_rates, exhausts_at, pool_exhausts_at
from sim_operator.planning.quota.history import DailyHistory
from sim_operator.planning.quota.period import Period, Track, period_at

MIB = 1024 * 1024
HOUR = 3600.0
DAY = timedelta(days=1)
NOW = datetime(2026, 11, 11, tzinfo=UTC)  # a Wednesday
NOVEMBER = period_at(Track(PeriodKind.MONTHLY, "Etc/UTC"), NOW)
LIFETIME = period_at(Track(PeriodKind.LIFETIME, "Etc/UTC"), NOW)


def history(*mebibytes: float | None, last: date | None = None) -> DailyHistory:
    days = tuple(None if amount is None else int(amount * MIB) for amount in mebibytes)
    return DailyHistory(last or NOW.date() - DAY, days, ())


def forecast(
    days: DailyHistory,
    left: float,
    *,
    rate: float | None = None,
    before: int | None = None,
    now: datetime = NOW,
    period: Period = NOVEMBER,
    span: float = 6 * HOUR,
) -> date | None:
    """`left` and `rate` in Mi, and Mi a day; `before` as a day of November."""
    used = 100 * MIB
    return exhausts_at(
        days,
        Service.DATA,
        used,
        used + int(left * MIB),
        period,
        now,
        None if rate is None else rate * MIB / 86400,
        None if before is None else date(2026, 11, before),
        span=span,
    )


def november(day: int) -> date:
    return date(2026, 11, day)


def test_steady_use_reaches_the_limit_when_what_is_left_is_used_up() -> None:
    assert forecast(history(*[2] * 14), left=15) == november(18)


def test_the_rest_of_today_counts_as_what_is_left_of_the_day() -> None:
    days = history(*[2] * 14)
    assert forecast(days, left=1.9) == november(11)
    assert forecast(days, left=1.9, now=NOW + DAY / 2) == november(12)


def test_a_limit_that_lasts_longer_than_the_period_is_not_forecast() -> None:
    assert forecast(history(*[2] * 14), left=2 * 20 - 0.5) == november(30)
    assert forecast(history(*[2] * 14), left=2 * 20 + 0.5) is None


def test_a_lifetime_looks_five_years_ahead() -> None:
    days = history(*[2] * 14)
    assert forecast(days, left=2 * 1000.5, period=LIFETIME) == NOW.date() + 1000 * DAY
    assert forecast(days, left=2 * 1900, period=LIFETIME) is None


def test_a_period_ends_at_its_own_midnight() -> None:
    berlin = period_at(Track(PeriodKind.MONTHLY, "Europe/Berlin"), NOW)
    kiritimati = period_at(Track(PeriodKind.MONTHLY, "Pacific/Kiritimati"), NOW)
    days = history(*[2] * 14)
    assert forecast(days, left=2 * 19.98, period=NOVEMBER) == november(30)
    assert forecast(days, left=2 * 19.98, period=berlin) is None
    assert forecast(days, left=2 * 19.3, period=berlin) == november(30)
    assert forecast(days, left=2 * 19.3, period=kiritimati) == november(30)


def test_a_limit_that_is_passed_is_reached_today() -> None:
    assert forecast(history(), left=0) == november(11)
    assert forecast(history(*[0] * 20), left=-5, before=20) == november(11)


def test_nothing_is_said_of_a_period_that_is_over() -> None:
    assert forecast(history(*[2] * 14), left=-5, now=datetime(2026, 12, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "days",
    [
        history(),
        DailyHistory(None, (), ()),
        history(50, 50),
        history(*[None] * 40, 50, 50),
        history(*[0] * 30),
        history(*[0] * 20, 300, *[0] * 8),
        history(*[0] * 20, 300),
        history(*[None] * 20, 0, None, 0, None, 0),
    ],
    ids=["no days", "nothing", "two", "two known", "zeros", "spike", "spike last", "gaps"],
)
def test_nothing_is_said_where_nothing_is_known(days: DailyHistory) -> None:
    assert forecast(days, left=10) is None


def test_days_that_are_not_over_yet_do_not_count() -> None:
    days = history(*[2] * 14, 500, 500, last=NOW.date() + DAY)
    assert forecast(days, left=15) == november(18)


def test_days_that_are_long_past_do_not_count() -> None:
    assert forecast(history(*[2] * 14, last=NOW.date() - 60 * DAY), left=15) is None


def test_gaps_are_left_out_and_not_taken_for_zero() -> None:
    assert forecast(history(*[2, None] * 7), left=15) == november(18)


def test_one_heavy_day_moves_the_forecast_by_little() -> None:
    days = [2.0] * 14
    days[6] = 200
    day = forecast(history(*days), left=15)
    assert day is not None
    assert november(17) <= day <= november(18)


def test_bursts_every_few_days_are_forecast_by_their_mean() -> None:
    assert forecast(history(*[0, 0, 0, 8] * 7), left=15) == november(18)


def test_bursts_are_no_runaway_while_they_last() -> None:
    days = history(*[0, 0, 0, 8] * 7)
    assert forecast(days, left=15, rate=8 * 4) == november(18)


def test_a_night_device_is_no_runaway_at_night() -> None:
    assert forecast(history(*[2] * 14), left=15, rate=2 * 4) == november(18)


def test_a_runaway_is_forecast_on_its_first_day() -> None:
    assert forecast(history(*[0.1] * 28), left=120) is None
    assert forecast(history(*[0.1] * 28), left=120, rate=50) == november(13)


def test_a_burst_after_a_restart_is_no_runaway() -> None:
    days = history(*[0.1] * 28)
    assert forecast(days, left=120, rate=50, span=60) is None
    assert forecast(days, left=120, rate=50, span=HOUR) == november(13)


def test_a_silent_device_that_sends_a_few_bytes_is_no_runaway() -> None:
    assert forecast(history(*[0] * 28), left=0.5, rate=0.05) is None


def test_a_runaway_without_a_rate_is_forecast_on_its_second_day() -> None:
    assert forecast(history(*[0.1] * 27, 30), left=120) is None
    assert forecast(history(*[0.1] * 26, 30, 50), left=120) == november(13)


def test_a_runaway_that_goes_on_is_forecast_by_its_own_days() -> None:
    for run in (3, 6, 10, 20):
        days = history(*[0.1] * 28, 10, *[50] * run)
        assert forecast(days, left=120) == november(13), run


def test_use_that_calmed_down_is_not_forecast_by_what_it_was() -> None:
    days = history(*[0.1] * 28, *[50] * 10, 0.1, 0.1, 0.1)
    assert forecast(days, left=120) is None


def test_pauses_that_come_again_are_no_change() -> None:
    days = [*[10] * 4, 1, 1, 1] * 8
    day = forecast(history(*days), left=60)
    assert day is not None
    assert november(19) <= day <= november(21)


def test_a_sim_that_was_off_is_forecast_by_what_it_used_when_it_was_on() -> None:
    on = [2.0] * 28
    assert forecast(history(*on, *[0] * 20), left=15) is None
    assert forecast(history(*on, *[0] * 20), left=15, rate=2) == november(18)
    assert forecast(history(*on, *[0] * 20, 2), left=15) == november(18)


def test_weekends_are_seen_where_there_are_four_weeks() -> None:
    week = [10.0, 10, 10, 10, 10, 0, 0]
    days = [*week * 4, 10, 10]  # ends on a Tuesday
    assert forecast(history(*days), left=45) == november(17)
    assert forecast(history(*days), left=29) == november(13)
    rates = daily_rates(history(*days), Service.DATA, NOW.date(), 9)
    assert rates == pytest.approx([amount * MIB for amount in (10, 10, 10, 0, 0, 10, 10, 10, 10)])


def test_weekdays_that_differ_by_chance_are_not_taken_for_a_pattern() -> None:
    days = [float(1 + (i * 7919 % 13)) for i in range(28)]
    rates = daily_rates(history(*days), Service.DATA, NOW.date(), 7)
    assert rates is not None
    assert len(set(rates)) == 1


def test_messages_are_forecast_as_data_are() -> None:
    days = DailyHistory(NOW.date() - DAY, (), (2,) * 14)
    assert exhausts_at(days, Service.SMS, 5, 20, NOVEMBER, NOW, None, None) == november(18)
    assert exhausts_at(days, Service.DATA, 5, 20, NOVEMBER, NOW, None, None) is None


def test_the_shown_day_stays_where_the_new_one_is_next_to_it() -> None:
    days = history(*[2] * 14)
    assert [forecast(days, left=15, before=day) for day in (16, 17, 18, 19, 20)] == [
        november(day) for day in (18, 17, 18, 19, 18)
    ]


def test_a_far_day_may_be_off_by_more() -> None:
    shown = NOW.date() + 1030 * DAY
    used, limit, days = 0, 2 * 1000 * MIB, history(*[2] * 14)
    arguments = (days, Service.DATA, used, limit, LIFETIME, NOW, None)
    assert exhausts_at(*arguments, shown) == shown
    assert exhausts_at(*arguments, shown + 100 * DAY) == NOW.date() + 1000 * DAY


def test_a_shown_day_is_not_dropped_for_little() -> None:
    days = history(*[2] * 14)
    barely_after = 2 * 21.5
    assert forecast(days, left=barely_after) is None
    assert forecast(days, left=barely_after, before=30) == november(30)
    assert forecast(days, left=barely_after, before=24) == november(30)
    assert forecast(days, left=2 * 26, before=30) is None


def test_a_shown_day_stays_while_too_little_is_known() -> None:
    assert forecast(history(), left=15, before=20) == november(20)
    assert forecast(history(), left=15, before=10) is None
    december = exhausts_at(history(), Service.DATA, 0, 5, NOVEMBER, NOW, None, date(2026, 12, 1))
    assert december is None


def test_a_pool_is_forecast_by_the_sum_of_its_members() -> None:
    weeks: list[Week | None] = [(2.0 * MIB,) * 7, (3.0 * MIB,) * 7, (0.0,) * 7]
    day = pool_exhausts_at(
        used=0,
        limit=37 * MIB,
        expected=pooled(weeks),
        period=NOVEMBER,
        now=NOW,
        before=None,
    )
    assert day == november(18)


def test_members_that_are_not_known_are_as_the_others_or_nothing_is_said() -> None:
    one: Week = (3.0,) * 7
    assert pooled([one, one, one, None]) == (12.0,) * 7
    assert pooled([one, one, None]) is None
    assert pooled([None]) is None
    assert pooled([]) is None
