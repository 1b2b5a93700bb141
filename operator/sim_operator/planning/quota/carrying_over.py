"""What of a book is kept in the status of a SIM, so that a new process goes on counting.

A dozen short texts. They name the period, when counting began, and for each service three figures:
what is shown, what is known now, and what was known at the last meter reading, to which the
fall since then is added. Beside them the meter readings, and up to when records were counted: what
ended before that adds nothing, for it is in the figures already.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from sim_operator.api.choices import PeriodKind
from sim_operator.domain.usage import LeftReading, Service
from sim_operator.planning.quota.book import Book, Counter, Line
from sim_operator.planning.quota.days import day_of, first_whole_day
from sim_operator.planning.quota.period import InvalidTimeZoneError, Track, period_named
from sim_operator.planning.quota.tally import Tally
from sim_operator.planning.quota.turning import settled_to

SETTLED_AFTER: Final = 14
"""Days after which a day figure is taken as final: younger ones are asked for again."""
BELIEVED: Final = timedelta(days=1)
"""A base that lies further in the future was written by a clock that was wrong."""
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing was read before there were SIMs of this kind, and there is room for sums of days."""
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}")
_UNSET: Final = "-"
_SHOWN: Final = "shown"
_OTHER: Final = "other"


def base(book: Book, shown: Track, other: Track | None) -> dict[str, str]:
    """The entries of `status.usage.base`: twelve at most, each of 64 characters at most.

    Args:
        book: What is known.
        shown: The track of `status.usage`.
        other: One more track to carry; None: there is none.
    """
    entries: dict[str, str] = {}
    for prefix, track in ((_SHOWN, shown), (_OTHER, other)):
        counter = None if track is None else book.counter(track)
        if counter is not None and not (prefix == _OTHER and track == shown):
            entries |= _counter_entries(prefix, book, counter)
    for service in Service:
        entries |= _line_entries(service, book.of(service))
    return {key: text for key, text in entries.items() if len(text) <= 64}


def restored(base: Mapping[str, str], now: datetime, activated_at: datetime | None) -> Book:
    """The book of a new process, from what the last one left.

    Never raises: an entry that cannot be read counts as absent.
    """
    book = Book.new(now, activated_at)
    lines = {service: _line(base, service, now) for service in Service}
    counters: dict[Track, Counter] = {}
    for prefix in (_SHOWN, _OTHER):
        counter = _counter(base, prefix, now)
        if counter is not None:
            counters.setdefault(counter.period.track, counter)
    return replace(
        book, data=lines[Service.DATA], sms=lines[Service.SMS], counters=tuple(counters.values())
    )


def periods(base: Mapping[str, str]) -> frozenset[str]:
    """The names of the periods that are counted in what was carried."""
    counted = (_words(base, prefix, 3) for prefix in (_SHOWN, _OTHER))
    return frozenset(words[1] for words in counted if words is not None)


def _counter_entries(prefix: str, book: Book, counter: Counter) -> dict[str, str]:
    period = counter.period
    if period.track.kind is PeriodKind.LIFETIME and book.polled is not None:
        counter = settled_to(counter, book.days, day_of(book.polled) - SETTLED_AFTER)
    entries = {
        prefix: f"{period.track.kind.value} {period.name} {period.track.zone}",
        f"{prefix}.since": _text(counter.since),
    }
    if period.track.kind is PeriodKind.LIFETIME:
        entries[f"{prefix}.since"] += f" {counter.first} {counter.upto}"
    for service in Service:
        tally = counter.of(service)
        if tally is not None:
            anchor = _UNSET if tally.anchor is None else str(tally.anchor)
            known = tally.floor + tally.streamed
            entries[f"{prefix}.{service.value}"] = (
                f"{tally.used} {known} {anchor} {counter.settled(service)}"
            )
    return entries


def _line_entries(service: Service, line: Line) -> dict[str, str]:
    entries = {}
    if line.left is not None:
        bought = _UNSET if line.left.bought is None else str(line.left.bought)
        entries[f"{service.value}.left"] = f"{_text(line.left.at)} {line.left.left} {bought}"
    if line.as_of is not None:
        until = line.until if line.last_end is None else max(line.until, line.last_end)
        entries[f"{service.value}.until"] = _text(until, late=True)
    return entries


def _line(base: Mapping[str, str], service: Service, now: datetime) -> Line:
    words = _words(base, f"{service.value}.left", 3)
    left = None
    if words is not None:
        at, rest, bought = _moment(words[0]), _number(words[1]), _number(words[2])
        if at is not None and rest is not None and at <= now + BELIEVED:
            left = LeftReading(at, rest, bought)
    words = _words(base, f"{service.value}.until", 1)
    until = None if words is None else _moment(words[0])
    if until is None:
        return Line(now, left=left, as_of=None if left is None else left.at)
    until = min(until, now)
    return Line(until, as_of=until, left=left)


def _counter(base: Mapping[str, str], prefix: str, now: datetime) -> Counter | None:
    words = _words(base, prefix, 3)
    since = (base.get(f"{prefix}.since") or "").split(" ")
    began = _moment(since[0])
    if words is None or began is None:
        return None
    try:
        track = Track(PeriodKind(words[0]), words[2])
        period = period_named(track, words[1])
    except (InvalidTimeZoneError, ValueError):
        return None
    if period is None or max(period.start, began) > now + BELIEVED:
        return None
    first = upto = first_whole_day(period.start)
    if track.kind is PeriodKind.LIFETIME:
        first = upto = day_of(began)
        if len(since) == 3:
            first, upto = _number(since[1]) or first, _number(since[2]) or upto
    data, data_settled = _tally(base, f"{prefix}.{Service.DATA.value}")
    sms, sms_settled = _tally(base, f"{prefix}.{Service.SMS.value}")
    since_period = max(began, period.start)
    return Counter(
        period, since_period, first, max(first, upto), data_settled, sms_settled, data, sms
    )


def _tally(base: Mapping[str, str], key: str) -> tuple[Tally | None, int]:
    """The tally of one service, and its settled sum."""
    words = _words(base, key, 4)
    used, known, anchor, settled = (None,) * 4 if words is None else map(_number, words)
    if used is None or known is None or min(used, known) < 0:
        return None, 0
    return Tally(anchor, known, 0, max(used, known)), max(0, settled or 0)


def _words(base: Mapping[str, str], key: str, count: int) -> list[str] | None:
    text = base.get(key)
    words = text.split(" ") if isinstance(text, str) else []
    return words if len(words) == count else None


def _number(word: str) -> int | None:
    return int(word) if _NUMBER.fullmatch(word) else None


def _text(moment: datetime, *, late: bool = False) -> str:
    """To the second, without a fraction: rounded down, or up where `late`."""
    whole = moment.astimezone(UTC).replace(microsecond=0)
    if late and moment.microsecond:
        whole += timedelta(seconds=1)
    return whole.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(word: str) -> datetime | None:
    try:
        moment = datetime.strptime(word, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment if moment >= _EARLIEST else None
