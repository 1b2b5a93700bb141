"""What 1NCE tells about the use of a SIM: days, what is left, and streamed records.

Data in bytes, SMS in messages. Days are 1NCE's own: in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Service(StrEnum):
    """What is used."""

    DATA = "data"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class DayUsage:
    """The use of one UTC day; None where 1NCE did not say."""

    data: int | None
    sms: int | None


@dataclass(frozen=True, slots=True)
class UsageReading:
    """One answer of the daily usage endpoint."""

    at: datetime
    """When it was asked for."""
    first: date
    """The first day that was asked for."""
    last: date
    """The last day that was asked for; a day in between that the answer lacks had no use."""
    days: Mapping[date, DayUsage]

    def since(self, first: date) -> "UsageReading":
        """What the answer to a question from `first` on would have been; itself where it is."""
        if first <= self.first or first > self.last:
            return self
        days = {day: use for day, use in self.days.items() if day >= first}
        return UsageReading(self.at, first, self.last, days)


@dataclass(frozen=True, slots=True)
class LeftReading:
    """What was left of one service at a moment."""

    at: datetime
    """When it was asked for."""
    left: int
    """May be negative: 1NCE books late."""
    bought: int | None = None
    """Everything ever bought (v2's `accumulated_total_volume`): with it a top-up hides nothing."""
    last_added: int | None = None
    """The volume of the last top-up, where 1NCE says it."""


@dataclass(frozen=True, slots=True)
class StreamedUse:
    """One usage record of the Data Streamer."""

    id: int
    service: Service
    start: datetime
    end: datetime
    volume: int


@dataclass(frozen=True, slots=True)
class Visit:
    """What was read of one SIM in one go: usage first, what is left after it.

    In that order, so that nothing that `usage` contains can be missing in what is left.
    """

    at: datetime
    usage: UsageReading | None = None
    data: LeftReading | None = None
    sms: LeftReading | None = None
