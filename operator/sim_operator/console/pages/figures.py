"""Figures as people read them: binary units for data, as 1NCE counts, and groups of three digits.

What is not known is said so; it never becomes a zero or an empty cell.
"""

from datetime import UTC, date, datetime
from typing import Final

UNKNOWN: Final = "not known"
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_STEP: Final = 1024
_WHOLE_FROM: Final = 100


def data(volume: int | None) -> str:
    """Bytes as `385 MiB` or `1.2 GiB`; one decimal below 100, none where it would be a zero."""
    value, unit = data_parts(volume)
    return f"{value} {unit}" if unit else value


def data_parts(volume: int | None) -> tuple[str, str]:
    """Number and unit apart, for large print."""
    if volume is None:
        return UNKNOWN, ""
    amount, place = float(volume), 0
    # 1023.95 would be printed as 1024.0 of the smaller unit.
    while abs(amount) >= _STEP - 0.5 and place < len(_UNITS) - 1:
        amount /= _STEP
        place += 1
    if place == 0 or abs(amount) >= _WHOLE_FROM:
        return f"{amount:.0f}", _UNITS[place]
    return f"{amount:.1f}".removesuffix(".0"), _UNITS[place]


def count(number: int | None) -> str:
    """A whole number: `10,000`."""
    return UNKNOWN if number is None else f"{number:,}"


def percent(part: int | None, whole: int | None) -> int | None:
    """The share in whole percent, rounded down; None where it cannot be said."""
    if part is None or not whole:
        return None
    return part * 100 // whole


def share(part: int | None, whole: int | None) -> int | None:
    """The share in the nearest whole percent, so that parts of one whole come close to 100."""
    if part is None or not whole:
        return None
    return (part * 200 + whole) // (2 * whole)


def day(moment: str | None) -> str:
    """The day of a moment in RFC 3339, or of a day: `2026-11-27`."""
    return UNKNOWN if not moment else moment[:10]


def utc(moment: str | None) -> str:
    """A moment in RFC 3339 as `2026-11-27 09:00 UTC`; as it is where it is none."""
    if not moment:
        return UNKNOWN
    try:
        told = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{told.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def days_until(then: str | None, now: datetime) -> int | None:
    """Whole days from today to a day; negative when it has passed."""
    if not then:
        return None
    try:
        return (date.fromisoformat(then[:10]) - now.astimezone(UTC).date()).days
    except ValueError:
        return None


def in_days(then: str | None, now: datetime) -> str:
    """`today`, `tomorrow`, `in 3 days`, `2 days ago`; empty where there is no day."""
    days = days_until(then, now)
    if days is None:
        return ""
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"
