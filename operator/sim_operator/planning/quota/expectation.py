"""What a SIM is expected to use a day, from what it used.

Days of a device are not bell-shaped: one update of its firmware is a hundred ordinary days, many
report every few days only, and some use nothing while they are switched off. So everything here is
of medians and of episodes (days that stand out, side by side): what stood out once is clipped, what
keeps standing out is part of the pattern. How a change is noticed stands in `regime`.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from statistics import fmean, median

from sim_operator.domain.usage import Service
from sim_operator.planning.quota.history import DailyHistory
from sim_operator.planning.quota.regime import (
    CLIP_FACTOR,
    CLIP_SIGMAS,
    SECONDS,
    Day,
    Recent,
    is_off,
    new_rate,
    spread,
    without_pauses,
)

Week = tuple[float, float, float, float, float, float, float]
"""Expected use of a whole day, by weekday, Monday first. Bytes or messages."""

MOST_DAYS = 56
WINDOW = 14
LONG_WINDOW = 28
FEWEST_DAYS = 3
FEWEST_WEEKS = 4
SAME_SIGMAS = 2.0
EXPLAINED = 0.35
"""Share of the variance, adjusted for the six degrees of freedom that weekdays take."""
FEWEST_KNOWN = 0.75
"""Share of a pool's members without which its sum would be a guess."""
SPAN = 6 * 3600.0
"""Seconds over which a recent rate is observed, if nothing else is said."""


def expected_daily(
    history: DailyHistory,
    service: Service,
    today: date,
    rate: float | None,
    *,
    span: float = SPAN,
) -> Week | None:
    """What the SIM is expected to use on the coming days; None: too little is known.

    Args:
        history: Complete days; days from ``today`` on are ignored, for the clock may step back.
        service: What is used.
        today: The present UTC day.
        rate: Bytes (messages) a second, observed over the last hours; None: not known. It shows a
            runaway on its first day; ordinary days do without it.
        span: Seconds over which ``rate`` was observed. After a restart it is short, and one burst
            looks like a runaway to those who do not know that.
    """
    known = _known(history, service, today)
    recent = None if rate is None else Recent(max(0.0, rate) * SECONDS, span)
    if sum(day.age <= LONG_WINDOW for day in known) < FEWEST_DAYS:
        return None if recent is None else _from_little(known, recent, service)
    if is_off(known, recent):
        return _flat(0.0)
    active = without_pauses(known)
    changed = new_rate(active, recent, service)
    return _usual(active, today.weekday()) if changed is None else _flat(changed)


def daily_rates(
    history: DailyHistory, service: Service, days_ahead_from: date, n: int
) -> list[float] | None:
    """What is expected on each of ``n`` days from that day on; None: too little is known."""
    week = expected_daily(history, service, days_ahead_from, None)
    if week is None:
        return None
    return [week[(days_ahead_from.weekday() + day) % 7] for day in range(n)]


def pooled(weeks: Iterable[Week | None]) -> Week | None:
    """What all members of a pool are expected to use together; None: too few are known.

    Members of which too little is known are taken to be as the others are on average, as long as
    they are at most a quarter.
    """
    sums, known, members = [0.0] * 7, 0, 0
    for week in weeks:
        members += 1
        if week is not None:
            known += 1
            for weekday, amount in enumerate(week):
                sums[weekday] += amount
    if not known or known < members * FEWEST_KNOWN:
        return None
    scale = members / known
    return _week([amount * scale for amount in sums])


def _known(history: DailyHistory, service: Service, today: date) -> list[Day]:
    """The known days, the latest first."""
    if history.last is None:
        return []
    first = (today - history.last).days
    return [
        Day(age, max(0.0, float(used)))
        for age, used in enumerate(reversed(history.of(service)), first)
        if used is not None and 1 <= age <= MOST_DAYS
    ]


def _from_little(known: Sequence[Day], recent: Recent, service: Service) -> Week | None:
    """A SIM that is new: its one or two days, unless it is far from them already."""
    if not known:
        return _flat(recent.per_day) if recent.is_level else None
    changed = new_rate(known, recent, service)
    if changed is not None:
        return _flat(changed)
    return _flat(fmean([day.used for day in known])) if recent.is_level else None


def _usual(known: Sequence[Day], today: int) -> Week:
    """The ordinary level, by weekday where the weekday tells something."""
    clipped = clip(_window(known))
    if not clipped:
        return _flat(0.0)
    weights = _weekdays(clip(known), today)
    if weights is None:
        return _flat(fmean(day.used for day in clipped))
    weighed = sum(weights[day.weekday(today)] for day in clipped)
    if weighed <= 0:
        return _flat(fmean(day.used for day in clipped))
    level = sum(day.used for day in clipped) / weighed
    return _week([level * weight for weight in weights])


def _window(known: Sequence[Day]) -> list[Day]:
    """The last two weeks; more of them where they are few, or no other than the ones before.

    Noise takes its toll of a mean of two weeks, and older days take it away, as long as they are of
    the same behaviour: a difference that noise explains is none.
    """
    near = [day for day in known if day.age <= WINDOW]
    if len(near) < FEWEST_DAYS or median(day.used for day in near) == 0:
        return [day for day in known if day.age <= LONG_WINDOW]
    older = [day for day in known if day.age > WINDOW]
    if len(older) < WINDOW:
        return near
    one, other = ([day.used for day in clip(days)] for days in (near, older))
    difference = fmean(one) - fmean(other)
    noise = math.sqrt(_error(one) + _error(other))
    return list(known) if abs(difference) <= SAME_SIGMAS * noise else near


def _error(amounts: Sequence[float]) -> float:
    """The square of the standard error of their mean."""
    mean = fmean(amounts)
    return sum((amount - mean) ** 2 for amount in amounts) / len(amounts) ** 2


def clip(days: Sequence[Day]) -> list[Day]:
    """The days with what stood out once cut down to what is ordinary."""
    if not days:
        return []
    center = median(day.used for day in days)
    if center > 0:
        most = max(CLIP_FACTOR * center, center + CLIP_SIGMAS * spread(days, center))
        if _episodes(days, most) > 1:
            return list(days)
    elif _episodes(days, 0.0) > 1:
        most = CLIP_FACTOR * median(day.used for day in days if day.used > 0)
    else:
        most = 0.0
    return [Day(day.age, min(day.used, most)) for day in days]


def _episodes(days: Sequence[Day], most: float) -> int:
    return sum(above for above, _ in groupby(days, key=lambda day: day.used > most))


def _weekdays(days: Sequence[Day], today: int) -> Week | None:
    """Each weekday in relation to the average day; None: weekdays explain too little."""
    by_weekday: list[list[float]] = [[] for _ in range(7)]
    for day in days:
        by_weekday[day.weekday(today)].append(day.used)
    if min(map(len, by_weekday)) < FEWEST_WEEKS:
        return None
    means = [fmean(amounts) for amounts in by_weekday]
    center = fmean(day.used for day in days)
    total = sum((day.used - center) ** 2 for day in days)
    within = sum((used - means[i]) ** 2 for i in range(7) for used in by_weekday[i])
    if center <= 0 or total <= 0:
        return None
    explained = 1 - (within / (len(days) - 7)) / (total / (len(days) - 1))
    if explained < EXPLAINED:
        return None
    average = fmean(means)
    return _week([mean / average for mean in means])


def _flat(amount: float) -> Week:
    return (amount,) * 7


def _week(amounts: Sequence[float]) -> Week:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = amounts
    return (monday, tuesday, wednesday, thursday, friday, saturday, sunday)
