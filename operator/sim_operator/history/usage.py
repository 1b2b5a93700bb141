"""Who used what: read from the sums where a month is whole, from the ledger at the edges."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from heapq import nlargest

from sqlalchemy import and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from sim_operator.history.adding import Part, added, gaps
from sim_operator.history.cards import Holders
from sim_operator.history.model import By, DayRow, Dimension, Scope, UsageRow, Use
from sim_operator.history.spans import LINGERS, Card, Span, months
from sim_operator.history.tables import MEMBERSHIPS, SIMS, USAGE_DAYS, USAGE_MONTHS
from sim_operator.history.upserting import BATCH


async def usage(
    connection: AsyncConnection,
    holders: Holders,
    first: date,
    last: date,
    by: By,
    scope: Scope,
    today: date,
) -> list[UsageRow]:
    """The groups of a range of days, by name; for days see `fleet_days`."""
    spans = list(months(first, last))
    cards = await cards_of(connection, first, last)
    known = await holders.refresh(connection)
    parts = await parts_of(connection, spans, today)
    holes = gaps(parts, cards, spans, today)
    return added(parts, holes, known, cards, by, scope)


async def top(
    connection: AsyncConnection,
    holders: Holders,
    first: date,
    last: date,
    limit: int,
    scope: Scope,
    today: date,
) -> list[UsageRow]:
    """The SIMs that used most data in a range, those first; as `usage` by SIM has them."""
    spans = list(months(first, last))
    known = await holders.refresh(connection)
    parts = await parts_of(connection, spans, today)
    data: Counter[int] = Counter()
    for part in parts:
        if scope.holds(known[part.membership].namespace):
            data[part.sim] += part.data
    heaviest = {sim for sim, _ in nlargest(limit, data.items(), key=lambda one: (one[1], -one[0]))}
    cards = await cards_of(connection, first, last, heaviest)
    parts = [part for part in parts if part.sim in heaviest]
    holes = gaps(parts, cards, spans, today)
    rows = added(parts, holes, known, cards, By(Dimension.SIM), scope)
    return sorted(rows, key=lambda row: (-row.data, -row.sms, row.group))


async def cards_of(
    connection: AsyncConnection, first: date, last: date, only: Collection[int] | None = None
) -> dict[int, Card]:
    """The SIMs that may have been read in a range of days; `only` those of some numbers."""
    columns = SIMS.c
    wanted = select(
        columns.id, columns.iccid, columns.first_day, columns.last_day, columns.membership
    ).where(columns.first_day <= last, columns.last_day >= first - LINGERS)
    if only is not None:
        wanted = wanted.where(columns.id.in_(only))
    rows = await connection.execute(wanted)
    return {number: Card(*rest) for number, *rest in rows.all()}


async def parts_of(connection: AsyncConnection, spans: Sequence[Span], today: date) -> list[Part]:
    """The sums of SIMs and holders in each span."""
    parts: list[Part] = []
    for span in spans:
        parts += await (_month if span.whole(today) else _edge)(connection, span)
    return parts


async def _month(connection: AsyncConnection, span: Span) -> Iterable[Part]:
    columns = USAGE_MONTHS.c
    rows = await connection.execute(
        select(
            columns.sim,
            columns.membership,
            columns.data,
            columns.sms,
            columns.known,
            columns.last_day,
        ).where(columns.month == span.month)
    )
    return [Part(span, *row) for row in rows.all()]


async def _edge(connection: AsyncConnection, span: Span) -> Iterable[Part]:
    days = USAGE_DAYS.c
    known = case((and_(days.data.is_not(None), days.sms.is_not(None)), 1), else_=0)
    rows = await connection.execute(
        select(
            days.sim,
            days.membership,
            func.coalesce(func.sum(days.data), 0),
            func.coalesce(func.sum(days.sms), 0),
            func.sum(known),
            func.max(days.day),
        )
        # The ledger lies SIM by SIM: from the SIMs each stretch of days is found at once.
        .select_from(SIMS.join(USAGE_DAYS, days.sim == SIMS.c.id))
        .where(days.day.between(span.first, span.last))
        .group_by(days.sim, days.membership)
    )
    return [
        Part(span, sim, membership, int(data), int(sms), int(count), day)
        for sim, membership, data, sms, count, day in rows.all()
    ]


async def sim_days(
    connection: AsyncConnection, iccid: str, first: date, last: date, scope: Scope
) -> list[DayRow]:
    """What is known of one SIM, day by day; a day that is not there was not read."""
    days = USAGE_DAYS.c
    wanted = (
        select(days.day, days.data, days.sms, days.read_at, days.final)
        .join(SIMS, SIMS.c.id == days.sim)
        .where(SIMS.c.iccid == iccid, days.day.between(first, last))
        .order_by(days.day)
    )
    if scope.namespaces is not None:
        wanted = wanted.join(MEMBERSHIPS, MEMBERSHIPS.c.id == days.membership).where(
            MEMBERSHIPS.c.namespace.in_(scope.namespaces)
        )
    return [DayRow(*row) for row in await connection.execute(wanted)]


async def use_of(
    connection: AsyncConnection, iccids: Sequence[str], first: date, last: date
) -> dict[str, dict[date, Use]]:
    """The days of many SIMs; those that were not read are left out."""
    days = USAGE_DAYS.c
    found: dict[str, dict[date, Use]] = {}
    for start in range(0, len(iccids), BATCH):
        rows = await connection.execute(
            select(SIMS.c.iccid, days.day, days.data, days.sms)
            .join(SIMS, SIMS.c.id == days.sim)
            .where(SIMS.c.iccid.in_(iccids[start : start + BATCH]), days.day.between(first, last))
        )
        for iccid, day, data, sms in rows:
            found.setdefault(iccid, {})[day] = (data, sms)
    return found
