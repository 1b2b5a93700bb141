"""Where wall time comes from.

Only periods, forecasts and guard windows ask here. Timeouts, pace and the Lease stay on the
monotonic clock, so that no simulated hour shortens a real timeout.
"""

from datetime import UTC, datetime
from typing import Protocol


class WallClock(Protocol):
    """Tells the date and time of day."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...

    @property
    def speed(self) -> float:
        """Seconds of this clock in a second of the monotonic one; 0 while it stands still."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        return datetime.now(UTC)

    @property
    def speed(self) -> float:
        """Its seconds are seconds."""
        return 1.0
