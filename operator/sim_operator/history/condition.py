"""How the database does, and a copy of it that can be put in its place."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import func, select, text

from sim_operator.history import migrating, timescale
from sim_operator.history.address import POSTGRESQL, SQLITE
from sim_operator.history.complaints import CorruptError, HistoryError, UnavailableError
from sim_operator.history.database import Database
from sim_operator.history.model import Health
from sim_operator.history.tables import SIMS


async def health(database: Database) -> Health:
    """What there is to know without reading the ledger."""
    async with database.reading() as connection:
        sims, last_reading, oldest_day = (
            await connection.execute(
                select(func.count(), func.max(SIMS.c.read_at), func.min(SIMS.c.first_day))
            )
        ).one()
        schema = await connection.run_sync(migrating.current)
        if database.address.kind == POSTGRESQL:
            size = await connection.scalar(text("SELECT pg_database_size(current_database())"))
            kind = "timescaledb" if await timescale.present(connection) else POSTGRESQL
        else:
            size, kind = await asyncio.to_thread(_size, database.address.path), SQLITE
    return Health(kind, str(schema), int(size or 0), sims, last_reading, oldest_day)


def _size(path: Path | None) -> int:
    files = () if path is None else (path, path.with_name(f"{path.name}-wal"))
    return sum(one.stat().st_size for one in files if one.exists())


async def backup(database: Database, to: Path) -> None:
    """Write a whole and checked copy of a SQLite database, while it is read and written.

    Args:
        database: the one to copy.
        to: the file; one that is there is replaced at the end, in one step.

    Raises:
        HistoryError: it is no SQLite database, or the copy cannot be written or is damaged.
    """
    source = database.address.path
    if source is None:
        raise HistoryError("PostgreSQL is copied by its own tools: pg_dump --format=custom.")
    part = to.with_name(f"{to.name}.part")
    try:
        await asyncio.to_thread(_copy, source, part)
        part.replace(to)
    except (sqlite3.Error, OSError) as error:
        raise UnavailableError(
            f"No backup could be written to {to}: {error}. Check its folder and the room there."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _copy(source: Path, to: Path) -> None:
    to.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as original,
        closing(sqlite3.connect(to)) as copy,
    ):
        # All in one step: a copy in several would begin anew with every write in between.
        original.backup(copy)
        # A copy in one file: what the log would hold is in it.
        copy.execute("PRAGMA journal_mode = DELETE")
        found = copy.execute("PRAGMA quick_check").fetchone()
    if found != ("ok",):
        raise CorruptError(f"{source} is damaged ({found[0]}). Keep the backups that there are.")
