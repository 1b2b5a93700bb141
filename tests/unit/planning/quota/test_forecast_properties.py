"""What holds of every forecast, whatever was used."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.choices import PeriodKind
from sim_operator.domain.usage import Service
from sim_operator.planning.quota.forecast import LIFETIME_HORIZON, exhausts_at, expected_daily
from sim_operator.planning.quota.history import DailyHistory
from sim_operator.planning.quota.period import Period, Track, period_at

MIB = 1024 * 1024
DAY = timedelta(days=1)
AMOUNTS = st.sampled_from([0, 0, 1, 1000, MIB, 5 * MIB, 600 * MIB]) | st.integers(0, 10 * MIB)
MOMENTS = st.integers(0, 730 * 86_400).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
ZONES = st.sampled_from(["Etc/UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/New_York"])
RATES = st.none() | st.sampled_from([0.0, 1.0, 1000.0]) | st.floats(0, 1e6)
SPANS = st.sampled_from([60.0, 3600.0, 6 * 3600.0])
LAGS = st.integers(-2, 5)


@dataclass(frozen=True)
class Case:
    history: DailyHistory
    period: Period
    now: datetime
    rate: float | None
    span: float
    before: date | None

    def day(self, used: int, limit: int) -> date | None:
        return exhausts_at(
            self.history,
            Service.DATA,
            used,
            limit,
            self.period,
            self.now,
            self.rate,
            self.before,
            span=self.span,
        )

    @property
    def today(self) -> date:
        return self.now.date()


@st.composite
def cases(draw: st.DrawFn) -> Case:
    now = draw(MOMENTS)
    ahead = draw(st.none() | st.integers(-40, 60))
    return Case(
        draw(histories(now.date())),
        period_at(Track(draw(st.sampled_from(PeriodKind)), draw(ZONES)), now),
        now,
        draw(RATES),
        draw(SPANS),
        None if ahead is None else now.date() + ahead * DAY,
    )


@st.composite
def histories(draw: st.DrawFn, today: date) -> DailyHistory:
    """Any days, and days of a pattern: chance alone hardly ever makes one."""
    pattern = draw(st.lists(st.none() | AMOUNTS, min_size=1, max_size=7))
    days = draw(st.lists(st.none() | AMOUNTS, max_size=10))
    known = tuple(pattern * draw(st.integers(0, 20)) + days)[-56:]
    return DailyHistory(today - (1 + draw(LAGS)) * DAY if known else None, known, ())


def order(day: date | None) -> date:
    return day or date.max


@given(cases(), AMOUNTS, AMOUNTS, AMOUNTS)
def test_more_used_is_never_later_and_a_higher_limit_never_earlier(
    case: Case, used: int, more: int, limit: int
) -> None:
    assert order(case.day(used + more, limit)) <= order(case.day(used, limit))
    assert order(case.day(used, limit + more)) >= order(case.day(used, limit))


@given(cases(), AMOUNTS, AMOUNTS)
def test_no_day_lies_before_today_or_after_the_period(case: Case, used: int, limit: int) -> None:
    day = case.day(used, limit)
    end = case.period.end or case.now + LIFETIME_HORIZON
    if day is not None:
        assert case.today <= day <= (end - timedelta(microseconds=1)).date()


@given(cases(), AMOUNTS, AMOUNTS)
def test_a_day_that_is_shown_is_shown_again(case: Case, used: int, limit: int) -> None:
    shown = case.day(used, limit)
    if shown is not None:
        assert replace(case, before=shown).day(used, limit) == shown


@given(cases(), AMOUNTS, AMOUNTS)
def test_a_shown_day_gives_way_only_to_another_one(case: Case, used: int, limit: int) -> None:
    fresh = replace(case, before=None).day(used, limit)
    day = case.day(used, limit)
    if fresh is not None and day is not None and case.period.track.kind != PeriodKind.LIFETIME:
        assert day == fresh or (day == case.before and abs(day - fresh) <= DAY)
    assert fresh is None or day is not None


@given(cases())
def test_what_is_expected_was_seen_before(case: Case) -> None:
    week = expected_daily(case.history, Service.DATA, case.today, case.rate, span=case.span)
    highest = max((used for used in case.history.data if used is not None), default=0)
    if week is not None:
        most = max(highest, (case.rate or 0.0) * 86_400.0)
        assert all(0 <= amount <= 7 * most * 1.000001 for amount in week)
        assert sum(week) <= 7 * most * 1.000001


@given(cases(), st.integers(0, 60), AMOUNTS, st.integers(1, MIB))
def test_without_use_there_is_no_forecast(case: Case, days: int, used: int, left: int) -> None:
    silent = DailyHistory(case.today - DAY, (0,) * days, ())
    for rate in (0.0, None):
        idle = replace(case, history=silent, rate=rate, before=None)
        assert idle.day(used, used + left) is None


@given(cases(), st.integers(0, 27), st.integers(1, 900 * MIB), st.integers(1, MIB))
def test_a_single_use_is_no_forecast(case: Case, place: int, spike: int, left: int) -> None:
    days = tuple(spike if day == place else 0 for day in range(28))
    once = replace(case, history=DailyHistory(case.today - DAY, days, ()), rate=None, before=None)
    assert once.day(0, left) is None


@given(cases(), st.lists(AMOUNTS, max_size=2), st.integers(0, 50))
def test_two_days_are_too_few(case: Case, days: list[int], gaps: int) -> None:
    known = DailyHistory(case.today - DAY, (None,) * gaps + tuple(days), ())
    few = replace(case, history=known, rate=None, before=None)
    assert few.day(0, 1) is None
