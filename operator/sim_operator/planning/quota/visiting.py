"""What a visit tells: the day figures, then the meters.

Each service is read by itself: where neither the daily figures nor the meter told anything of it,
its records go on being counted, and nothing changes.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from sim_operator.domain.usage import LeftReading, Service, Visit
from sim_operator.planning.quota.book import Book, Counter, Line
from sim_operator.planning.quota.days import UNKNOWN, Merged, day_of, merged
from sim_operator.planning.quota.meter import CLOCK_STEP, Fall, fall
from sim_operator.planning.quota.observing import noted
from sim_operator.planning.quota.tally import Metered, Tally, polled
from sim_operator.planning.quota.turning import taught, total, up_to

_LATE_DAYS: Final = 3
"""How many days back a day figure may still grow, as far as the rate is concerned."""


def visited(book: Book, visit: Visit) -> Book:
    """The book after a visit: day figures, then the meters, each where it was answered.

    Counters whose period has ended by then turn first, so that nothing read later counts in it.
    """
    readings = (visit.usage, visit.data, visit.sms)
    now = max(visit.at, *(one.at for one in readings if one is not None), visit.at)
    book = replace(up_to(book, now), seen=now)
    growth = dict.fromkeys(Service, 0)
    answered = dict.fromkeys(Service, False)
    if visit.usage is not None:
        merge = merged(book.days, visit.usage)
        growth = {service: _growth(book, merge, service) for service in Service}
        asked = visit.usage.first.toordinal()
        for service in Service:
            answered[service] = merge.days.total(service, asked, None) is not None
        book = replace(
            book,
            days=merge.days,
            polled=visit.usage.at,
            counters=tuple(
                taught(counter, merge, asked, book.activated_at) for counter in book.counters
            ),
        )
    for service, reading in ((Service.DATA, visit.data), (Service.SMS, visit.sms)):
        polled_at = visit.usage.at if visit.usage is not None and answered[service] else None
        book = _read(book, service, polled_at, reading, growth[service])
    return book


def _growth(book: Book, merge: Merged, service: Service) -> int:
    """By how much the figures of the last days grew since they were last told."""
    if book.polled is None:
        return 0
    polled_day = day_of(book.polled)
    begin = max(polled_day - _LATE_DAYS, merge.days.first, book.days.first)
    before = book.days.figures(service, begin)
    grown = 0
    for at, figure in enumerate(merge.days.figures(service, begin)):
        known = before[at] if at < len(before) else UNKNOWN
        if figure > known and (known >= 0 or begin + at > polled_day):
            grown += figure - max(0, known)
    return grown


def _read(
    book: Book,
    service: Service,
    polled_at: datetime | None,
    reading: LeftReading | None,
    grown: int,
) -> Book:
    """One service of a visit: the day figures that are in the book already, and the meter."""
    line = book.of(service)
    fell: Fall | None = None
    if reading is not None:
        if line.left is None or reading.at < line.left.at - CLOCK_STEP:
            fell = Fall(None, reading)
        elif reading.at >= line.left.at:
            fell = fall(line.left, reading)
    at = fell.base.at if fell is not None else polled_at
    if at is None:
        return book
    counters = tuple(
        counter.having(service, _counted(book, counter, service, fell)) for counter in book.counters
    )
    told = line.told + grown
    meter = None if fell is None else Metered(fell.used, fell.says_nothing)
    seen = polled(line.seen, told, meter) or line.seen
    until = _later(line.until, at)
    line = Line(
        until,
        as_of=_later(line.as_of, at),
        left=line.left if fell is None else fell.base,
        last_end=line.last_end,
        ids=line.ids if line.last_end is not None and line.last_end > until else (),
        told=told,
        seen=seen,
        pace=noted(line.pace, at, seen.used, days=book.polled is None),
    )
    return book.having(service, line, counters)


def _later(before: datetime | None, at: datetime) -> datetime:
    """The later moment; `at`, where the other one was told by a clock that was wrong."""
    if before is None or before <= at or before > at + CLOCK_STEP:
        return at
    return before


def _counted(book: Book, counter: Counter, service: Service, fell: Fall | None) -> Tally | None:
    """A fall over the start of a period is of the one before: it only gives the new base."""
    meter = None
    if fell is not None and fell.base.at >= counter.period.start:
        meter = Metered(fell.used, fell.says_nothing)
    return polled(counter.of(service), total(counter, book.days, service), meter)
