"""What the forecast said on each day, and what came.

Each SIM gets several monthly limits, on both sides of what it uses in a month; on each day of the
last months, at noon, the forecast is made with what was known then, and with the day shown before,
as the operator does. Cases are days on which the limit was still ahead.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from math import ceil
from statistics import median

from sim_operator.api.choices import PeriodKind
from sim_operator.domain.usage import Service
from sim_operator.planning.quota.forecast import exhausts_at
from sim_operator.planning.quota.period import Period, Track, period_at

from .series import END, START, Series, day_of, hour_of

TRACK = Track(PeriodKind.MONTHLY, "Etc/UTC")
MONTHS = (datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC))
SHARES = (0.3, 0.6, 0.9, 1.1, 1.5, 3.0)
"""Limits, in relation to what the SIM really used in an average month."""
MIB = 1024 * 1024
RUNAWAY_LIMITS = (100 * MIB, 300 * MIB, 1024 * MIB)
SILENT_LIMITS = (MIB, 40 * MIB)
NOON = 12
ONSET_HOURS = 72


@dataclass(slots=True)
class Score:
    """Of one kind of SIM."""

    cases: int = 0
    reached: int = 0
    """Cases in which the limit was reached in the month."""
    said: int = 0
    """Of those, with a forecast."""
    errors: list[int] = field(default_factory=list)
    """Days that the forecast was late; early ones are negative."""
    false: int = 0
    """Cases with a forecast though the limit was not reached."""
    months: int = 0
    """SIMs x limits x months in which the limit was reached on a day after the first noon."""
    missed: int = 0
    """Of those, never forecast on a day before."""
    shown: int = 0
    """SIMs x limits x months."""
    changes: int = 0
    """How often the day that was shown changed after it was shown first."""
    delays: list[int] = field(default_factory=list)
    """Hours from a runaway's onset to the first forecast within a day of the truth."""

    def error(self, quantile: float) -> float:
        """Days by which forecasts were wrong, in either direction."""
        return _quantile([abs(error) for error in self.errors], quantile)

    def delay(self, quantile: float) -> float:
        """Hours to a right forecast of a runaway."""
        return _quantile(self.delays, quantile)


def _quantile(values: list[int], quantile: float) -> float:
    if not values:
        return 0.0
    return median(values) if quantile == 0.5 else sorted(values)[ceil(len(values) * quantile) - 1]


def measure(sim: Series, score: Score) -> None:
    """Add what the forecast was worth for one SIM."""
    for limit in _limits(sim):
        for month in MONTHS:
            period = period_at(TRACK, month)
            since, until = _hours(period)
            reached = sim.reaches(limit, since, until)
            _month(sim, limit, period, reached, score)
            if sim.onset is not None and reached is not None and since <= sim.onset < reached:
                score.delays.append(_delay(sim, limit, period, reached))


def _limits(sim: Series) -> Iterator[int]:
    if sim.kind == "runaway":
        yield from RUNAWAY_LIMITS
    elif sim.kind == "silent":
        yield from SILENT_LIMITS
    else:
        first, until = hour_of(MONTHS[0]), hour_of(END)
        month = sim.used(first, until) / len(MONTHS)
        yield from (int(month * share) for share in SHARES)


def _hours(period: Period) -> tuple[int, int]:
    assert period.end is not None
    return hour_of(period.start), hour_of(period.end)


def _day_reached(hour: int) -> date:
    """The limit is reached within the hour that ends then."""
    return day_of(hour - 1)


def _month(sim: Series, limit: int, period: Period, reached: int | None, score: Score) -> None:
    since, until = _hours(period)
    before: date | None = None
    foreseeable = foreseen = False
    score.shown += 1
    for hour in range(since + NOON, until if reached is None else reached, 24):
        if sim.onset is not None and reached is not None and hour < sim.onset:
            continue  # nobody knows of a runaway before its onset
        day = _forecast(sim, limit, period, hour, before)
        score.cases += 1
        score.changes += before is not None and day != before
        if reached is None:
            score.false += day is not None
        else:
            truth = _day_reached(reached)
            score.reached += 1
            foreseeable = foreseeable or day_of(hour) < truth
            if day is not None:
                score.said += 1
                score.errors.append((day - truth).days)
                foreseen = foreseen or day_of(hour) < truth
        before = day
    score.months += foreseeable
    score.missed += foreseeable and not foreseen


def _delay(sim: Series, limit: int, period: Period, reached: int) -> int:
    """Hours until the forecast was right; the time to the limit itself where it never was."""
    assert sim.onset is not None
    before: date | None = None
    truth = _day_reached(reached)
    for hour in range(sim.onset, min(reached, sim.onset + ONSET_HOURS)):
        before = _forecast(sim, limit, period, hour, before)
        if before is not None and abs((before - truth).days) <= 1:
            return hour - sim.onset
    return reached - sim.onset


def _forecast(
    sim: Series, limit: int, period: Period, hour: int, before: date | None
) -> date | None:
    used = sim.used(_hours(period)[0], hour)
    now = START + timedelta(hours=hour)
    history, rate = sim.history(hour), sim.rate(hour)
    return exhausts_at(history, Service.DATA, used, limit, period, now, rate, before)
