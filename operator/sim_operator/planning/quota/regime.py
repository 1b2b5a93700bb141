"""When a device does not behave as it did: it ran away, calmed down, or was switched off.

A mean over two weeks learns of a runaway when the limit is long passed. So a change is looked for
first, by what a change must exceed: three times the ordinary level, and its noise. A rate of a few
hours has to exceed more, for a device that sends once a day sends all of it in such hours: what was
used in them alone must be more than any ordinary day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, takewhile
from statistics import fmean, median
from typing import NamedTuple

from sim_operator.domain.usage import Service

CLIP_FACTOR = 3.0
CLIP_SIGMAS = 4.0
CHANGE_FACTOR = 3.0
CHANGE_SIGMAS = 6.0
HOURS_FACTOR = 1.25
"""By how much the hours alone must exceed a heavy day."""
LEAST_HOURS = 3 * 3600.0
"""A rate over less is no level that could be told: it is one burst, or the pause after it."""
SECONDS = 86_400.0
REFERENCE = 28
WINDOW = 14
SHORTEST_PAUSE = 4
LEAST_FALLEN = 3
_FLOOR = {Service.DATA: 16 * 1024.0, Service.SMS: 2.0}
"""What is no news whatever came before: a keep-alive more, a message more."""
_SIGMA = 1.4826
"""Standard deviations in a median absolute deviation, of a normal distribution."""


class Day(NamedTuple):
    """The use of one day; ``age`` in days before today, 1 is yesterday.

    A tuple, for they are made by the hundred thousand.
    """

    age: int
    used: float

    def weekday(self, today: int) -> int:
        """0 is Monday, as ``today`` counts them."""
        return (today - self.age) % 7


@dataclass(frozen=True, slots=True)
class Recent:
    """The rate of the last hours."""

    per_day: float
    """As use of a whole day."""
    span: float
    """The seconds over which it was observed."""

    @property
    def used(self) -> float:
        """What was used in these hours."""
        return self.per_day * self.span / SECONDS

    @property
    def is_level(self) -> bool:
        """Whether it is of long enough a time to be gone on with."""
        return self.span >= LEAST_HOURS


def spread(days: Sequence[Day], center: float) -> float:
    """The standard deviation, robustly."""
    return _SIGMA * median([abs(day.used - center) for day in days])


def new_rate(days: Sequence[Day], recent: Recent | None, service: Service) -> float | None:
    """What is used a day since the behaviour changed; None: it did not.

    Args:
        days: The latest first; not empty.
        recent: The rate of the last hours; None: not known.
        service: What is used.
    """
    if recent is not None:
        heaviest = sorted(day.used for day in days if day.age <= WINDOW)[-2:]
        peak = heaviest[0] if heaviest else 0.0
        if recent.used > HOURS_FACTOR * max(peak, _FLOOR[service]):
            return recent.per_day
    risen = _risen(days, service)
    if risen is not None:
        return risen
    if recent is not None and recent.is_level and len(days) > 1:
        yesterday = days[0].used
        if yesterday > _bound(days[1:], service) and recent.per_day > yesterday / 2:
            return recent.per_day
    return _fallen(days)


def _bound(days: Sequence[Day], service: Service) -> float:
    """What no day exceeds without a change of behaviour."""
    reference = [day for day in days if day.age <= REFERENCE + 2] or days
    center = median([day.used for day in reference])
    bursts = [day.used for day in reference if day.used > 0]
    usual = median(bursts) if bursts else 0.0
    noise = max(CHANGE_SIGMAS * spread(reference, center), 3 * _FLOOR[service])
    return max(CHANGE_FACTOR * usual, center + noise)


def _risen(days: Sequence[Day], service: Service) -> float | None:
    """The level since at least two days; one day alone may be a single event."""
    if len(days) < 5:
        return None
    high = _bound(days[2:], service)
    run = list(takewhile(lambda day: day.used > high, days[:WINDOW]))
    if len(run) < 2:
        return None
    return fmean(day.used for day in run[:-1])  # the oldest one began as an ordinary day


def _fallen(days: Sequence[Day]) -> float | None:
    """The level since it fell: for at least three days, and not as it falls again and again."""
    if len(days) < LEAST_FALLEN + WINDOW // 2:
        return None
    low = median(day.used for day in days[LEAST_FALLEN:][:WINDOW]) / CHANGE_FACTOR
    run = len(list(takewhile(lambda day: day.used < low, days)))
    before = [day for day in days[run:] if day.age <= run + REFERENCE]
    dips = [len(list(dip)) for is_low, dip in groupby(before, lambda day: day.used < low) if is_low]
    if run < LEAST_FALLEN or (len(dips) > 1 and run <= 2 * max(dips)):
        return None
    return fmean(day.used for day in days[:run])


def is_off(days: Sequence[Day], recent: Recent | None) -> bool:
    """Whether the SIM has used nothing for longer than its pattern explains, and still does not."""
    pause = _silent(days)
    off_now = recent is None or recent.per_day == 0
    return off_now and pause > 0 and pause >= _long_pause(days)


def without_pauses(days: Sequence[Day]) -> list[Day]:
    """The days without stretches in which the SIM was off; what lies before moves up.

    A SIM that was switched off at its limit and is on again uses what it did before, not half.
    """
    least = _long_pause(days)
    kept: list[Day] = []
    pause: list[Day] = []
    left_out = 0
    for day in days:
        if day.used == 0:
            pause.append(day)
            continue
        if len(pause) >= least:
            left_out += len(pause)
        else:
            kept += pause
        pause = []
        # Whole weeks, so that weekdays stay what they are.
        kept.append(Day(day.age - left_out // 7 * 7, day.used))
    return kept if len(pause) >= least else kept + pause


def _silent(days: Sequence[Day]) -> int:
    return len(list(takewhile(lambda day: day.used == 0, days)))


def _long_pause(days: Sequence[Day]) -> float:
    """From how many days without use on a SIM was off instead of idle."""
    gaps: list[int] = []
    gap: int | None = None
    for day in days:
        if day.used > 0:
            if gap is not None:
                gaps.append(gap)
            gap = 0
        elif gap is not None:
            gap += 1
    if len(gaps) < 4:
        return float("inf")
    usual = sorted(gaps)[int(len(gaps) * 0.75)]
    return float(max(SHORTEST_PAUSE, 2 * usual + 1))
