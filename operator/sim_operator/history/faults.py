"""What the drivers raise, as complaints with a next step.

Only the first line of a driver's own words is passed on: further ones repeat the statement.
"""

from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from sim_operator.history.address import SQLITE, DatabaseAddress
from sim_operator.history.complaints import (
    CorruptError,
    FullError,
    HistoryError,
    UnavailableError,
)

FAULTS: Final = (
    DBAPIError,
    PoolTimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)
"""What may come out of a call to the database (a timeout is an OSError)."""

_CORRUPT: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
_REFUSED: Final = ("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_AUTH")
_BUSY: Final = ("SQLITE_BUSY", "SQLITE_LOCKED")
_FULL: Final = ("SQLITE_FULL", "SQLITE_IOERR_WRITE")
_DAMAGED_STATES: Final = ("XX001", "XX002")
_DISK_FULL_STATE: Final = "53100"
_LOGIN_CLASS: Final = "28"
_LATER_CLASSES: Final = ("08", "53", "55", "57", "40")
_NO_DATABASE_STATE: Final = "3D000"
_DENIED_STATE: Final = "42501"


def complaint(error: BaseException, address: DatabaseAddress) -> HistoryError:
    """What to tell about an error; one that nobody foresaw is unavailable, with its kind."""
    if isinstance(error, PoolTimeoutError):
        return UnavailableError(f"{address} is asked too much at once. Try again in a minute.")
    cause: BaseException = error
    if isinstance(error, DBAPIError) and error.orig is not None:
        cause = error.orig
    if address.kind == SQLITE:
        return _of_sqlite(cause, address)
    return _of_postgresql(cause, address)


def _of_sqlite(cause: BaseException, address: DatabaseAddress) -> HistoryError:
    name = str(getattr(cause, "sqlite_errorname", ""))
    where = address.path
    if name.startswith(_CORRUPT):
        return CorruptError(
            f"{where} is damaged, or is no SQLite database. Restore it from a backup, or move it "
            "away: a new one is filled again with the six months that 1NCE knows."
        )
    if name.startswith(_FULL):
        return FullError(
            f"The volume of {where} is full. Make it larger, or keep less (retention); what was "
            "not written is read from 1NCE again."
        )
    if name.startswith(_REFUSED):
        return UnavailableError(
            f"{where} cannot be opened ({name}). Check that its folder exists and that this user "
            "may write into it."
        )
    if name.startswith(_BUSY):
        return UnavailableError(
            f"{where} is being written by something else. Only one console may keep it; try again."
        )
    return UnavailableError(f"{where} cannot be used: {_said(cause)}")


def _of_postgresql(cause: BaseException, address: DatabaseAddress) -> HistoryError:
    state = str(getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or "")
    if state in _DAMAGED_STATES:
        return CorruptError(
            f"{address} is damaged ({state}). Stop writing to it and restore it from a backup."
        )
    if state == _DISK_FULL_STATE:
        return FullError(
            f"The disk of {address} is full. Make it larger, or keep less (retention); what was "
            "not written is read from 1NCE again."
        )
    if state.startswith(_LOGIN_CLASS):
        return UnavailableError(
            f"{address} refuses the user or the password. Check the Secret that the database URL "
            "comes from."
        )
    if state == _NO_DATABASE_STATE:
        return UnavailableError(f"{address} does not exist. Create the database: createdb.")
    if state == _DENIED_STATE:
        return UnavailableError(
            f"{address} denies what is needed: the user has to own the database, or its schema."
        )
    if state.startswith(_LATER_CLASSES) or isinstance(
        cause, (OSError, InterfaceError, asyncpg.InterfaceError)
    ):
        return UnavailableError(
            f"{address} does not answer ({_said(cause)}). Check that it runs and can be reached; "
            "it is tried again."
        )
    return UnavailableError(f"{address} cannot be used: {_said(cause)}")


def _said(cause: BaseException) -> str:
    """The first line of what a driver said; SQLAlchemy's further lines repeat the statement."""
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
