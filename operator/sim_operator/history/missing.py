"""Which days of which SIMs are still to be read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from sim_operator.history.model import DAY
from sim_operator.history.tables import SIMS, USAGE_DAYS
from sim_operator.history.upserting import BATCH

Gap = tuple[date, date]


async def missing(
    connection: AsyncConnection,
    account: str,
    first: date,
    last: date,
    iccids: Sequence[str],
    now: datetime,
) -> dict[str, Gap]:
    """For each SIM with a gap its first and its last missing day; those without one are left out.

    A day that was read before it was final is missing again a day later. Days that have not begun
    are not missing. What another account told of a SIM is read once more by this one.
    """
    last = min(last, now.astimezone(UTC).date())
    if last < first:
        return {}
    gaps: dict[str, Gap] = {}
    for start in range(0, len(iccids), BATCH):
        batch = iccids[start : start + BATCH]
        rows = await connection.execute(
            select(SIMS.c.iccid, SIMS.c.id).where(
                SIMS.c.account == account, SIMS.c.iccid.in_(batch)
            )
        )
        numbers = {row.iccid: row.id for row in rows}
        found = await _gaps(connection, first, last, set(numbers.values()), now)
        for iccid in batch:
            gap = found.get(numbers[iccid]) if iccid in numbers else (first, last)
            if gap is not None:
                gaps[iccid] = gap
    return gaps


async def _gaps(
    connection: AsyncConnection, first: date, last: date, sims: set[int], now: datetime
) -> dict[int, Gap]:
    """Counted by the database; only SIMs with holes among their days are looked at day by day."""
    columns = USAGE_DAYS.c
    settled = _settled(first, last, now)
    counts = await connection.execute(
        select(columns.sim, func.count(), func.min(columns.day), func.max(columns.day))
        .where(columns.sim.in_(sims), *settled)
        .group_by(columns.sim)
    )
    gaps: dict[int, Gap | None] = dict.fromkeys(sims, (first, last))
    holes = set()
    for sim, count, low, high in counts:
        if count == (high - low).days + 1:
            gaps[sim] = _around(first, last, low, high)
        else:
            holes.add(sim)
    if holes:
        days: Mapping[int, set[date]] = defaultdict(set)
        rows = await connection.execute(
            select(columns.sim, columns.day).where(columns.sim.in_(holes), *settled)
        )
        for sim, day in rows:
            days[sim].add(day)
        for sim in holes:
            gaps[sim] = _among(first, last, days[sim])
    return {sim: gap for sim, gap in gaps.items() if gap is not None}


def _settled(first: date, last: date, now: datetime) -> tuple[ColumnElement[bool], ...]:
    columns = USAGE_DAYS.c
    return columns.day.between(first, last), or_(columns.final, columns.read_at > now - DAY)


def _around(first: date, last: date, low: date, high: date) -> Gap | None:
    """What one unbroken run of days leaves of a range."""
    if low == first and high == last:
        return None
    return (first if low > first else high + DAY, last if high < last else low - DAY)


def _among(first: date, last: date, days: set[date]) -> Gap:
    """The first and the last day of a range that a broken run of days leaves."""
    while first in days:
        first += DAY
    while last in days:
        last -= DAY
    return first, last
