"""What policies need to know of a SIM, and how soon."""

from dataclasses import dataclass
from datetime import date

HOT = 1.0
"""Up to this urgency a read goes before those that only keep figures fresh."""
SHORTEST_INTERVAL = 1.0
"""Seconds; a need below it would be due again before its answer is there."""


@dataclass(frozen=True, slots=True)
class Need:
    """What the policies that count a SIM want to read of it."""

    interval: float
    """Seconds between two visits."""
    urgency: float
    """The lower, the sooner; up to `HOT` somebody is about to act on the figure."""
    first: date
    """The first UTC day whose use is wanted."""
    sms: bool
    """Whether SMS are counted."""
    namespace: str
    """Of the policies: namespaces take turns."""

    @property
    def hot(self) -> bool:
        """Whether the read is worth more than its share."""
        return self.urgency <= HOT

    def next_visit(self, last: float | None) -> float:
        """When it is due, after a visit at `last`; at once where there was none."""
        return float("-inf") if last is None else last + max(self.interval, SHORTEST_INTERVAL)
