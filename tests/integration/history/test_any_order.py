"""Readings in any order, in any pieces and as often as one likes: always the same sums.

The other side of the comparison is a model that looks at every reading for every single day.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from sim_operator.history import By, History, Reading, Scope, UsageRow
from sim_operator.history.tables import METADATA
from tests.integration.history.told import ACCOUNT, noon, november, reading

NOW = noon(45)
"""In December, so that readings of November's last days are old."""
NAMESPACE = By.parse("namespace")
FIRST, LAST = november(1), date(2026, 12, 31)
SCOPES = (Scope(), Scope(frozenset({"a"})), Scope(frozenset({"b", "c"})))

figures = st.tuples(
    st.none() | st.integers(0, 1000),
    st.none() | st.integers(0, 9),
)


@st.composite
def told(draw: st.DrawFn) -> list[Reading]:
    """Readings of three SIMs, no two at one time, some of days that others told already."""
    readings = []
    for number in range(draw(st.integers(1, 6))):
        first = draw(st.integers(1, 26))
        last = min(30, first + draw(st.integers(0, 9)))
        days = draw(st.sets(st.integers(first, last), max_size=4))
        at = noon(last) + timedelta(days=draw(st.integers(0, 5)), seconds=number)
        readings.append(
            reading(
                draw(st.integers(1, 3)),
                {day: draw(figures) for day in sorted(days)},
                at=at,
                first=first,
                last=last,
                namespace=draw(st.sampled_from("abc")),
            )
        )
    return readings


@st.composite
def delivered(draw: st.DrawFn) -> tuple[list[Reading], list[list[Reading]]]:
    """Readings, and them in another order, some repeated, cut into deliveries."""
    readings = draw(told())
    again = draw(st.lists(st.sampled_from(readings), max_size=4))
    mixed = draw(st.permutations(readings + again))
    cuts = sorted(draw(st.sets(st.integers(1, len(mixed)), max_size=3)))
    return readings, [mixed[start:end] for start, end in pairwise([0, *cuts, len(mixed)])]


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(case=delivered())
async def test_order_and_repetition_change_no_sum_and_gaps_stay_gaps(
    history: History, case: tuple[list[Reading], list[list[Reading]]]
) -> None:
    readings, deliveries = case
    await emptied(history)
    for one in deliveries:
        await history.record(ACCOUNT, one)
    sims = sorted({one.iccid for one in readings})
    for now in (noon(22), noon(26), NOW):
        found = await history.missing(ACCOUNT, november(2), november(25), sims, now)
        assert found == unsettled(readings, november(2), november(25), now)
    for first, last in ((FIRST, LAST), (november(5), november(20)), (november(12), LAST)):
        model = Model(readings, first, last)
        for scope in SCOPES:
            rows = await history.usage(first, last, NAMESPACE, scope, now=NOW)
            sums = {
                row.group: (row.data, row.sms, row.known_days, row.missing_days) for row in rows
            }
            assert sums == model.by_namespace(scope)
            days = await history.days(first, last, scope, now=NOW)
            assert {
                row.group: (row.data, row.sms, row.known_days, row.missing_days) for row in days
            } == model.by_day(scope)


async def emptied(history: History) -> None:
    async with history._database.writing() as connection:
        for table in reversed(METADATA.sorted_tables):
            await connection.execute(delete(table))


class Model:
    """Every day of every SIM, by what was read of it."""

    def __init__(self, readings: Sequence[Reading], first: date, last: date) -> None:
        self.days: list[tuple[date, str, int, int, int, int]] = []
        """Day, namespace, data, SMS, 1 if known, 1 if missing."""
        for sim in {one.iccid for one in readings}:
            self._add([one for one in readings if one.iccid == sim], first, last)

    def _add(self, readings: list[Reading], first: date, last: date) -> None:
        read = {day for one in readings for day in span(one.first, one.last)}
        newest_day = max(read)
        end = max(newest_day, min(NOW.date() - timedelta(days=1), newest_day + timedelta(days=31)))
        newest = max(readings, key=read_at)
        for day in span(first, last):
            telling = [one for one in readings if one.first <= day <= one.last]
            if telling:
                data, sms = max(telling, key=read_at).days.get(day, (0, 0))
                known = data is not None and sms is not None
                owner = min(telling, key=read_at).namespace
                self.days.append((day, owner, data or 0, sms or 0, int(known), 0))
                missing = not known
            else:
                missing = min(read) <= day <= end
            if missing:
                month = [
                    other
                    for other in sorted(read)
                    if first <= other <= last and other.month == day.month
                ]
                holder = newest
                if month:
                    holder = min(
                        (one for one in readings if one.first <= month[-1] <= one.last),
                        key=read_at,
                    )
                self.days.append((day, holder.namespace, 0, 0, 0, 1))

    def by_namespace(self, scope: Scope) -> dict[str, tuple[int, ...]]:
        return self._sums(scope, 1)

    def by_day(self, scope: Scope) -> dict[str, tuple[int, ...]]:
        return self._sums(scope, 0)

    def _sums(self, scope: Scope, place: int) -> dict[str, tuple[int, ...]]:
        sums: dict[str, Counter[int]] = {}
        for day in self.days:
            if scope.holds(day[1]):
                one = sums.setdefault(str(day[place]), Counter())
                for number, value in enumerate(day[2:]):
                    one[number] += value
        return {group: tuple(one[number] for number in range(4)) for group, one in sums.items()}


def unsettled(
    readings: Sequence[Reading], first: date, last: date, now: datetime
) -> dict[str, tuple[date, date]]:
    """The first and the last day of each SIM that is to be read."""
    found = {}
    for sim in {one.iccid for one in readings}:
        days = []
        for day in span(first, min(last, now.date())):
            end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
            read = [
                one.read_at for one in readings if one.iccid == sim and one.first <= day <= one.last
            ]
            final = bool(read) and max(read) >= end + timedelta(days=3)
            if not read or (not final and now - max(read) >= timedelta(days=1)):
                days.append(day)
        if days:
            found[sim] = (days[0], days[-1])
    return found


def span(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def read_at(one: Reading) -> datetime:
    return one.read_at


@pytest.mark.parametrize("by", ["sim", "month", "account", "policy", "label=team", "day"])
async def test_every_dimension_adds_up_to_the_same(history: History, by: str) -> None:
    await history.record(
        ACCOUNT,
        [
            reading(sim, {5: (sim, 1), 6: (None, 1)}, labels={"team": str(sim % 2)}, policy="p")
            for sim in range(1, 8)
        ],
    )
    rows = await history.usage(FIRST, LAST, By.parse(by), now=noon(29))
    sums = [sum(column) for column in zip(*map(figures_of, rows), strict=True)]
    assert sums == [28, 14, 7 * 27, 7]


def figures_of(row: UsageRow) -> tuple[int, int, int, int]:
    return row.data, row.sms, row.known_days, row.missing_days
