"""What a streamed record adds to a count that begins at a moment.

1NCE sends a record every quarter of an hour of a session, and one at its end. Whether `start` is
that of the interval or of the whole session is not said. So a record is taken to begin where the
one before it ended, if that is later than its `start`. If a record that came out of order was
overtaken, its own `start` stands: a longer record leaves a smaller share.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sim_operator.domain.usage import StreamedUse
from sim_operator.planning.quota.book import Book, Counter, Line
from sim_operator.planning.quota.observing import noted
from sim_operator.planning.quota.tally import added

MOST_IDS: Final = 512
"""Records remembered by id. When there are more, all that ended by now counts as known."""
FUTURE: Final = timedelta(days=1)
"""A record that ended so much later than the clock is none of ours to believe."""
_UNIT: Final = timedelta(microseconds=1)


def streamed(book: Book, record: StreamedUse) -> tuple[Book, bool]:
    """The book with a streamed record counted, and whether it was counted.

    False: it is known already, or it ended before what was counted (the readings contain it), or
    more than a day after the latest time that the book was told.
    """
    line = book.of(record.service)
    if record.id in line.ids or record.end <= line.until or record.end > book.seen + FUTURE:
        return book, False
    start = began(record, line.last_end)
    counters = tuple(_counted(counter, record, start, line.until) for counter in book.counters)
    seen = added(line.seen, share(record, start, line.until))
    line = replace(
        _remembered(line, record),
        as_of=record.end if line.as_of is None else max(line.as_of, record.end),
        seen=seen,
        pace=noted(line.pace, record.end, seen.used, days=book.polled is None),
    )
    return book.having(record.service, line, counters), True


def began(record: StreamedUse, last_end: datetime | None) -> datetime:
    """When the interval of a record began, not after its end."""
    start = min(record.start, record.end)
    if last_end is not None and start < last_end <= record.end:
        return last_end
    return start


def share(
    record: StreamedUse, start: datetime, after: datetime, before: datetime | None = None
) -> int:
    """The part of the volume that falls between two moments, by time, rounded down.

    A record without a duration counts whole, in the moment of its end.
    """
    volume = max(0, record.volume)
    end = record.end if before is None else min(record.end, before)
    if end <= after or (start >= record.end and end < record.end):
        return 0
    if start >= record.end:
        return volume
    part = max(timedelta(0), end - max(start, after))
    return volume * (part // _UNIT) // ((record.end - start) // _UNIT)


def _counted(counter: Counter, record: StreamedUse, start: datetime, until: datetime) -> Counter:
    after = max(until, counter.since)
    if record.end <= after:
        return counter
    volume = share(record, start, after, counter.period.end)
    return counter.having(record.service, added(counter.of(record.service), volume))


def _remembered(line: Line, record: StreamedUse) -> Line:
    last_end = record.end if line.last_end is None else max(line.last_end, record.end)
    if len(line.ids) < MOST_IDS:
        return replace(line, last_end=last_end, ids=(*line.ids, record.id))
    return replace(line, last_end=last_end, ids=(), until=max(line.until, last_end))
