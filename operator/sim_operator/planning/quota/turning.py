"""How a counter begins, and how it goes from one period to the next."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sim_operator.api.choices import PeriodKind
from sim_operator.domain.usage import Service
from sim_operator.planning.quota.book import Book, Counter
from sim_operator.planning.quota.days import Days, Merged, day_of, first_whole_day, midnight
from sim_operator.planning.quota.period import Period, period_at
from sim_operator.planning.quota.tally import NOTHING_YET, Tally

_DAY: Final = timedelta(days=1)
FRESH: Final = _DAY
"""Who was read this recently is taken to have used nothing when a period turns."""
BACK: Final = _DAY
"""A clock that was set back by less does not bring an ended period back."""


def total(counter: Counter, days: Days, service: Service) -> int | None:
    """The sum of the day figures that count for a counter; None: no day of it is known.

    A UTC day belongs to the period in which it begins. So the day over the start of a period
    counts nothing for it (the meter and the records cut it, as they count from the start on), and
    the day over its end counts whole, as far as it is over while the period lasts.
    """
    end = counter.period.end
    begin = max(counter.first, counter.upto)
    known = days.total(service, begin, None if end is None else first_whole_day(end))
    if counter.upto <= counter.first:
        return known
    return counter.settled(service) + (known or 0)


def current(book: Book, counter: Counter, now: datetime) -> Counter:
    """The counter of the period that `now` lies in.

    When a period ends, counting begins at the start of the next one: at 0 where a fact is less than
    a day older than that, else with what is known, from now on. A clock that is set back over the
    start by less than a day turns nothing back; if it is set back further, the facts are counted
    anew.
    """
    period = counter.period
    if period.start <= now and (period.end is None or now < period.end):
        return counter
    if now < period.start:
        if now > period.start - BACK:
            return counter
        return begun(book, period_at(period.track, now), now)
    return begun(book, period_at(period.track, now), now, turned=True)


def begun(book: Book, period: Period, now: datetime, *, turned: bool = False) -> Counter:
    """A new counter, with what the known days tell."""
    lifetime = period.track.kind is PeriodKind.LIFETIME
    first = day_of(now) if lifetime else first_whole_day(period.start)
    fresh = {
        service: turned
        and (at := book.of(service).as_of) is not None
        and at >= period.start - FRESH
        for service in Service
    }
    since = period.start if any(fresh.values()) else max(now, period.start)
    counter = Counter(period, since, first, first)
    if lifetime and book.days.data:
        counter = _reaching(counter, book.days.first, book.activated_at)
    counter = _earlier(counter, book.days, book.activated_at)
    tallies: dict[Service, Tally | None] = {}
    for service in Service:
        known = total(counter, book.days, service)
        if known is not None:
            tallies[service] = Tally(
                known if _metered(book, service, period) else None, known, 0, known
            )
        else:
            tallies[service] = NOTHING_YET if fresh[service] else None
    return replace(counter, data=tallies[Service.DATA], sms=tallies[Service.SMS])


def taught(
    counter: Counter, merge: Merged, asked_first: int, activated_at: datetime | None
) -> Counter:
    """The counter after an answer with day figures: its beginning, and what a lifetime settles.

    A lifetime counts from activation as soon as one answer reaches it, and keeps the sum of the
    days that are too old to be remembered one by one.
    """
    if counter.period.track.kind is PeriodKind.LIFETIME:
        counter = _reaching(counter, asked_first, activated_at)
        counter = _settled(counter, merge)
    return _earlier(counter, merge.days, activated_at)


def _reaching(counter: Counter, reached: int, activated_at: datetime | None) -> Counter:
    if activated_at is None:
        return counter
    day = day_of(activated_at)
    if not reached <= day < counter.first:
        return counter
    since = min(counter.since, activated_at)
    return replace(counter, since=since, first=day, upto=day, settled_data=0, settled_sms=0)


def _settled(counter: Counter, merge: Merged) -> Counter:
    old = [one for one in merge.dropped if one.day >= max(counter.upto, counter.first)]
    if not old:
        return counter
    return replace(
        counter,
        upto=old[-1].day + 1,
        settled_data=counter.settled_data + sum(max(0, one.data) for one in old),
        settled_sms=counter.settled_sms + sum(max(0, one.sms) for one in old),
    )


def settled_to(counter: Counter, days: Days, end: int) -> Counter:
    """A lifetime with the days up to and without `end` in its settled sum."""
    begin = max(counter.upto, counter.first)
    if end <= begin:
        return counter
    return replace(
        counter,
        upto=end,
        settled_data=counter.settled_data + (days.total(Service.DATA, begin, end) or 0),
        settled_sms=counter.settled_sms + (days.total(Service.SMS, begin, end) or 0),
    )


def _earlier(counter: Counter, days: Days, activated_at: datetime | None) -> Counter:
    """Counting began with the first known day of the period, or of the life, if not before."""
    if counter.since <= counter.period.start:
        return counter
    known = [days.known_since(service, counter.first) for service in Service]
    first = min((day for day in known if day is not None), default=None)
    if first is None:
        return counter
    since = midnight(first)
    if activated_at is not None and counter.period.track.kind is PeriodKind.LIFETIME:
        since = max(since, activated_at)
    return counter if since >= counter.since else replace(counter, since=since)


def _metered(book: Book, service: Service, period: Period) -> bool:
    """Whether the known days are in the last meter reading, and that reading is in the period."""
    left = book.of(service).left
    return (
        left is not None
        and book.polled is not None
        and left.at >= book.polled
        and left.at >= period.start
    )


def up_to(book: Book, now: datetime) -> Book:
    """The book with each counter in the period that `now` lies in."""
    counters = tuple(current(book, counter, now) for counter in book.counters)
    if all(new is old for new, old in zip(counters, book.counters, strict=True)):
        return book
    return replace(book, counters=counters)
