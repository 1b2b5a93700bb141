"""Time, cut at the turns of months, and how long a SIM is expected to have been read. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from sim_operator.history.model import DAY

LINGERS: Final = timedelta(days=31)
"""For so long after its last day a SIM counts as not read; then it is taken to have left."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days of one month, first and last included."""

    first: date
    last: date

    @property
    def month(self) -> date:
        """The first day of the month."""
        return self.first.replace(day=1)

    def whole(self, today: date) -> bool:
        """Whether it is all of the month, or all of it that has begun."""
        return self.first.day == 1 and ((self.last + DAY).day == 1 or self.last >= today)

    def overlap(self, first: date, last: date) -> int:
        """How many days of a stretch lie in it."""
        return max(0, (min(self.last, last) - max(self.first, first)).days + 1)


class Card(NamedTuple):
    """A SIM of the history, and the days between which it was read; made by the ten thousand."""

    iccid: str
    first_day: date
    last_day: date
    membership: int
    """Whose it is, as last told."""

    def expected_to(self, today: date) -> date:
        """The last day that should have been read: a day that has not ended need not be."""
        return max(self.last_day, min(today - DAY, self.last_day + LINGERS))


def months(first: date, last: date) -> Iterator[Span]:
    """The months of a range, the first and the last as far as they lie in it."""
    while first <= last:
        end = min(last, end_of(first))
        yield Span(first, end)
        first = end + DAY


def end_of(day: date) -> date:
    """The last day of a day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - DAY
