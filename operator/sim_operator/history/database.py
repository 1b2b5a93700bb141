"""Connections to the database: readers beside one writer, and complaints in place of its errors.

A write reads before it writes, so it holds a lock from its beginning: SQLite's own, and on
PostgreSQL an advisory one, because two consoles overlap while one takes the other's place.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from sim_operator.history.address import SQLITE, VARIABLE, DatabaseAddress
from sim_operator.history.complaints import UnavailableError
from sim_operator.history.faults import FAULTS, complaint

_READERS: Final = 4
_BUSY_SECONDS: Final = 15
_STATEMENT_SECONDS: Final = 60
_WRITER_KIBIBYTES: Final = 32 * 1024
_READER_KIBIBYTES: Final = 8 * 1024
"""Pages of SQLite in memory, of each connection: a writer comes back to all of the newest days."""
_WRITER_LOCK: Final = 7_464_215_003
"""Any number that no other program takes for its own advisory lock."""


class Database:
    """One database; close it when done."""

    def __init__(
        self, address: DatabaseAddress, *, keeps: bool = True, patient: bool = False
    ) -> None:
        """Nothing is connected yet.

        Args:
            address: where it is.
            keeps: make the file of SQLite where there is none.
            patient: a statement may take as long as it takes.

        Raises:
            UnavailableError: there is no file that could be opened or made.
        """
        self.address = address
        if address.path is not None:
            _check(address.path, keeps=keeps)
            self._writer = _sqlite(address, writes=True)
            self._readers = _sqlite(address, writes=False)
        else:
            self._writer = _postgresql(address, None if patient else _STATEMENT_SECONDS)
            self._readers = self._writer.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection whose statements all see the same moment.

        Raises:
            HistoryError: the database cannot be read.
        """
        with _complaining(self.address):
            async with self._readers.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """The one connection that writes; committed at the end, undone by an exception.

        Raises:
            HistoryError: the database cannot be written.
        """
        with _complaining(self.address):
            async with self._writer.begin() as connection:
                if self.address.kind != SQLITE:
                    await connection.execute(
                        text("SELECT pg_advisory_xact_lock(:number)"), {"number": _WRITER_LOCK}
                    )
                yield connection

    async def close(self) -> None:
        """Let every connection go."""
        await self._writer.dispose()
        # On PostgreSQL both have the same connections.
        await self._readers.dispose()


@contextmanager
def _complaining(address: DatabaseAddress) -> Iterator[None]:
    """Turn what drivers raise into complaints; everything else passes."""
    try:
        yield
    except FAULTS as error:
        raise complaint(error, address) from error


def _check(file: Path, *, keeps: bool) -> None:
    """The driver leaves a thread behind where a file cannot be opened, so that is tried before."""
    if not keeps and not file.is_file():
        raise UnavailableError(
            f"There is no file {file}. The console makes it when it starts with {VARIABLE}."
        )
    if not file.parent.is_dir():
        raise UnavailableError(
            f"There is no folder {file.parent}. Make it, or mount the volume there."
        )
    needed = os.R_OK | os.W_OK
    if not os.access(file if file.exists() else file.parent, needed):
        raise UnavailableError(
            f"{file} may not be read and written by this user ({os.getuid()}). Change its owner, "
            "or the fsGroup of the pod."
        )


def _sqlite(address: DatabaseAddress, *, writes: bool) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(address.path)),
        pool_size=1 if writes else _READERS,
        max_overflow=0,
        connect_args={"timeout": _BUSY_SECONDS},
        hide_parameters=True,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions by its own rules.
        connection.isolation_level = None
        cursor = connection.cursor()
        # A crash of the machine may cost the last seconds, which are read again; never the file.
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        kibibytes = _WRITER_KIBIBYTES if writes else _READER_KIBIBYTES
        cursor.execute(f"PRAGMA cache_size = -{kibibytes}")
        if writes:
            cursor.execute("PRAGMA journal_mode = WAL")
        else:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(address: DatabaseAddress, seconds: int | None) -> AsyncEngine:
    settings = {
        "application_name": "sim-operator",
        "timezone": "UTC",
        "statement_timeout": str((seconds or 0) * 1000),
    }
    arguments: dict[str, Any] = {
        "timeout": _BUSY_SECONDS,
        "command_timeout": seconds,
        "server_settings": settings,
    }
    if address.tls is not None:
        arguments["ssl"] = address.tls
    return create_async_engine(
        URL.create(
            "postgresql+asyncpg",
            username=address.user,
            password=address.password,
            host=address.host,
            port=address.port,
            database=address.database,
        ),
        pool_size=_READERS + 1,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args=arguments,
        hide_parameters=True,
    )
