"""INSERT … ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy has for each."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

BATCH: Final = 500
"""SIMs that one statement names: well below what either database takes as parameters."""


async def add_new(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows; those whose key is there already are left as they are."""
    if rows:
        await connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


async def replace(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows; those whose primary key is there already get the new values."""
    if not rows:
        return
    statement = _insert(connection, table)
    key = list(table.primary_key.columns)
    changed = {
        column.name: statement.excluded[column.name]
        for column in table.columns
        if column not in key
    }
    await connection.execute(
        statement.on_conflict_do_update(index_elements=key, set_=changed), rows
    )


async def add_to(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows; to those whose primary key is there already the new values are added."""
    if not rows:
        return
    statement = _insert(connection, table)
    key = list(table.primary_key.columns)
    sums: dict[str, ColumnElement[Any]] = {
        column.name: column + statement.excluded[column.name]
        for column in table.columns
        if column not in key
    }
    await connection.execute(statement.on_conflict_do_update(index_elements=key, set_=sums), rows)


def _insert(connection: AsyncConnection, table: Table) -> postgresql.Insert | sqlite.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
