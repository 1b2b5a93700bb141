"""1NCE's daily usage, in the shape that version 1 has and in what version 2 may have.

Version 2's shape is documented nowhere, so the list is looked for, and what cannot be understood is
said to be unreadable: an answer that is taken for one without days would be a SIM without use.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from sim_operator.domain.usage import DayUsage, Service
from sim_operator.onence import wire


def days(body: object, first: date, last: date) -> Mapping[date, DayUsage] | None:
    """The days from `first` to `last` that the body shows; None where it cannot be read.

    A row with a title in place of a date (`TOTAL`) counts for nothing. Of several rows for one day
    the larger figure counts.
    """
    rows = _rows(body)
    if rows is None:
        return None
    found: dict[date, DayUsage] = {}
    unreadable = 0
    for row in map(wire.fields, rows):
        title = wire.nonempty(row.get("date"))
        day = _day(title)
        if day is not None:
            found[day] = _larger(found.get(day), _usage(row))
        elif title is None or any(char.isdigit() for char in title):
            unreadable += 1
    if unreadable and not found:
        return None
    return MappingProxyType({day: use for day, use in found.items() if first <= day <= last})


def _rows(body: object) -> list[object] | None:
    if isinstance(body, list):
        return body
    members = wire.fields(body)
    stats = members.get("stats")
    if isinstance(stats, list):
        return stats
    lists = [value for value in members.values() if isinstance(value, list)]
    return lists[0] if len(lists) == 1 else None


def _day(title: str | None) -> date | None:
    moment = wire.instant(title)
    return None if moment is None else date.fromisoformat(moment.partition("T")[0])


def _usage(row: Mapping[str, object]) -> DayUsage:
    return DayUsage(_part(row, Service.DATA), _part(row, Service.SMS))


def _part(row: Mapping[str, object], service: Service) -> int | None:
    part = row.get(service.value)
    value = part.get("volume") if isinstance(part, dict) else part
    return wire.volume_of(value, service)


def _larger(one: DayUsage | None, other: DayUsage) -> DayUsage:
    if one is None:
        return other
    return DayUsage(_most(one.data, other.data), _most(one.sms, other.sms))


def _most(one: int | None, other: int | None) -> int | None:
    return max((value for value in (one, other) if value is not None), default=None)
