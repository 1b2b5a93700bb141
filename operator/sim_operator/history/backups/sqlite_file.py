"""A SQLite history as one file: copied while it is being written to, and put back."""

import asyncio
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from sim_operator.history import condition
from sim_operator.history.address import SQLITE, DatabaseAddress
from sim_operator.history.backups.shelf import name_of, settle
from sim_operator.history.complaints import CorruptError, UnavailableError
from sim_operator.history.database import Database
from sim_operator.history.faults import complaint
from sim_operator.history.tables import VERSION_TABLE

_BUSY_SECONDS: Final = 1.0
_BESIDE: Final = ("-wal", "-shm", "-journal")
"""Files that SQLite lays beside a database; they belong to that one and to no other."""


def copy(database: Path, folder: Path, made: datetime) -> Path:
    """A backup of a database in a folder: whole, checked, and on the disk when this returns.

    Whatever schema it has: before an upgrade is when a backup is needed most.

    Raises:
        HistoryError: it cannot be read or written, or is damaged; the message says what to do.
    """
    name = name_of(made, "db")
    unfinished = folder / f".{name}.unfinished"
    try:
        asyncio.run(_copied(database, unfinished))
        schema_of(unfinished)
        return settle(unfinished, folder / name)
    finally:
        unfinished.unlink(missing_ok=True)


async def _copied(database: Path, to: Path) -> None:
    lying = Database(DatabaseAddress(SQLITE, path=database), keeps=False)
    try:
        await condition.backup(lying, to)
    finally:
        await lying.close()


def schema_of(file: Path, *, thorough: bool = False) -> str:
    """The schema's revision of a backup; nothing is written, also not beside it.

    Args:
        file: a backup, which nobody writes to.
        thorough: read all of it, and not only what names the schema.

    Raises:
        HistoryError: it cannot be read, is damaged, or is no history.
    """
    with _complaining(file), _opened(file, "mode=ro&immutable=1") as connection:
        if thorough:
            (told,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if told != "ok":
                raise CorruptError(f"{file} is damaged: {told}. Take an older backup.")
        tables = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
        if connection.execute(tables, (VERSION_TABLE,)).fetchone() is None:
            raise CorruptError(f"{file} holds no history of sim-operator. Take another file.")
        (revision,) = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchone()  # noqa: S608 - a constant
        return str(revision)


def put_back(backup: Path, database: Path, now: datetime) -> Path | None:
    """Put a backup in the place of a database that nobody has open; where the one before lies now.

    What is there is moved aside and not deleted. Before that it is taken out of SQLite's WAL mode,
    which succeeds only where no other process has it open; what is damaged cannot be asked that.

    Raises:
        HistoryError: the backup is no good, somebody has the database open, or there is no room.
    """
    schema_of(backup, thorough=True)
    arriving = database.with_name(f".{database.name}.arriving")
    try:
        with _complaining(database):
            shutil.copyfile(backup, arriving)
        schema_of(arriving)
        aside = _moved_aside(database, now) if database.exists() else None
        settle(arriving, database)
    finally:
        arriving.unlink(missing_ok=True)
    return aside


def _moved_aside(database: Path, now: datetime) -> Path:
    _let_go(database)
    aside = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%SZ}")
    for suffix in ("", *_BESIDE):
        beside = Path(f"{database}{suffix}")
        if beside.exists():
            beside.rename(f"{aside}{suffix}")
    return aside


def _let_go(database: Path) -> None:
    try:
        with _opened(database, "mode=rw") as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname.startswith("SQLITE_BUSY"):
            raise UnavailableError(
                f"{database} is in use. Stop the console first: kubectl scale deployment "
                "--replicas=0."
            ) from error
        raise complaint(error, DatabaseAddress(SQLITE, path=database)) from error
    except sqlite3.DatabaseError:
        return  # damaged: a reason to restore, and none not to


@contextmanager
def _opened(file: Path, how: str) -> Iterator[sqlite3.Connection]:
    uri = f"{file.resolve().as_uri()}?{how}"
    with closing(sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS)) as opened:
        opened.isolation_level = None
        yield opened


@contextmanager
def _complaining(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise complaint(error, DatabaseAddress(SQLITE, path=file)) from error
