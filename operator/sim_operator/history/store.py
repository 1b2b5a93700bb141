"""The history as the rest of the program knows it: what goes in, and what comes out."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from sim_operator.history import (
    condition,
    fleet_days,
    ledger,
    missing,
    parts,
    retention,
    timeline,
    timescale,
    usage,
)
from sim_operator.history.address import DatabaseAddress
from sim_operator.history.cards import Holders
from sim_operator.history.database import Database
from sim_operator.history.migrating import migrate, require_head
from sim_operator.history.model import (
    By,
    DayRow,
    Dimension,
    Happening,
    Health,
    Hour,
    Keep,
    Part,
    Pruned,
    Reading,
    Scope,
    UsageRow,
    Use,
)

_ALL = Scope()


@asynccontextmanager
async def open_history(url: str, *, migrating: bool = True) -> AsyncIterator["History"]:
    """The history at a database URL.

    Args:
        url: `sqlite:////data/history.db` or `postgresql://…`.
        migrating: make the file where there is none, and bring the schema forward. Only the one
            that keeps the history does; whoever only reads takes it as it is.

    Raises:
        DatabaseAddressError: the URL names no database.
        HistoryError: the database cannot be used; the message says what to do.
    """
    address = DatabaseAddress.parse(url)
    if migrating:
        await _bring_forward(address)
    database = Database(address, keeps=migrating)
    try:
        if not migrating:
            async with database.reading() as connection:
                await connection.run_sync(require_head)
        yield History(database)
    finally:
        await database.close()


async def _bring_forward(address: DatabaseAddress) -> None:
    database = Database(address, patient=True)
    try:
        async with database.writing() as connection:
            await connection.run_sync(migrate)
            await timescale.prepare(connection)
    finally:
        await database.close()


class History:
    """An open history. Every method may raise HistoryError."""

    def __init__(self, database: Database) -> None:
        """For `open_history`."""
        self._database = database
        self._holders = Holders()

    async def record(self, account: str, readings: Sequence[Reading]) -> None:
        """Take in readings of an account's SIMs, all or none; repeating them changes nothing.

        Args:
            account: `namespace/name`.
            readings: any number, in any order.
        """
        whole = [replace(one, read_at=one.read_at.replace(microsecond=0)) for one in readings]
        async with self._database.writing() as connection:
            await ledger.record(connection, account, whole)

    async def missing(
        self, account: str, first: date, last: date, iccids: Sequence[str], now: datetime
    ) -> dict[str, tuple[date, date]]:
        """The first and last missing day of each SIM that has one; see `missing`."""
        async with self._database.reading() as connection:
            return await missing.missing(connection, account, first, last, iccids, now)

    async def sim_days(
        self, iccid: str, first: date, last: date, scope: Scope = _ALL
    ) -> list[DayRow]:
        """The days of one SIM that were read, by date."""
        async with self._database.reading() as connection:
            return await usage.sim_days(connection, iccid, first, last, scope)

    async def use_of(
        self, iccids: Sequence[str], first: date, last: date
    ) -> dict[str, dict[date, Use]]:
        """The days of many SIMs that were read; one that was not read at all is left out."""
        async with self._database.reading() as connection:
            return await usage.use_of(connection, iccids, first, last)

    async def record_parts(self, account: str, records: Sequence[Part]) -> None:
        """Keep records of the Data Streamer, all or none, each once."""
        async with self._database.writing() as connection:
            await parts.record_parts(connection, account, records)

    async def hours(
        self, iccid: str, since: datetime, until: datetime, scope: Scope = _ALL
    ) -> list[Hour]:
        """What records tell of one SIM, by the hour."""
        async with self._database.reading() as connection:
            return await parts.hours(connection, iccid, since, until, scope)

    async def days(
        self, first: date, last: date, scope: Scope = _ALL, *, now: datetime
    ) -> list[UsageRow]:
        """The use of each day, by date."""
        async with self._database.reading() as connection:
            return await fleet_days.fleet_days(
                connection, self._holders, first, last, scope, _day(now)
            )

    async def usage(
        self, first: date, last: date, by: By, scope: Scope = _ALL, *, now: datetime
    ) -> list[UsageRow]:
        """The use of each group, by name."""
        if by.dimension is Dimension.DAY:
            return await self.days(first, last, scope, now=now)
        async with self._database.reading() as connection:
            return await usage.usage(connection, self._holders, first, last, by, scope, _day(now))

    async def top(
        self, first: date, last: date, limit: int, scope: Scope = _ALL, *, now: datetime
    ) -> list[UsageRow]:
        """The SIMs that used most data, those first; each as `usage` by SIM gives it."""
        async with self._database.reading() as connection:
            return await usage.top(connection, self._holders, first, last, limit, scope, _day(now))

    async def tell(self, happenings: Sequence[Happening]) -> None:
        """Keep what happened; told again it is kept once, with the highest count."""
        async with self._database.writing() as connection:
            await timeline.tell(connection, happenings)

    async def timeline(
        self,
        namespace: str | None = None,
        name: str | None = None,
        limit: int = 100,
        before: datetime | None = None,
        scope: Scope = _ALL,
    ) -> list[Happening]:
        """What happened, newest first: of an object, a namespace, or everything in scope."""
        async with self._database.reading() as connection:
            return await timeline.timeline(connection, scope, namespace, name, limit, before)

    async def prune(self, now: datetime, keep: Keep) -> Pruned:
        """Delete what is older than it is to be kept."""
        async with self._database.writing() as connection:
            return await retention.prune(connection, now, keep)

    async def health(self) -> Health:
        """How large it is, how old, and when the newest reading in it was made."""
        return await condition.health(self._database)

    async def backup(self, to: Path) -> None:
        """Write a checked copy of a SQLite database; see `condition.backup`."""
        await condition.backup(self._database, to)


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
