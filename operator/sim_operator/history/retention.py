"""Letting go of what is old, in one transaction; the space is used again by what comes."""

from datetime import date, datetime

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from sim_operator.history import timescale
from sim_operator.history.model import Keep, Pruned
from sim_operator.history.tables import (
    FLEET_DAYS,
    HAPPENINGS,
    MEMBERSHIPS,
    SIMS,
    USAGE_DAYS,
    USAGE_MONTHS,
    USAGE_PARTS,
)
from sim_operator.history.upserting import BATCH


async def prune(connection: AsyncConnection, now: datetime, keep: Keep) -> Pruned:
    """Delete what is older than it is to be kept."""
    parts = await _parts(connection, now - keep.parts)
    happenings = await connection.execute(
        delete(HAPPENINGS).where(HAPPENINGS.c.at < now - keep.happenings)
    )
    days = await _days(connection, (now - keep.days).date().replace(day=1))
    return Pruned(parts, days, happenings.rowcount)


async def _parts(connection: AsyncConnection, before: datetime) -> int:
    old = USAGE_PARTS.c.start < before
    if await timescale.present(connection):
        gone = await connection.scalar(select(func.count()).select_from(USAGE_PARTS).where(old))
        await timescale.drop_before(connection, before)
        await connection.execute(delete(USAGE_PARTS).where(old))
        return gone or 0
    numbers = list(await connection.scalars(select(SIMS.c.id).order_by(SIMS.c.id)))
    gone = 0
    for start in range(0, len(numbers), BATCH):
        # By SIM, as records lie: they need not be read as a whole.
        some = USAGE_PARTS.c.sim.in_(numbers[start : start + BATCH])
        gone += (await connection.execute(delete(USAGE_PARTS).where(some, old))).rowcount
    return gone


async def _days(connection: AsyncConnection, cutoff: date) -> int:
    sims, days, months = SIMS.c, USAGE_DAYS.c, USAGE_MONTHS.c
    rows = await connection.execute(
        select(sims.id, sims.last_day).where(sims.first_day < cutoff).order_by(sims.id)
    )
    old = list(rows)
    if not old:
        return 0
    gone = 0
    for start in range(0, len(old), BATCH):
        numbers = [row.id for row in old[start : start + BATCH]]
        # By SIM, as the ledger lies: it need not be read as a whole.
        done = await connection.execute(
            delete(USAGE_DAYS).where(days.sim.in_(numbers), days.day < cutoff)
        )
        gone += done.rowcount
    await connection.execute(
        update(SIMS)
        .where(sims.id == bindparam("number"))
        .values(first_day=bindparam("first"), last_day=bindparam("last")),
        [
            {"number": row.id, "first": cutoff, "last": row.last_day}
            if row.last_day >= cutoff
            else {"number": row.id, "first": None, "last": None}
            for row in old
        ],
    )
    await connection.execute(delete(USAGE_MONTHS).where(months.month < cutoff))
    await connection.execute(delete(FLEET_DAYS).where(FLEET_DAYS.c.day < cutoff))
    await connection.execute(
        delete(MEMBERSHIPS).where(
            MEMBERSHIPS.c.id.not_in(select(months.membership)),
            MEMBERSHIPS.c.id.not_in(select(sims.membership).where(sims.membership.is_not(None))),
        )
    )
    return gone
