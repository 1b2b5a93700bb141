"""Simulated time, and the ways in which 1NCE writes a date.

The ways differ from field to field at 1NCE; a client that reads only one of them breaks on the
others, which is why the simulator keeps them apart.
"""

import time
from datetime import UTC, datetime

DAY = 86_400.0
YEAR = 365.25 * DAY


class SimulatedClock:
    """Seconds since 1970 in UTC, running at ``speed`` simulated seconds in a real second."""

    def __init__(self, start: float, speed: float) -> None:
        """Start at a time with a speed."""
        self._simulated = start
        self._real = time.monotonic()
        self._speed = speed

    @property
    def speed(self) -> float:
        """Simulated seconds in a real second."""
        return self._speed

    def now(self) -> float:
        """The simulated time."""
        return self._simulated + (time.monotonic() - self._real) * self._speed

    def set_speed(self, speed: float) -> None:
        """Go on from here at another speed."""
        self._simulated, self._real = self.now(), time.monotonic()
        self._speed = speed

    def move_to(self, moment: float) -> None:
        """Jump forward.

        Raises:
            ValueError: The moment lies in the past: consumption cannot be undone.
        """
        if moment < self.now():
            raise ValueError("simulated time cannot run backwards")
        self._simulated, self._real = moment, time.monotonic()


def utc(moment: float) -> datetime:
    """The moment as a datetime in UTC."""
    return datetime.fromtimestamp(moment, UTC)


def rfc3339(moment: float) -> str:
    """``2026-11-23T13:05:00.000Z``."""
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(moment % 1 * 1000):03d}Z"


def numeric_offset(moment: float) -> str:
    """``2018-03-09T07:59:09.000+0000``, which RFC 3339 does not allow."""
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def spaced(moment: float) -> str:
    """``2033-02-02 00:00:00``, without a time zone."""
    return utc(moment).strftime("%Y-%m-%d %H:%M:%S")


def parse_rfc3339(text: str) -> float:
    """Seconds since 1970.

    Raises:
        ValueError: No date and time with a time zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return moment.timestamp()


def day_start(moment: float) -> float:
    """The start of the UTC day."""
    return moment - moment % DAY


def month_start(moment: float) -> float:
    """The start of the UTC calendar month."""
    return utc(moment).replace(day=1, hour=0, minute=0, second=0, microsecond=0).timestamp()


def next_month(moment: float) -> float:
    """The start of the UTC calendar month after the moment's."""
    return month_start(month_start(moment) + 32 * DAY)
