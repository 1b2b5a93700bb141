"""The periods of a quota: days and months between local midnights, and the lifetime of a SIM.

A local midnight is the first instant of the local day. Daylight saving makes days of 23 and 25
hours; where the clock is set forward at midnight, the day begins at one o'clock; where it is set
back across midnight, the repeated hour stays in the day that began first; and a day that a place
skipped (Samoa had no 30 December 2011) has no period. So the periods of a track tile time: each
instant lies in exactly one of them.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sim_operator.api.choices import PeriodKind

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LIFETIME: Final = "Lifetime"

_ZONE: Final = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", re.ASCII)
_NOT_OF_IANA: Final = ("posix/", "right/", "posixrules", "localtime")
"""Files beside the zones: other readings of them (`right/` counts leap seconds), and what this
machine happens to be set to."""
_NAMES: Final = {
    PeriodKind.MONTHLY: re.compile(r"([0-9]{4})-([0-9]{2})"),
    PeriodKind.DAILY: re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"),
}
_LAST_YEAR: Final = 9000
"""Names beyond are refused: the end of such a period may be past what a datetime can hold."""
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)


class InvalidTimeZoneError(ValueError):
    """A name that is no IANA time zone; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Track:
    """What is counted: periods of this kind, as they turn in this zone."""

    kind: PeriodKind
    zone: str


@dataclass(frozen=True, slots=True)
class Period:
    """One period of a track, from `start` up to and without `end`, both in UTC."""

    track: Track
    name: str
    """`2026-11`, `2026-11-23` or `Lifetime`: the local month or day."""
    start: datetime
    end: datetime | None
    """None for a lifetime, which never ends."""


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The time zone of this IANA name.

    Raises:
        InvalidTimeZoneError: there is none of this name, or it is a path.
    """
    problem = f"{name!r} is not a time zone: write its IANA name, such as Europe/Berlin or Etc/UTC"
    if not _ZONE.fullmatch(name) or name.startswith(_NOT_OF_IANA):
        raise InvalidTimeZoneError(problem)
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidTimeZoneError(problem) from error


def period_at(track: Track, now: datetime) -> Period:
    """The period that `now` lies in.

    Raises:
        InvalidTimeZoneError: the track names no time zone.
    """
    if track.kind is PeriodKind.LIFETIME:
        return _lifetime(track)
    day = now.astimezone(zone(track.zone)).date()
    found = _period(track, day.year, day.month, _day_of(track, day))
    if now < found.start:
        return _beside(track, found.start - _SECOND)
    if found.end is not None and now >= found.end:
        return _beside(track, found.end + _DAY / 2)
    return found


def period_named(track: Track, name: str) -> Period | None:
    """The period of this name; None where the name is none of this track's.

    Raises:
        InvalidTimeZoneError: the track names no time zone.
    """
    if track.kind is PeriodKind.LIFETIME:
        return _lifetime(track) if name == LIFETIME else None
    match = _NAMES[track.kind].fullmatch(name)
    if match is None:
        return None
    year, month, day = (*map(int, match.groups()), 1)[:3]
    try:
        date(year, month, day)
    except ValueError:
        return None
    if not EPOCH.year <= year <= _LAST_YEAR:
        return None
    found = _period(track, year, month, day)
    return None if found.end is not None and found.start >= found.end else found


def _beside(track: Track, instant: datetime) -> Period:
    """The period that holds an instant beside a clock that was set back across midnight."""
    day = instant.astimezone(zone(track.zone)).date()
    return _period(track, day.year, day.month, _day_of(track, day))


def _day_of(track: Track, day: date) -> int:
    return day.day if track.kind is PeriodKind.DAILY else 1


@lru_cache(maxsize=64)
def _lifetime(track: Track) -> Period:
    return Period(track, LIFETIME, EPOCH, None)


@lru_cache(maxsize=4096)
def _period(track: Track, year: int, month: int, day: int) -> Period:
    """One object for each period, as ten thousand SIMs share it."""
    first = date(year, month, day)
    if track.kind is PeriodKind.DAILY:
        after, name = first + _DAY, first.isoformat()
    else:
        after, name = (first + 31 * _DAY).replace(day=1), f"{year:04}-{month:02}"
    place = zone(track.zone)
    return Period(track, name, _midnight(place, first), _midnight(place, after))


def _midnight(place: ZoneInfo, day: date) -> datetime:
    """The first instant of a local day, in UTC.

    Where the local clock leaps over midnight, both readings of `fold` name an instant beside the
    leap, one on either side: the leap itself is found between them.
    """
    local = datetime(day.year, day.month, day.day, tzinfo=place)
    late = local.astimezone(UTC)
    if late.astimezone(place).replace(tzinfo=None) == local.replace(tzinfo=None):
        return late
    early = local.replace(fold=1).astimezone(UTC) - _SECOND
    while late - early > _SECOND:
        middle = early + timedelta(seconds=(late - early) // _SECOND // 2)
        if middle.astimezone(place).date() >= day:
            late = middle
        else:
            early = middle
    return late
