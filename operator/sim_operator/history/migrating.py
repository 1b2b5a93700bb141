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

from sim_operator.history.complaints import NewerSchemaError
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
    directory = _directory()
    known = {one.revision for one in directory.walk_revisions()}
    present = current(connection)
    if present is not None and present not in known:
        raise NewerSchemaError(
            f"The history has schema {present}, and this program knows up to "
            f"{directory.get_current_head()}: a newer sim-operator has written it. Run that "
            "version, or restore a backup from before."
        )
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _config() -> Config:
    config = Config()
    # No ini file, whose % would have to be doubled; a path with one is right as it is.
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config


def _directory() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
