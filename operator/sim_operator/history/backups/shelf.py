"""A folder of backups: named by the moment they were made, the oldest gone first.

What has another name is somebody else's and stays.
"""

import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from sim_operator.history.complaints import CorruptError, HistoryError, UnavailableError

Kind = Literal["db", "dump"]

_NAME: Final = re.compile(r"history-\d{8}T\d{6}Z\.(?:db|dump)")
_MAGIC_OF_A_DUMP: Final = b"PGDMP"


def name_of(made: datetime, kind: Kind) -> str:
    """The name of a backup; names sort as their moments do."""
    return f"history-{made.astimezone(UTC):%Y%m%dT%H%M%SZ}.{kind}"


def surplus(names: Iterable[str], keep: int) -> list[str]:
    """Of the names in a folder, those of backups beyond the `keep` newest, the oldest first."""
    ours = _ours(names)
    return ours[: max(len(ours) - keep, 0)]


def newest(folder: Path) -> list[str]:
    """The names of the backups in a folder, the newest first."""
    return _ours(one.name for one in folder.iterdir())[::-1]


def _ours(names: Iterable[str]) -> list[str]:
    return sorted(
        (name for name in names if _NAME.fullmatch(name)), key=lambda name: name.partition(".")
    )


def clear(folder: Path, keep: int) -> list[str]:
    """Remove what is surplus in a folder; its names."""
    gone = surplus((one.name for one in folder.iterdir()), keep)
    for name in gone:
        (folder / name).unlink()
    return gone


def take_in(dump: Path, folder: Path, made: datetime) -> Path:
    """Give a finished dump of pg_dump its name in the folder in which it lies; where it is then.

    Raises:
        UnavailableError: there is no such file in that folder.
        CorruptError: it is no dump in PostgreSQL's custom format.
    """
    if not dump.is_file() or dump.parent.resolve() != folder.resolve():
        raise UnavailableError(
            f"{dump} is no file in {folder}: have pg_dump write it there, so that giving it its "
            "name is one step."
        )
    with dump.open("rb") as file:
        if file.read(len(_MAGIC_OF_A_DUMP)) != _MAGIC_OF_A_DUMP:
            raise CorruptError(f"{dump} is no dump: have pg_dump write it with --format=custom.")
    return settle(dump, folder / name_of(made, "dump"))


def settle(unfinished: Path, final: Path) -> Path:
    """Bring a whole file onto the disk, and give it its name in a step that no crash can halve."""
    _sync(unfinished)
    unfinished.replace(final)
    _sync(final.parent)
    return final


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_folder(folder: Path) -> None:
    """Say early that a folder of backups cannot be used.

    Raises:
        HistoryError: it is not there, or nothing may be written into it.
    """
    if not folder.is_dir():
        raise UnavailableError(f"{folder} is no folder: mount the volume of the backups there.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise HistoryError(f"{folder} may not be written to by user {os.getuid()}.")
