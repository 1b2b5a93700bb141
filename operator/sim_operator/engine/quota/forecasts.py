"""When limits will be reached, for SIMs and for pools.

A forecast moves slowly and costs little more than the median of some weeks, yet a pool of ten
thousand members asks ten thousand of them: so they are kept until the book of the SIM changes.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.usage import Service
from sim_operator.engine.quota.books import UsageBooks
from sim_operator.planning.quota import counting, forecast
from sim_operator.planning.quota.counting import Book
from sim_operator.planning.quota.forecast import Week
from sim_operator.planning.quota.terms import PER_SIM, Terms, is_passed

_SECONDS = 86_400.0


class _Nothing(NamedTuple):
    rate: None = None
    span: float = 0.0


_NOTHING = _Nothing()


@dataclass(frozen=True, slots=True)
class _Expectation:
    book: Book
    today: date
    week: Week | None
    rate: float | None


class Forecasts:
    """Looks ahead from the books."""

    def __init__(self, books: UsageBooks) -> None:
        """Read `books` live."""
        self._books = books
        self._kept: dict[tuple[Iccid, Service], _Expectation] = {}

    def prune(self) -> None:
        """Forget the SIMs that nobody asks for any more."""
        gone = [one for one in self._kept if self._books.book(one[0]) is None]
        for one in gone:
            del self._kept[one]

    def exhausts_at(
        self, iccid: Iccid, terms: Terms, now: datetime, before: date | None
    ) -> date | None:
        """The first day on which a SIM reaches one of its own limits."""
        book = self._books.book(iccid)
        usage = self._books.usage(iccid, terms.track, now)
        if book is None or usage is None:
            return None
        days = []
        for limit, value in terms.limits(PER_SIM):
            used = usage.of(limit.service)
            if used is None:
                continue
            if is_passed(used, value):
                # The day on which that was seen: it does not move on with each day that follows. A
                # day to come was a forecast, and one before this period is another period's.
                today, began = now.astimezone(UTC).date(), usage.period.start.date()
                return before if before is not None and began <= before <= today else today
            day = forecast.pool_exhausts_at(
                used=used,
                limit=value,
                expected=self.week(iccid, limit.service, now),
                period=usage.period,
                now=now,
                before=before,
            )
            days.append(day)
        return min((day for day in days if day is not None), default=None)

    def week(self, iccid: Iccid, service: Service, now: datetime) -> Week | None:
        """What a SIM is expected to use on each weekday."""
        return self._expectation(iccid, service, now).week if self._books.book(iccid) else None

    def rate(self, iccid: Iccid, service: Service, now: datetime) -> float | None:
        """Bytes (messages) a second that are expected now: the observed or the usual, if larger."""
        if self._books.book(iccid) is None:
            return None
        kept = self._expectation(iccid, service, now)
        usual = max(kept.week) / _SECONDS if kept.week is not None else None
        return max((one for one in (usual, kept.rate) if one is not None), default=None)

    def observed(self, iccid: Iccid, service: Service, now: datetime) -> float | None:
        """Bytes (messages) a second over the last hours."""
        return self._expectation(iccid, service, now).rate if self._books.book(iccid) else None

    def _expectation(self, iccid: Iccid, service: Service, now: datetime) -> _Expectation:
        book = self._books.book(iccid)
        if book is None:
            raise KeyError(iccid)
        today = now.astimezone(UTC).date()
        kept = self._kept.get((iccid, service))
        if kept is None or kept.book is not book or kept.today != today:
            recent = counting.recent(book, service, now) or _NOTHING
            history = counting.history(book)
            week = forecast.expected_daily(history, service, today, recent.rate, span=recent.span)
            kept = _Expectation(book, today, week, recent.rate)
            self._kept[iccid, service] = kept
        return kept
