"""Visits and records of a SIM, for tests of counting."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from sim_operator.api.choices import PeriodKind
from sim_operator.domain.usage import (
    DayUsage,
    LeftReading,
    Service,
    StreamedUse,
    UsageReading,
    Visit,
)
from sim_operator.planning.quota.book import Book
from sim_operator.planning.quota.counting import (
    Usage,
    opened,
    usage,
    wanting,
)
from sim_operator.planning.quota.period import Track

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MONTHLY = Track(PeriodKind.MONTHLY, "Etc/UTC")
DAILY = Track(PeriodKind.DAILY, "Etc/UTC")
BERLIN = Track(PeriodKind.DAILY, "Europe/Berlin")
LIFETIME = Track(PeriodKind.LIFETIME, "Etc/UTC")


def told(at: datetime, first: str, days: Mapping[str, int]) -> UsageReading:
    figures = {date.fromisoformat(day): DayUsage(data, 1) for day, data in days.items()}
    return UsageReading(at, date.fromisoformat(first), at.date(), figures)


def visit(
    at: datetime,
    days: Mapping[str, int] | None = None,
    left: int | None = None,
    *,
    first: str = "2026-11-01",
    bought: int | None = None,
) -> Visit:
    return Visit(
        at,
        None if days is None else told(at, first, days),
        None if left is None else LeftReading(at, left, bought),
    )


def record(
    number: int, end: datetime, volume: int = 100, *, lasted: timedelta = timedelta(0)
) -> StreamedUse:
    return StreamedUse(number, Service.DATA, end - lasted, end, volume)


def counted(track: Track = MONTHLY, now: datetime = NOW) -> Book:
    return wanting(opened(now), [track], now)


def found(book: Book, now: datetime, track: Track = MONTHLY) -> Usage:
    answer = usage(book, track, now)
    assert answer is not None
    return answer


def data(book: Book, now: datetime, track: Track = MONTHLY) -> int | None:
    return found(book, now, track).of(Service.DATA)
