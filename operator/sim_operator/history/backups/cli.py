"""The verbs `history backup | restore | pg-service | keep-dump`; what they do is imported then."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from sim_operator.history.address import VARIABLE

if TYPE_CHECKING:
    from sim_operator.history.address import DatabaseAddress

history = typer.Typer(
    no_args_is_help=True,
    help=f"Back the history up and put it back. The database is {VARIABLE}.",
)

_Folder = Annotated[
    Path, typer.Option("--to", metavar="FOLDER", help="Where backups are kept; it has to exist.")
]
_Keep = Annotated[
    int, typer.Option(min=1, max=1000, help="How many backups stay; the oldest go first.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(history, name="history")


@history.command()
def backup(to: _Folder, keep: _Keep = 14) -> None:
    """Copy a SQLite history, while it may be written to, check the copy, and remove old ones."""
    from sim_operator.history.backups import shelf, sqlite_file

    def work() -> str:
        database = _sqlite(
            "PostgreSQL is backed up by pg_dump: `sim-operator history pg-service` writes the file "
            "by which it finds the database, `keep-dump` keeps what it made."
        )
        shelf.check_folder(to)
        made = sqlite_file.copy(database, to, datetime.now(UTC))
        return _kept(made, shelf.clear(to, keep))

    _do(work)


@history.command()
def restore(
    backup: Annotated[Path, typer.Argument(metavar="BACKUP", help="A file of `history backup`.")],
) -> None:
    """Put a backup in the place of the SQLite history. The console has to be stopped.

    What is there is moved aside. A newer console brings the schema of an older backup forward.
    """
    from sim_operator.history.backups import shelf, sqlite_file

    def work() -> str:
        if backup.is_dir():
            held = ", ".join(shelf.newest(backup)) or "none"
            raise _refused(
                f"{backup} is a folder: name one of its backups, the newest first: {held}"
            )
        database = _sqlite("Into PostgreSQL pg_restore puts a dump back.")
        aside = sqlite_file.put_back(backup, database, datetime.now(UTC))
        before = f" What was there is now {aside}." if aside is not None else ""
        return f"{database} is {backup.name} again.{before} Start the console."

    _do(work)


@history.command()
def pg_service(
    to: Annotated[
        Path, typer.Option(metavar="FILE", help="It is replaced, readable for you alone.")
    ],
) -> None:
    """Write the file by which pg_dump finds PostgreSQL: PGSERVICEFILE and service=history."""
    from sim_operator.history.address import POSTGRESQL
    from sim_operator.history.backups import pg_service as service

    def work() -> str:
        address = _address()
        if address.kind != POSTGRESQL:
            raise _refused(f"{address} is a file: `sim-operator history backup` copies it.")
        service.write(service.service_file(address), to)
        return f"{to} says where {address} is."

    _do(work)


@history.command()
def keep_dump(
    dump: Annotated[Path, typer.Argument(metavar="DUMP", help="What pg_dump wrote into FOLDER.")],
    to: _Folder,
    keep: _Keep = 14,
) -> None:
    """Give a finished dump of pg_dump (--format=custom) its name, and remove old ones."""
    from sim_operator.history.backups import shelf

    def work() -> str:
        shelf.check_folder(to)
        made = shelf.take_in(dump, to, datetime.now(UTC))
        return _kept(made, shelf.clear(to, keep))

    _do(work)


def _address() -> "DatabaseAddress":
    from sim_operator.history.address import DatabaseAddress, DatabaseAddressError

    url = os.environ.get(VARIABLE, "")
    if not url.strip():
        raise _refused(f"{VARIABLE} is not set: sqlite:////data/history.db or postgresql://…")
    try:
        return DatabaseAddress.parse(url)
    except DatabaseAddressError as error:
        raise _refused(f"{VARIABLE}: {error}") from None


def _sqlite(otherwise: str) -> Path:
    address = _address()
    if address.path is None:
        raise _refused(f"{address} is no file. {otherwise}")
    return address.path


def _kept(made: Path, gone: list[str]) -> str:
    removed = f"; removed: {', '.join(gone)}" if gone else ""
    return f"{made} ({made.stat().st_size} bytes) is whole{removed}"


def _do(work: Callable[[], str]) -> None:
    from sim_operator.history.address import DatabaseAddressError
    from sim_operator.history.complaints import HistoryError

    try:
        told = work()
    except (HistoryError, OSError) as error:
        _say(str(error))
        raise typer.Exit(1) from None
    except DatabaseAddressError as error:
        raise _refused(f"{VARIABLE}: {error}") from None
    typer.echo(told)


def _refused(message: str) -> typer.Exit:
    _say(message)
    return typer.Exit(2)


def _say(message: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(message, markup=False)
