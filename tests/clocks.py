"""A wall clock for whoever must not see time pass."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class StillClock:
    """A clock that stands at a moment, though its seconds are those of the machine."""

    at: datetime
    speed: float = 1.0

    def now(self) -> datetime:
        return self.at
