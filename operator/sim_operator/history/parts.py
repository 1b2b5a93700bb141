"""Finer than a day: records of the Data Streamer, each kept once, read hour by hour.

They lag behind the days and overlap with them, so they are counted in no sum of days. A record is
its namespace's that held the SIM when it was first told, whatever becomes of the day.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, column, func, select, table, text, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from sim_operator.history import cards
from sim_operator.history.columns import Moment
from sim_operator.history.model import Hour, Part, Scope
from sim_operator.history.tables import SIMS, USAGE_PARTS
from sim_operator.history.timescale import HOURS, has_hours
from sim_operator.history.upserting import BATCH, add_new

_HOUR_SECONDS = 3600


async def record_parts(connection: AsyncConnection, account: str, parts: Sequence[Part]) -> None:
    """Keep records; one whose number is there already is the same one."""
    for start in range(0, len(parts), BATCH):
        batch = parts[start : start + BATCH]
        sims = await cards.numbers(connection, account, sorted({one.iccid for one in batch}))
        rows: list[dict[str, Any]] = [
            {
                "sim": sims[one.iccid],
                "start": one.start.replace(microsecond=0),
                "id": one.id,
                "namespace": one.namespace,
                "service": one.service,
                "end": one.end.replace(microsecond=0),
                "volume": one.volume,
            }
            for one in batch
        ]
        await add_new(connection, USAGE_PARTS, rows)


async def hours(
    connection: AsyncConnection, iccid: str, since: datetime, until: datetime, scope: Scope
) -> list[Hour]:
    """What records tell of a SIM, by the hour in which each began; none for hours without one.

    `since` and `until`: whole hours.
    """
    number = await connection.scalar(select(SIMS.c.id).where(SIMS.c.iccid == iccid))
    if number is None:
        return []
    volumes: dict[datetime, dict[str, int]] = defaultdict(dict)
    for hour, service, volume in await _rows(connection, number, since, until, scope):
        volumes[hour.astimezone(UTC)][service] = int(volume)
    return [
        Hour(hour, found.get("data", 0), found.get("sms", 0))
        for hour, found in sorted(volumes.items())
    ]


async def _rows(
    connection: AsyncConnection, sim: int, since: datetime, until: datetime, scope: Scope
) -> list[tuple[datetime, str, int]]:
    if await has_hours(connection):
        ready = table(HOURS, *map(column, ("sim", "namespace", "hour", "service", "volume"))).c
        namespace = ready.namespace
        wanted = (
            select(ready.hour, ready.service, func.sum(ready.volume))
            .where(ready.sim == sim, ready.hour >= since, ready.hour < until)
            .group_by(ready.hour, ready.service)
        )
    else:
        parts = USAGE_PARTS.c
        namespace = parts.namespace
        wanted = (
            select(_hour(connection).label("hour"), parts.service, func.sum(parts.volume))
            .where(parts.sim == sim, parts.start >= since, parts.start < until)
            .group_by(text("hour"), parts.service)
        )
    if scope.namespaces is not None:
        wanted = wanted.where(namespace.in_(scope.namespaces))
    return [(hour, service, volume) for hour, service, volume in await connection.execute(wanted)]


def _hour(connection: AsyncConnection) -> ColumnElement[datetime]:
    start = USAGE_PARTS.c.start
    if connection.dialect.name == "postgresql":
        return func.date_trunc("hour", start, type_=Moment())
    seconds = type_coerce(start, Integer)
    return type_coerce(seconds - seconds % _HOUR_SECONDS, Moment())
