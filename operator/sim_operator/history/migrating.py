"""From whatever schema lies there to the present one: Alembic, in this process, in one transaction.

Forward only. A database of a newer program is refused rather than guessed at.
"""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from sim_operator.history.complaints import NewerSchemaError, UnavailableError
from sim_operator.history.tables import VERSION_TABLE

_SCRIPTS: Final = Path(__file__).parent / "migrations"


def head() -> str:
    """The revision that this program writes."""
    return str(_directory().get_current_head())


def current(connection: Connection) -> str | None:
    """The revision that lies there; None in an empty database."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def migrate(connection: Connection, to: str = "head") -> None:
    """Bring the schema forward, inside the transaction of the connection.

    Raises:
        NewerSchemaError: it is newer than what this program knows.
    """
    _refuse_newer(current(connection))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def require_head(connection: Connection) -> None:
    """Make sure that the schema is the one that this program knows, without a change to it.

    Raises:
        NewerSchemaError: it is newer than what this program knows.
        UnavailableError: it is older, or there is none.
    """
    present = current(connection)
    _refuse_newer(present)
    if present != head():
        raise UnavailableError(
            f"The database has {'no history' if present is None else f'schema {present}'}, this "
            f"program reads schema {head()}. Its console brings it there when it starts."
        )


def _refuse_newer(present: str | None) -> None:
    directory = _directory()
    if present is not None and present not in {one.revision for one in directory.walk_revisions()}:
        raise NewerSchemaError(
            f"The history has schema {present}, and this program knows up to "
            f"{directory.get_current_head()}: a newer sim-operator has written it. Run that "
            "version, or restore a backup from before."
        )


def _config() -> Config:
    config = Config()
    # No ini file, whose % would have to be doubled; a path with one is right as it is.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def _directory() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
