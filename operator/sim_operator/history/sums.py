"""The sums that follow the ledger.

Months are added up again from their days, which is quick for a few SIMs and cannot drift. A day of
the fleet has thousands of rows, so there the difference that a change makes is added.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import and_, case, delete, func, insert, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from sim_operator.history.columns import Day
from sim_operator.history.merging import DayState
from sim_operator.history.spans import end_of
from sim_operator.history.tables import FLEET_DAYS, USAGE_DAYS, USAGE_MONTHS
from sim_operator.history.upserting import add_to

Days = Mapping[tuple[int, date], DayState]


async def follow(
    connection: AsyncConnection, before: Days, changed: Days, namespaces: Mapping[int, str]
) -> None:
    """Bring the sums to where the days are.

    Args:
        connection: of the transaction that changed the days.
        before: days as they were, at least those that changed.
        changed: days as they are now.
        namespaces: of the memberships in both.
    """
    months: dict[date, set[int]] = defaultdict(set)
    for sim, day in changed:
        months[day.replace(day=1)].add(sim)
    for month, sims in months.items():
        await _add_up(connection, month, sims)
    await _shift(connection, before, changed, namespaces)


async def _add_up(connection: AsyncConnection, month: date, sims: set[int]) -> None:
    target, days = USAGE_MONTHS.c, USAGE_DAYS.c
    await connection.execute(
        delete(USAGE_MONTHS).where(target.month == month, target.sim.in_(sims))
    )
    known = case((and_(days.data.is_not(None), days.sms.is_not(None)), 1), else_=0)
    of_days = (
        select(
            literal(month, Day()),
            days.sim,
            days.membership,
            func.coalesce(func.sum(days.data), 0),
            func.coalesce(func.sum(days.sms), 0),
            func.sum(known),
            func.max(days.day),
        )
        .where(days.sim.in_(sims), days.day.between(month, end_of(month)))
        .group_by(days.sim, days.membership)
    )
    await connection.execute(insert(USAGE_MONTHS).from_select(list(target.keys()), of_days))


async def _shift(
    connection: AsyncConnection, before: Days, changed: Days, namespaces: Mapping[int, str]
) -> None:
    shifts: dict[tuple[date, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for (sim, day), state in changed.items():
        was = before.get((sim, day))
        for sign, one in ((-1, was), (1, state)):
            if one is not None:
                shift = shifts[day, namespaces[one.membership]]
                for place, value in enumerate((one.data or 0, one.sms or 0, 1, int(one.known))):
                    shift[place] += sign * value
    names = ("data", "sms", "sims", "known")
    await add_to(
        connection,
        FLEET_DAYS,
        [
            {"day": day, "namespace": namespace, **dict(zip(names, shift, strict=True))}
            for (day, namespace), shift in shifts.items()
            if any(shift)
        ],
    )
