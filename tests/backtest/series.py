"""What simulated SIMs used, hour by hour, over six months.

The simulator's metering says it, account limits and all: `limited` is its bursty profile under a
monthly limit of the account that it reaches. Three kinds are harder than the simulator's own, and
made of its steady profile: `office` has weekends of a tenth; days of `noisy` differ at random, some
are eightfold, and a tenth is not known; `modest` is a runaway that uses but six times as much.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import exp

from sim_operator.planning.quota.history import DailyHistory
from sim_operator.simulator.identity import Identity, mix, unit
from sim_operator.simulator.metering import LimitChange, consumed
from sim_operator.simulator.state import pristine
from sim_operator.simulator.traffic import Profile, Span

HOUR, DAY = 3600.0, 86_400.0
START = datetime(2026, 5, 1, tzinfo=UTC)
MONTHS = 6
END = datetime(2026, 11, 1, tzinfo=UTC)
HOURS = int((END - START).total_seconds() // HOUR)
RATE_HOURS = 6
HISTORY_DAYS = 56
WEEKEND = 0.1
MODEST = 6.0
KINDS = (
    "steady",
    "bursty",
    "night",
    "silent",
    "runaway",
    "limited",
    "office",
    "noisy",
    "modest",
)
RUNAWAYS = ("runaway", "modest")
_PROFILES: dict[str, Profile] = {
    "steady": "steady",
    "bursty": "bursty",
    "night": "night",
    "silent": "silent",
    "runaway": "runaway",
    "limited": "bursty",
    "office": "steady",
    "noisy": "steady",
    "modest": "steady",
}


@dataclass(frozen=True, slots=True)
class Series:
    """One SIM: what it used until each full hour."""

    kind: str
    key: int
    total: tuple[float, ...]
    """Bytes until the hour, from 0 at ``START``; one more than there are hours."""
    onset: int | None
    """The first full hour after a runaway's onset."""

    def used(self, since: int, until: int) -> int:
        """Bytes between two full hours."""
        return int(self.total[until]) - int(self.total[since])

    def history(self, hour: int) -> DailyHistory:
        """The complete days before an hour."""
        last = hour // 24
        first = max(0, last - HISTORY_DAYS)
        days = tuple(self._day(day) for day in range(first, last))
        return DailyHistory(day_of(hour) - timedelta(days=1), days, ())

    def _day(self, day: int) -> int | None:
        if self.kind == "noisy" and unit(self.key, 904 + day * 10) < 0.1:
            return None
        return self.used(day * 24, day * 24 + 24)

    def rate(self, hour: int) -> float:
        """Bytes a second over the last hours."""
        return self.used(hour - RATE_HOURS, hour) / (RATE_HOURS * HOUR)

    def reaches(self, limit: int, since: int, until: int) -> int | None:
        """The hour by whose end the limit is reached; None: not before ``until``."""
        hour = bisect_left(self.total, int(self.total[since]) + limit, since, until + 1)
        return hour if hour <= until else None


def day_of(hour: int) -> date:
    """The day that an hour belongs to."""
    return (START + timedelta(hours=hour)).date()


def hour_of(moment: datetime) -> int:
    """Full hours since the start."""
    return int((moment - START).total_seconds() // HOUR)


def series(kind: str, index: int, seed: int) -> Series:
    """One SIM of a kind; the same seed and index give the same SIM."""
    sim = pristine(Identity(index, 0, mix(seed, 1 + KINDS.index(kind)), oddities=False))
    start, key = START.timestamp(), sim.identity.key
    onset = None
    if kind in RUNAWAYS:  # in the last two months, early enough in them to be seen
        onset = start + (123 + int(unit(key, 901) * 2) * 30 + unit(key, 902) * 20) * DAY
    sim.data.spans = [Span(start - DAY, None, _PROFILES[kind], onset)]
    limits: list[LimitChange] = []
    if kind == "limited":
        month = consumed(sim, "data", start, start + 30 * DAY)
        limits = [LimitChange(start, month * (0.3 + 0.4 * unit(key, 903)))]
    first = None if onset is None else int((onset - start) // HOUR) + 1
    total = [0.0]
    for hour in range(HOURS):
        at = start + hour * HOUR
        amount = consumed(sim, "data", at, at + HOUR, limits)
        total.append(total[-1] + amount * _share(kind, key, hour, first))
    return Series(kind, key, tuple(total), first)


def _share(kind: str, key: int, hour: int, onset: int | None) -> float:
    if kind == "office":
        return WEEKEND if day_of(hour).weekday() >= 5 else 1.0
    if kind == "noisy":
        salt = 1000 + hour // 24 * 10
        factor = exp(1.2 * (sum(unit(key, salt + i) for i in range(6)) - 3))
        return factor * (8 if unit(key, salt + 7) < 0.02 else 1)
    if kind == "modest":
        return MODEST if onset is not None and hour >= onset else 1.0
    return 1.0
