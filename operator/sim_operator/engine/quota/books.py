"""What each SIM used, as far as anybody asks: one book per ICCID, carried on from the status.

A book is opened when a policy first selects the SIM, from what the status of its resource carries
of an earlier process, so that a restart neither forgets use nor counts it twice.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from sim_operator.clock.wall import WallClock
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import SimRecord
from sim_operator.domain.usage import StreamedUse, Visit
from sim_operator.planning.quota import counting
from sim_operator.planning.quota.counting import Book, Usage
from sim_operator.planning.quota.period import Track
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)


class UsageBooks:
    """The books of all SIMs that a policy selects."""

    def __init__(self, clock: WallClock, changed: Callable[[Iccid], None]) -> None:
        """`changed` is told of each SIM whose use moved."""
        self._clock = clock
        self._changed = changed
        self._books: dict[Iccid, Book] = {}
        self._tracks: dict[Iccid, tuple[Track, ...]] = {}

    def want(self, iccid: Iccid, record: SimRecord, tracks: Iterable[Track]) -> None:
        """Count these tracks for a SIM; none: its book is closed."""
        wanted = tuple(sorted(set(tracks), key=lambda one: (one.kind, one.zone)))
        if not wanted:
            self.close(iccid)
            return
        book = self._books.get(iccid)
        if book is not None and self._tracks.get(iccid) == wanted:
            return
        now = self._clock.now()
        if book is None:
            book = _carried(record, iccid, now)
        self._books[iccid] = counting.wanting(book, wanted, now)
        self._tracks[iccid] = wanted

    def close(self, iccid: Iccid) -> None:
        """Nobody asks for this SIM's use any more."""
        self._books.pop(iccid, None)
        self._tracks.pop(iccid, None)

    def book(self, iccid: Iccid) -> Book | None:
        """The book of a SIM; None where nobody asks for its use."""
        return self._books.get(iccid)

    def usage(self, iccid: Iccid, track: Track, now: datetime) -> Usage | None:
        """The use of a SIM in the present period of a track."""
        book = self._books.get(iccid)
        return counting.usage(book, track, now) if book is not None else None

    def visited(self, iccid: Iccid, visit: Visit) -> None:
        """Figures of a SIM were read."""
        book = self._books.get(iccid)
        if book is None:
            return
        self._books[iccid] = counting.visited(book, visit)
        self._changed(iccid)

    def streamed(self, iccid: Iccid, record: StreamedUse) -> bool | None:
        """A record of the Data Streamer: whether it was new; None where nobody asks for the SIM."""
        book = self._books.get(iccid)
        if book is None:
            return None
        turned = counting.wanting(book, self._tracks[iccid], self._clock.now())
        self._books[iccid], new = counting.streamed(turned, record)
        if new:
            self._changed(iccid)
        return new


def _carried(record: SimRecord, iccid: Iccid, now: datetime) -> Book:
    status: Mapping[str, Any] = orjson.loads(record.status)
    activated = _moment(status.get("activatedAt"))
    usage = status.get("usage") or {}
    base = usage.get("base") or {}
    if not base or status.get("iccid") != iccid:
        return counting.opened(now, activated)
    log.debug("usage is carried on", extra=about(iccid=iccid))
    return counting.restored(base, now, activated)


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
