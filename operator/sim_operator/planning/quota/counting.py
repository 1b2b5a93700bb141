"""What a SIM used in a period, from sources that are late, partial and overlapping.

A SIM that is switched off wrongly costs a journey to it, so every figure here is a lower bound of
what was used: whatever cannot be told counts as not used. What can make it too high, and how far:

- A record that straddles the moment from which it counts is cut by time, so its share can be too
  large, by less than the record. There is one such record for the last reading, one for the start
  of the period, and one for each top-up of unknown volume since. The next fall of the meter
  corrects the first, and the figure shown stays where it is until use has caught up.
- Should the meter be later than the day figures, contrary to how a visit reads them: the use that
  it lags behind, once.
- 1NCE's clock is taken to be ours. Where ours is set back by more than a day, a record that is
  still on its way may count again.

Day figures, meter and records are brought together in `tally`; which days count is told in
`turning`; what a meter reading proves, in `meter`; what survives a restart, in `carrying_over`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sim_operator.domain.usage import Service
from sim_operator.planning.quota import observing
from sim_operator.planning.quota.book import Book
from sim_operator.planning.quota.carrying_over import base, restored
from sim_operator.planning.quota.days import KEPT, day_of
from sim_operator.planning.quota.history import DailyHistory
from sim_operator.planning.quota.observing import Recent, watched
from sim_operator.planning.quota.period import Period, Track, period_at
from sim_operator.planning.quota.streaming import streamed
from sim_operator.planning.quota.turning import begun, current, up_to
from sim_operator.planning.quota.visiting import visited

__all__ = [
    "Book",
    "DailyHistory",
    "Recent",
    "Usage",
    "base",
    "history",
    "opened",
    "recent",
    "recent_rate",
    "restored",
    "streamed",
    "usage",
    "visited",
    "wanting",
]


@dataclass(frozen=True, slots=True)
class Usage:
    """What a SIM used in a period."""

    period: Period
    since: datetime
    """When counting began: later than the period where nothing is known of its beginning."""
    data: int | None
    """Bytes; None: nothing was ever known in this period."""
    sms: int | None
    """Messages; None as above."""
    as_of: datetime | None
    """The latest fact behind the figures; None: there is none."""

    def of(self, service: Service) -> int | None:
        """The figure of one service."""
        return self.data if service is Service.DATA else self.sms


def opened(now: datetime, activated_at: datetime | None = None) -> Book:
    """A book without a fact, that counts nothing yet."""
    return Book.new(now, activated_at)


def wanting(book: Book, tracks: Iterable[Track], now: datetime) -> Book:
    """The book that counts exactly these tracks, each in the period that `now` lies in.

    Tracks that it did not count begin with what the known days tell; others are forgotten. It has
    to be called before records of a new period are counted: what a record tells of the time after
    its counter's period is left to the next reading.

    Raises:
        InvalidTimeZoneError: a track names no time zone.
    """
    wanted = tuple(dict.fromkeys(tracks))
    turned = up_to(book, now)
    if tuple(counter.period.track for counter in turned.counters) != wanted:
        counters = tuple(
            turned.counter(track) or begun(turned, period_at(track, now), now) for track in wanted
        )
        turned = replace(turned, counters=counters)
    return replace(turned, seen=now)


def usage(book: Book, track: Track, now: datetime) -> Usage | None:
    """What the SIM used in the track's period; None: the track is not counted."""
    counter = book.counter(track)
    if counter is None:
        return None
    counter = current(book, counter, now)
    facts = [at for service in Service if (at := book.of(service).as_of) is not None]
    return Usage(
        counter.period,
        counter.since,
        None if counter.data is None else counter.data.used,
        None if counter.sms is None else counter.sms.used,
        min(max(facts), now) if facts else None,
    )


def history(book: Book) -> DailyHistory:
    """The complete UTC days, 56 at most: as 1NCE told them, else as they were watched.

    Watched days are those from midnight to midnight of a SIM whose daily figures never came; use
    between two readings over a midnight is split by time.
    """
    if book.polled is not None:
        return book.days.history(day_of(book.polled))
    rows = {}
    lasts = {}
    for service in Service:
        last, row = watched(book.of(service).pace)
        if row:
            rows[service], lasts[service] = row, last
    if not rows:
        return DailyHistory(None, (), ())
    end = max(lasts.values())
    begin = min(lasts[service] - len(row) + 1 for service, row in rows.items())
    begin = max(begin, end - KEPT + 1)
    figures: dict[Service, tuple[int | None, ...]] = {}
    for service in Service:
        known = {
            lasts[service] - back: figure
            for back, figure in enumerate(reversed(rows.get(service, ())))
            if figure >= 0
        }
        figures[service] = tuple(known.get(day) for day in range(begin, end + 1))
    return DailyHistory(date.fromordinal(end), figures[Service.DATA], figures[Service.SMS])


def recent_rate(book: Book, service: Service, now: datetime) -> float | None:
    """Bytes (messages) a second over about the last six hours that were watched; None: unknown."""
    found = recent(book, service, now)
    return found.rate if found is not None else None


def recent(book: Book, service: Service, now: datetime) -> Recent | None:
    """The same with the seconds that it is of: a minute's use is not yet a day's."""
    return observing.recent(book.of(service).pace, now)
