"""Alembic runs this file for every migration; the connection and its transaction are given."""

from alembic import context

from sim_operator.history.tables import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
)
context.run_migrations()
