"""The days that 1NCE told of one SIM, in few bytes.

A fleet of ten thousand SIMs holds a million of these figures, so they are packed: eight bytes for a
day's data, four for its messages.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, NamedTuple

from sim_operator.domain.usage import DayUsage, Service, UsageReading
from sim_operator.planning.quota.history import DailyHistory

KEPT: Final = 56
"""Complete days that are remembered, besides the day that has not ended."""
UNKNOWN: Final = -1
_FORMATS: Final = {Service.DATA: ("q", 8), Service.SMS: ("i", 4)}
_MOST_DATA: Final = 2**62
_MOST_SMS: Final = 2**30
_READ: Final = 400
"""Days of one answer that are looked at; 1NCE gives six months."""


class Dropped(NamedTuple):
    """A known day that is too old to be remembered by itself."""

    day: int
    data: int
    sms: int

    def of(self, service: Service) -> int:
        """The figure of one service; `UNKNOWN` where there is none."""
        return self.data if service is Service.DATA else self.sms


class Merged(NamedTuple):
    """What came of taking an answer in."""

    days: "Days"
    dropped: tuple[Dropped, ...]
    """Days that leave the memory, or never came into it, oldest first."""


@dataclass(frozen=True, slots=True)
class Days:
    """The known days in a row; a day is its proleptic ordinal (`date.toordinal`), in UTC."""

    first: int = 0
    data: bytes = b""
    sms: bytes = b""

    def figures(self, service: Service, first: int | None = None) -> Sequence[int]:
        """The days from `first` on, where the row reaches so far back; `UNKNOWN` for a gap."""
        letter, width = _FORMATS[service]
        packed = self.data if service is Service.DATA else self.sms
        if first is not None and first > self.first:
            packed = packed[(first - self.first) * width :]
        return struct.unpack(f"<{len(packed) // width}{letter}", packed)

    def known_since(self, service: Service, first: int) -> int | None:
        """The earliest known day that is not before `first`; None: none is known."""
        start = max(first, self.first)
        for offset, figure in enumerate(self.figures(service, start)):
            if figure >= 0:
                return start + offset
        return None

    def total(self, service: Service, first: int, end: int | None) -> int | None:
        """The sum of the days from `first` up to and without `end`; None: none is known."""
        start = max(first, self.first)
        figures = self.figures(service, start)
        if end is not None:
            figures = figures[: max(0, end - start)]
        known = [figure for figure in figures if figure >= 0]
        return sum(known) if known else None

    def history(self, complete_before: int) -> DailyHistory:
        """The days before this one, without the gaps at the front."""
        rows: list[tuple[int, ...]] = []
        for service in Service:
            row = tuple(self.figures(service))
            rows.append(row[: max(0, complete_before - self.first)])
        fronts = [_front(row) for row in rows]
        front = min(fronts)
        if not rows[0] or front == len(rows[0]):
            return DailyHistory(None, (), ())
        data, sms = (tuple(_or_none(figure) for figure in row[front:]) for row in rows)
        return DailyHistory(date.fromordinal(self.first + len(rows[0]) - 1), data, sms)


NO_DAYS: Final = Days()


def day_of(moment: datetime) -> int:
    """The UTC day that this lies in."""
    return moment.astimezone(UTC).toordinal()


def midnight(day: int) -> datetime:
    """When this UTC day begins."""
    return datetime.combine(date.fromordinal(day), datetime.min.time(), UTC)


def first_whole_day(start: datetime) -> int:
    """The first UTC day that begins at `start` or later."""
    day = day_of(start)
    return day if midnight(day) == start else day + 1


def merged(days: Days, reading: UsageReading) -> Merged:
    """The days with an answer taken in; of a day, the later answer counts.

    A day that was asked for and that the answer lacks had no use, unless an earlier answer told
    of some: a hole is no figure. Days after the day of asking are not believed, except the next
    one, as 1NCE's clock may be ahead.
    """
    today = day_of(reading.at)
    told = {
        day: figures
        for at, figures in reading.days.items()
        if today - _READ <= (day := at.toordinal()) <= today + 1
    }
    asked = range(
        max(reading.first.toordinal(), today - _READ), min(reading.last.toordinal(), today) + 1
    )
    known = days.figures(Service.DATA)[: max(0, today + 2 - days.first)]
    bounds = [*told, *asked[:1], *asked[-1:]]
    if known:
        bounds += (days.first, days.first + len(known) - 1)
    if not bounds:
        return Merged(days, ())
    first, last = min(bounds), max(bounds)
    data = _row(known, days.first, first, last)
    sms = _row(days.figures(Service.SMS)[: len(known)], days.first, first, last)
    for row in (data, sms):
        for day in asked:
            row[day - first] = max(row[day - first], 0)
    _put(told, first, data, sms)
    cut = max(0, last - KEPT - first)
    dropped = tuple(
        Dropped(first + at, data[at], sms[at]) for at in range(cut) if data[at] >= 0 or sms[at] >= 0
    )
    return Merged(packed(first + cut, data[cut:], sms[cut:]), dropped)


def packed(first: int, data: Sequence[int], sms: Sequence[int]) -> Days:
    """Days from the figures of each service, `UNKNOWN` for a gap."""
    raw = {
        service: struct.pack(f"<{len(row)}{_FORMATS[service][0]}", *row)
        for service, row in ((Service.DATA, data), (Service.SMS, sms))
    }
    return Days(first, raw[Service.DATA], raw[Service.SMS])


def _row(known: Sequence[int], known_first: int, first: int, last: int) -> list[int]:
    if not known:
        return [UNKNOWN] * (last - first + 1)
    row = [UNKNOWN] * (known_first - first)
    row += known
    row += [UNKNOWN] * (last + 1 - first - len(row))
    return row


def _put(told: Mapping[int, DayUsage], first: int, data: list[int], sms: list[int]) -> None:
    """Clamped, so that no answer can be too large for its bytes."""
    for day, figures in told.items():
        if (volume := figures.data) is not None:
            data[day - first] = volume if 0 <= volume <= _MOST_DATA else _MOST_DATA * (volume > 0)
        if (count := figures.sms) is not None:
            sms[day - first] = count if 0 <= count <= _MOST_SMS else _MOST_SMS * (count > 0)


def _front(row: Sequence[int]) -> int:
    return next((at for at, figure in enumerate(row) if figure >= 0), len(row))


def _or_none(figure: int) -> int | None:
    return figure if figure >= 0 else None
