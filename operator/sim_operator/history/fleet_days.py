"""The days of a fleet: sums that lie ready, and beside them what is not known of each day."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from sim_operator.history.adding import Gap, gaps
from sim_operator.history.cards import Holders
from sim_operator.history.model import DAY, Scope, UsageRow
from sim_operator.history.spans import Card, months
from sim_operator.history.tables import FLEET_DAYS, USAGE_DAYS
from sim_operator.history.upserting import BATCH
from sim_operator.history.usage import cards_of, parts_of


async def fleet_days(
    connection: AsyncConnection,
    holders: Holders,
    first: date,
    last: date,
    scope: Scope,
    today: date,
) -> list[UsageRow]:
    """One row for each day on which something is known, or known to be missing."""
    columns = FLEET_DAYS.c
    wanted = select(
        columns.day,
        func.sum(columns.data),
        func.sum(columns.sms),
        func.sum(columns.sims),
        func.sum(columns.known),
    ).where(columns.day.between(first, last))
    if scope.namespaces is not None:
        wanted = wanted.where(columns.namespace.in_(scope.namespaces))
    rows = await connection.execute(wanted.group_by(columns.day))
    sums = {day: [int(value) for value in values] for day, *values in rows}
    cards = await cards_of(connection, first, last)
    if scope.namespaces is None:
        known = {day: values[3] for day, values in sums.items()}
        holes = Counter(_short(cards, known, first, last, today))
    else:
        holes = await _missing(connection, holders, cards, first, last, scope, today)
    days = sorted({day for day, values in sums.items() if values[2]} | set(+holes))
    return [_row(day, sums.get(day, [0, 0, 0, 0]), holes[day]) for day in days]


def _row(day: date, sums: list[int], missing: int) -> UsageRow:
    data, sms, sims, known = sums
    # A SIM that was read without an answer is among those read and among those missing.
    return UsageRow(day.isoformat(), data, sms, max(sims, known + missing), known, missing)


def _short(
    cards: Mapping[int, Card], known: Mapping[date, int], first: date, last: date, today: date
) -> dict[date, int]:
    """Of the whole fleet: how many SIMs fewer are known on each day than are expected."""
    turns: Counter[date] = Counter()
    for card in cards.values():
        turns[max(card.first_day, first)] += 1
        turns[card.expected_to(today) + DAY] -= 1
    expected, day, short = 0, first, {}
    while day <= last:
        expected += turns[day]
        short[day] = expected - known.get(day, 0)
        day += DAY
    return short


async def _missing(
    connection: AsyncConnection,
    holders: Holders,
    cards: Mapping[int, Card],
    first: date,
    last: date,
    scope: Scope,
    today: date,
) -> Counter[date]:
    """Of some namespaces: only the SIMs that lack days are looked at, day by day."""
    known = await holders.refresh(connection)
    spans = list(months(first, last))
    parts = await parts_of(connection, spans, today)
    holes = [
        gap
        for gap in gaps(parts, cards, spans, today)
        if scope.holds(known[gap.membership].namespace)
    ]
    found: Counter[date] = Counter()
    for start in range(0, len(holes), BATCH):
        batch = holes[start : start + BATCH]
        told = await _told(connection, {gap.sim for gap in batch}, first, last)
        for gap in batch:
            found.update(_unknown(gap, cards[gap.sim], told, today))
    return found


async def _told(
    connection: AsyncConnection, sims: set[int], first: date, last: date
) -> set[tuple[int, date]]:
    days = USAGE_DAYS.c
    rows = await connection.execute(
        select(days.sim, days.day).where(
            days.sim.in_(sims),
            days.day.between(first, last),
            days.data.is_not(None),
            days.sms.is_not(None),
        )
    )
    return {(sim, day) for sim, day in rows}


def _unknown(gap: Gap, card: Card, told: set[tuple[int, date]], today: date) -> Iterator[date]:
    day = max(gap.span.first, card.first_day)
    while day <= min(gap.span.last, card.expected_to(today)):
        if (gap.sim, day) not in told:
            yield day
        day += DAY
