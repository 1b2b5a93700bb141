"""What happened to objects: told as often as one likes, kept once, read newest first."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from sim_operator.history.model import Happening, Scope
from sim_operator.history.tables import HAPPENINGS

_FIELDS = ("at", "kind", "namespace", "name", "uid", "type", "reason", "message", "actor", "count")


async def tell(connection: AsyncConnection, happenings: Sequence[Happening]) -> None:
    """Keep happenings; of one that is there already only a higher count is taken."""
    if not happenings:
        return
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = make(HAPPENINGS)
    here, there = HAPPENINGS.c.count, statement.excluded.count
    # A database may refuse to touch one row twice in one statement, so each is sent alone.
    await connection.execute(
        statement.on_conflict_do_update(
            index_elements=[HAPPENINGS.c.digest],
            set_={"count": case((there > here, there), else_=here)},
        ),
        [_row(one) for one in happenings],
    )


async def timeline(
    connection: AsyncConnection,
    scope: Scope,
    namespace: str | None,
    name: str | None,
    limit: int,
    before: datetime | None,
) -> list[Happening]:
    """The newest happenings of one object, of a namespace, or of the scope; newest first."""
    columns = HAPPENINGS.c
    wanted = select(*(columns[field] for field in _FIELDS))
    if scope.namespaces is not None:
        wanted = wanted.where(columns.namespace.in_(scope.namespaces))
    if namespace is not None:
        wanted = wanted.where(columns.namespace == namespace)
    if name is not None:
        wanted = wanted.where(columns.name == name)
    if before is not None:
        wanted = wanted.where(columns.at < before)
    rows = await connection.execute(
        wanted.order_by(columns.at.desc(), columns.id.desc()).limit(limit)
    )
    return [Happening(*row) for row in rows]


def _row(one: Happening) -> dict[str, Any]:
    row = {field: getattr(one, field) for field in _FIELDS}
    row["at"] = one.at.astimezone(UTC).replace(microsecond=0)
    told = [str(row["at"]), *(row[field] for field in _FIELDS[1:-1])]
    return row | {"digest": hashlib.blake2b(orjson.dumps(told), digest_size=16).hexdigest()}
