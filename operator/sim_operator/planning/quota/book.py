"""The memory of one SIM's use: values only, shared where they can be, for there are thousands."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from sim_operator.domain.usage import LeftReading, Service
from sim_operator.planning.quota.days import NO_DAYS, Days
from sim_operator.planning.quota.observing import NO_PACE, Pace
from sim_operator.planning.quota.period import Period, Track
from sim_operator.planning.quota.tally import NOTHING_YET, Tally


@dataclass(frozen=True, slots=True)
class Counter:
    """What one track counts, in the period that it is in."""

    period: Period
    since: datetime
    """From when on use is counted: later than the period's start where nothing is known of it."""
    first: int
    """The first UTC day whose figure counts whole."""
    upto: int
    """Of a lifetime: days before this one are in `settled`, whatever later answers say of them."""
    settled_data: int = 0
    settled_sms: int = 0
    data: Tally | None = None
    """None: nothing was ever known of it in this period."""
    sms: Tally | None = None

    def of(self, service: Service) -> Tally | None:
        """The tally of one service."""
        return self.data if service is Service.DATA else self.sms

    def having(self, service: Service, tally: Tally | None) -> Self:
        """The counter with another tally of one service."""
        if tally is self.of(service):
            return self
        if service is Service.DATA:
            return replace(self, data=tally)
        return replace(self, sms=tally)

    def settled(self, service: Service) -> int:
        """The sum of the days before `upto`."""
        return self.settled_data if service is Service.DATA else self.settled_sms


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of one service, whatever is counted."""

    until: datetime
    """Records that ended by then add nothing: a reading contains them, or nobody counts them."""
    as_of: datetime | None = None
    """The last fact; None: there was none."""
    left: LeftReading | None = None
    last_end: datetime | None = None
    """The end of the latest record."""
    ids: tuple[int, ...] = ()
    """Records that were taken since the last reading."""
    told: int = 0
    """By how much the day figures have grown since the first answer."""
    seen: Tally = NOTHING_YET
    """What was used while this process looked on."""
    pace: Pace = NO_PACE


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that is known of one SIM's use. Immutable."""

    opened: datetime
    seen: datetime
    """The latest time that was told to the book."""
    activated_at: datetime | None
    data: Line
    sms: Line
    polled: datetime | None = None
    """When the daily figures were last asked for, and given."""
    days: Days = NO_DAYS
    counters: tuple[Counter, ...] = ()

    def of(self, service: Service) -> Line:
        """The line of one service."""
        return self.data if service is Service.DATA else self.sms

    def having(self, service: Service, line: Line, counters: tuple[Counter, ...]) -> Self:
        """The book with another line of one service, and these counters."""
        if service is Service.DATA:
            return replace(self, data=line, counters=counters)
        return replace(self, sms=line, counters=counters)

    def counter(self, track: Track) -> Counter | None:
        """What this track counts; None: it is not counted."""
        return next((one for one in self.counters if one.period.track == track), None)

    @classmethod
    def new(cls, now: datetime, activated_at: datetime | None) -> Self:
        """A book without a fact."""
        return cls(now, now, activated_at, Line(now), Line(now))
