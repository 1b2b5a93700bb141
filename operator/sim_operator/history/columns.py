"""Days and moments as each database holds them best.

PostgreSQL has types for both. SQLite has none, and text would make each of millions of rows twice
as long and slow to compare: there a day is the number of days, a moment the number of seconds
since the beginning of 1970.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

from sqlalchemy import Date, DateTime, Dialect, Integer
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH: Final = date(1970, 1, 1)
_SQLITE: Final = "sqlite"


@lru_cache(maxsize=4096)
def _day(number: int) -> date:
    """Few days come back in very many rows."""
    return _EPOCH + timedelta(days=number)


class Day(TypeDecorator[date]):
    """A UTC day."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[date] | TypeEngine[int]:
        """An integer on SQLite."""
        if dialect.name == _SQLITE:
            return dialect.type_descriptor(Integer())
        return dialect.type_descriptor(Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> date | int | None:
        """What is sent."""
        if value is None or dialect.name != _SQLITE:
            return value
        return (value - _EPOCH).days

    def process_result_value(self, value: date | int | None, dialect: Dialect) -> date | None:
        """What comes back."""
        if dialect.name == _SQLITE and isinstance(value, int):
            return _day(value)
        return value if isinstance(value, date) else None


class Moment(TypeDecorator[datetime]):
    """A moment with a zone, in whole seconds; UTC when it comes back."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[datetime] | TypeEngine[int]:
        """An integer on SQLite."""
        if dialect.name == _SQLITE:
            return dialect.type_descriptor(Integer())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        """What is sent.

        Raises:
            ValueError: the moment has no zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        if dialect.name == _SQLITE:
            return int(value.timestamp())
        return value.replace(microsecond=0)

    def process_result_value(
        self, value: datetime | int | None, dialect: Dialect
    ) -> datetime | None:
        """What comes back."""
        if dialect.name == _SQLITE and isinstance(value, int):
            return datetime.fromtimestamp(value, UTC)
        return value.astimezone(UTC) if isinstance(value, datetime) else None
