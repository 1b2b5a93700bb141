"""Writing readings into the ledger: each day once, and its sums in the same transaction."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from sim_operator.history import cards, sums
from sim_operator.history.cards import Holder
from sim_operator.history.merging import DayState, merged, told
from sim_operator.history.model import DAY, Reading
from sim_operator.history.tables import SIMS, USAGE_DAYS
from sim_operator.history.upserting import BATCH, replace

_DAYS: Final = 4000

Key = tuple[int, date]
Numbered = tuple[int, int, Reading]
"""SIM, membership, and what was read of it."""


async def record(connection: AsyncConnection, account: str, readings: Sequence[Reading]) -> None:
    """Take readings in; any that come again, or late, change nothing that they should not."""
    for batch in _batches(readings):
        await _batch(connection, account, batch)


def _batches(readings: Iterable[Reading]) -> Iterator[list[Reading]]:
    """Few SIMs at a time, or few days of them: others are served between two batches."""
    batch: list[Reading] = []
    days = 0
    for one in readings:
        batch.append(one)
        days += (one.last - one.first).days + 1
        if len(batch) >= BATCH or days >= _DAYS:
            yield batch
            batch, days = [], 0
    if batch:
        yield batch


async def _batch(connection: AsyncConnection, account: str, readings: Sequence[Reading]) -> None:
    sims = await cards.numbers(connection, account, sorted({one.iccid for one in readings}))
    held: dict[tuple[int, Holder], datetime] = {}
    for one in readings:
        key = sims[one.iccid], Holder.of(account, one)
        held[key] = min(held.get(key, one.read_at), one.read_at)
    holders, namespaces = await cards.memberships(connection, held)
    numbered = [
        (sims[one.iccid], holders[sims[one.iccid], Holder.of(account, one)], one)
        for one in readings
    ]
    before = await _present(connection, numbered)
    after = _with(before, numbered)
    changed = {key: state for key, state in after.items() if before.get(key) != state}
    await replace(connection, USAGE_DAYS, list(_rows(changed)))
    await sums.follow(connection, before, changed, namespaces)
    await _newest(connection, account, numbered)


async def _present(
    connection: AsyncConnection, numbered: Sequence[Numbered]
) -> dict[Key, DayState]:
    columns = USAGE_DAYS.c
    rows = await connection.execute(
        select(
            columns.sim,
            columns.day,
            columns.data,
            columns.sms,
            columns.read_at,
            columns.final,
            columns.membership,
            columns.held_at,
        ).where(
            columns.sim.in_({sim for sim, _, _ in numbered}),
            columns.day.between(
                min(one.first for _, _, one in numbered), max(one.last for _, _, one in numbered)
            ),
        )
    )
    return {(sim, day): DayState(*state) for sim, day, *state in rows}


def _with(before: dict[Key, DayState], numbered: Iterable[Numbered]) -> dict[Key, DayState]:
    after: dict[Key, DayState] = {}
    for sim, membership, reading in numbered:
        for day in days_of(reading):
            figures = reading.days.get(day, (0, 0))
            new = told(day, figures, reading.read_at, membership)
            after[sim, day] = merged(after.get((sim, day)) or before.get((sim, day)), new)
    return after


def days_of(reading: Reading) -> Iterator[date]:
    """The days that a reading tells of: none that had not begun when it was made."""
    day, last = reading.first, min(reading.last, reading.read_at.date())
    while day <= last:
        yield day
        day += DAY


def _rows(changed: dict[Key, DayState]) -> Iterator[dict[str, Any]]:
    for (sim, day), state in changed.items():
        yield {"sim": sim, "day": day, **asdict(state)}


async def _newest(connection: AsyncConnection, account: str, numbered: Sequence[Numbered]) -> None:
    """Keep with each SIM what its newest reading told, and the days that all of them span."""
    columns = SIMS.c
    found = await connection.execute(
        select(SIMS).where(columns.id.in_({sim for sim, _, _ in numbered}))
    )
    rows = {row["id"]: dict(row) for row in found.mappings()}
    for sim, membership, reading in numbered:
        row = rows[sim]
        if row["read_at"] is None or reading.read_at >= row["read_at"]:
            row |= {"account": account, "membership": membership, "read_at": reading.read_at}
        last = min(reading.last, reading.read_at.date())
        if last >= reading.first:
            row["first_day"] = min(row["first_day"] or reading.first, reading.first)
            row["last_day"] = max(row["last_day"] or last, last)
    await replace(connection, SIMS, list(rows.values()))
