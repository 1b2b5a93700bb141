"""On which day a limit will be reached, if usage goes on as it does.

The day is in UTC, as 1NCE's days are. It is told only where it lies within the period and enough is
known; a wrong day is worse than none. It is told steadily too: a status that changes from day to
day and back is a write each time, and nobody believes it.
"""

from datetime import UTC, date, datetime, time, timedelta

from sim_operator.domain.usage import Service
from sim_operator.planning.quota.expectation import SPAN, Week, daily_rates, expected_daily, pooled
from sim_operator.planning.quota.history import DailyHistory
from sim_operator.planning.quota.period import Period

__all__ = ["Week", "daily_rates", "exhausts_at", "expected_daily", "pool_exhausts_at", "pooled"]

LIFETIME_HORIZON = timedelta(days=5 * 365)
STEADY_SHARE = 20
"""A shown day stays while the new one is off by a day, or by 1/20 of the time to it."""
VANISHING_SHARE = 10
"""A shown day is dropped when the new one is past the period's end by 1/10 of the time to it."""
_INSTANT = timedelta(microseconds=1)
_DAY = timedelta(days=1)


def exhausts_at(
    history: DailyHistory,
    service: Service,
    used: int,
    limit: int,
    period: Period,
    now: datetime,
    rate: float | None,
    before: date | None,
    *,
    span: float = SPAN,
) -> date | None:
    """The UTC day on which a SIM's use reaches its limit; None: not in this period, or unknown.

    Today where it is reached already. Never a day before today or after the period (Lifetime:
    after five years).

    ``before`` stays while the new day differs by no more than a day (beyond twenty days ahead: a
    twentieth of the time to it). It is not dropped before the new day lies past the end of the
    period by more than a day and a tenth of the time that is left, and becomes the last day until
    then; a forecast that is new must lie within the period. Where too little is known now,
    ``before`` stays: nothing speaks against it. The caller passes None where limit or period are
    others than those that it was said for.

    Args:
        history: The SIM's complete days.
        service: What is limited.
        used: Bytes (messages) used in this period until ``now``.
        limit: Bytes (messages) that may be used in it.
        period: In which ``now`` lies; once it is over there is no forecast.
        now: Aware.
        rate: Bytes (messages) a second over the last hours; None: not known.
        before: The day that is shown; None: none is.
        span: Seconds over which ``rate`` was observed.
    """
    today = now.astimezone(UTC).date()
    expected = expected_daily(history, service, today, rate, span=span)
    return _shown(used, limit, expected, period, now, before)


def pool_exhausts_at(
    *,
    used: int,
    limit: int,
    expected: Week | None,
    period: Period,
    now: datetime,
    before: date | None,
) -> date | None:
    """The same for a pool, ``expected`` being what `pooled` makes of its members' weeks.

    A member's week comes from `expected_daily`, and changes only with its history and rate: the
    caller keeps it, so that a pool of 10,000 SIMs costs one addition per member and weekday.
    """
    return _shown(used, limit, expected, period, now, before)


def _shown(
    used: int,
    limit: int,
    expected: Week | None,
    period: Period,
    now: datetime,
    before: date | None,
) -> date | None:
    now = now.astimezone(UTC)
    end = now + LIFETIME_HORIZON if period.end is None else period.end.astimezone(UTC)
    if now >= end:
        return None
    today, last = now.date(), (end - _INSTANT).date()
    if used >= limit:
        return today
    if before is not None and not today <= before <= last:
        before = None
    if expected is None:
        return before
    moment = _reached(float(limit - used), expected, now, end + (end - now))
    if moment is None or (before is None and moment >= end):
        return None
    if before is None:
        return moment.date()
    if moment >= end + _DAY + (end - now) / VANISHING_SHARE:
        return None
    day = min(moment.date(), last)
    steady = max(1, (before - today).days // STEADY_SHARE)
    return before if abs((day - before).days) <= steady else day


def _reached(left: float, expected: Week, now: datetime, latest: datetime) -> datetime | None:
    """When this much more will have been used; None: after ``latest``, or never."""
    midnight = datetime.combine(now.date() + _DAY, time(), UTC)
    today = expected[now.weekday()] * ((midnight - now) / _DAY)
    if left <= today:
        return now + (midnight - now) * (left / today)
    left -= today
    weekly = sum(expected)
    if weekly <= 0 or left / weekly > (latest - now) / (7 * _DAY) + 1:
        return None
    weeks = int(left / weekly)
    left = max(0.0, left - weeks * weekly)
    start = midnight + weeks * 7 * _DAY
    for _ in range(8):
        amount = expected[start.weekday()]
        if left <= amount:
            return start + _DAY * (left / amount if amount else 0.0)
        left -= amount
        start += _DAY
    return start
