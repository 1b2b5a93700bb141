"""What readings leave behind, on both databases."""

from datetime import date, timedelta

import pytest

from sim_operator.history import By, History, Scope
from tests.integration.history.told import (
    ACCOUNT,
    FIRST,
    LAST,
    NOW,
    iccid,
    noon,
    november,
    reading,
)

NAMESPACE = By.parse("namespace")


async def test_a_day_without_use_is_a_row_of_zeros_and_an_unread_day_is_none(
    history: History,
) -> None:
    await history.record(ACCOUNT, [reading(use={3: (500, 2)}, first=2, last=4)])
    rows = await history.sim_days(iccid(1), FIRST, LAST)
    assert [(row.day.day, row.data, row.sms) for row in rows] == [(2, 0, 0), (3, 500, 2), (4, 0, 0)]
    assert {row.read_at for row in rows} == {NOW}


async def test_the_same_reading_again_counts_once(history: History) -> None:
    for _ in range(3):
        await history.record(ACCOUNT, [reading(use={3: (500, 2)})] * 2)
    (row,) = await history.usage(FIRST, LAST, NAMESPACE, now=NOW)
    assert (row.data, row.sms, row.sims, row.known_days) == (500, 2, 1, 28)


async def test_a_later_reading_replaces_an_earlier_one_whichever_comes_first(
    history: History,
) -> None:
    early = reading(use={3: (500, 2)}, at=noon(4), first=3, last=3)
    late = reading(use={3: (700, 3)}, at=noon(5), first=3, last=3)
    await history.record(ACCOUNT, [late])
    await history.record(ACCOUNT, [early])
    (day,) = await history.sim_days(iccid(1), FIRST, LAST)
    assert (day.data, day.sms, day.read_at) == (700, 3, noon(5))


async def test_days_that_had_not_begun_when_they_were_asked_for_are_not_taken_for_idle(
    history: History,
) -> None:
    await history.record(ACCOUNT, [reading(at=noon(10), first=9, last=30)])
    rows = await history.sim_days(iccid(1), FIRST, LAST)
    assert [row.day.day for row in rows] == [9, 10]


async def test_a_day_is_final_when_it_was_read_three_days_after_its_end(history: History) -> None:
    await history.record(ACCOUNT, [reading(at=noon(10), first=1, last=9)])
    rows = await history.sim_days(iccid(1), FIRST, LAST)
    assert [row.day.day for row in rows if row.final] == [1, 2, 3, 4, 5, 6]


async def test_use_that_1nce_did_not_tell_is_unknown_and_not_zero(history: History) -> None:
    await history.record(ACCOUNT, [reading(use={3: (None, 1), 4: (5, None)}, first=3, last=5)])
    rows = await history.sim_days(iccid(1), FIRST, LAST)
    assert [(row.data, row.sms) for row in rows] == [(None, 1), (5, None), (0, 0)]
    (row,) = await history.usage(november(3), november(5), NAMESPACE, now=NOW)
    assert (row.data, row.sms, row.known_days, row.missing_days) == (5, 1, 1, 2)


async def test_a_card_counts_once_though_a_second_account_reads_it_too(history: History) -> None:
    await history.record(ACCOUNT, [reading(use={3: (500, 0)}, at=noon(20), last=19)])
    await history.record("plant-b/default", [reading(use={3: (500, 0)}, at=noon(21), last=20)])
    rows = await history.usage(FIRST, LAST, By.parse("account"), now=NOW)
    assert sum(row.data for row in rows) == 500
    assert {row.group: row.known_days for row in rows} == {ACCOUNT: 19, "plant-b/default": 1}


async def test_a_day_belongs_to_the_namespace_that_held_the_sim_when_it_was_first_read(
    history: History,
) -> None:
    before = reading(use={1: (10, 0), 2: (20, 0)}, at=noon(3), last=2, namespace="plant-a")
    after = reading(use={1: (11, 0), 2: (20, 0), 3: (40, 0)}, at=noon(4), last=3, namespace="b")
    await history.record(ACCOUNT, [after])
    await history.record(ACCOUNT, [before])
    rows = await history.usage(november(1), november(3), NAMESPACE, now=NOW)
    assert {row.group: row.data for row in rows} == {"plant-a": 31, "b": 40}


async def test_a_scope_shows_the_days_of_its_namespaces_only(history: History) -> None:
    await history.record(ACCOUNT, [reading(use={1: (10, 0)}, at=noon(2), last=1)])
    await history.record(
        ACCOUNT, [reading(use={2: (40, 0)}, at=noon(3), first=2, last=2, namespace="b")]
    )
    scope = Scope(frozenset({"b"}))
    days = [row.day for row in await history.sim_days(iccid(1), FIRST, LAST, scope)]
    assert days == [november(2)]
    for by in ("namespace", "sim", "month", "account", "label=team", "policy", "day"):
        rows = await history.usage(november(1), november(2), By.parse(by), scope, now=noon(3))
        assert [(row.data, row.missing_days) for row in rows] == [(40, 0)], by
    nothing = Scope(frozenset())
    assert await history.usage(FIRST, LAST, NAMESPACE, nothing, now=NOW) == []
    assert await history.days(FIRST, LAST, nothing, now=NOW) == []


async def test_labels_and_policies_are_those_of_the_time(history: History) -> None:
    await history.record(
        ACCOUNT,
        [
            reading(1, {1: (1, 0)}, at=noon(2), last=1, labels={"team": "north"}, policy="pumps"),
            reading(1, {2: (2, 0)}, at=noon(3), first=2, last=2, labels={"team": "south"}),
        ],
    )
    by_label = await history.usage(november(1), november(2), By.parse("label=team"), now=NOW)
    assert {row.group: row.data for row in by_label} == {"north": 1, "south": 2}
    by_policy = await history.usage(november(1), november(2), By.parse("policy"), now=NOW)
    assert {row.group: row.data for row in by_policy} == {"pumps": 1, "": 2}


async def test_the_heaviest_sims_come_first_with_the_name_that_they_had(history: History) -> None:
    await history.record(ACCOUNT, [reading(sim, {3: (sim * 10, 0)}) for sim in range(1, 6)])
    rows = await history.top(FIRST, LAST, 2, now=NOW)
    assert [(row.group, row.name, row.data) for row in rows] == [
        (iccid(5), "sim-5", 50),
        (iccid(4), "sim-4", 40),
    ]


async def test_the_heaviest_sims_of_a_scope_are_those_that_used_most_in_it(
    history: History,
) -> None:
    await history.record(
        ACCOUNT,
        [
            reading(1, {1: (900, 0)}, at=noon(2), last=1, namespace="b"),
            reading(1, {2: (10, 0)}, at=noon(3), first=2, last=2),
            reading(2, {2: (50, 0)}, at=noon(3), first=2, last=2),
        ],
    )
    scope = Scope(frozenset({"plant-a"}))
    rows = await history.top(FIRST, november(2), 1, scope, now=noon(3))
    assert [(row.group, row.data, row.missing_days) for row in rows] == [(iccid(2), 50, 0)]
    every = await history.usage(FIRST, november(2), By.parse("sim"), scope, now=noon(3))
    by_data = sorted(every, key=lambda row: -row.data)
    assert await history.top(FIRST, november(2), 9, scope, now=noon(3)) == by_data


async def test_more_sims_than_a_statement_takes_are_written_at_once(history: History) -> None:
    await history.record(
        ACCOUNT, [reading(sim, {3: (1, 1)}, first=3, last=3) for sim in range(1201)]
    )
    (row,) = await history.usage(november(3), november(3), NAMESPACE, now=noon(4))
    assert (row.data, row.sims, row.known_days, row.missing_days) == (1201, 1201, 1201, 0)
    found = await history.missing(
        ACCOUNT, november(3), november(4), [iccid(n) for n in range(1201)], noon(30)
    )
    assert set(found.values()) == {(november(4), november(4))}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"iccid": "123"}, "19 digits"),
        ({"first": date(2026, 11, 29), "last": date(2026, 11, 1)}, "no range"),
        ({"last": date(2028, 1, 1)}, "at most 400 days"),
        ({"days": {date(2026, 12, 24): (1, 1)}}, "lies outside"),
        ({"days": {date(2026, 11, 2): (-1, 1)}}, "number from 0"),
        ({"days": {date(2026, 11, 2): (2**60, 1)}}, "number from 0"),
        ({"read_at": NOW.replace(tzinfo=None)}, "no zone"),
    ],
)
def test_a_reading_that_no_ledger_could_hold_is_refused(
    changes: dict[str, object], says: str
) -> None:
    fields = {name: getattr(reading(), name) for name in reading().__slots__}
    with pytest.raises(ValueError, match=says):
        type(reading())(**fields | changes)


async def test_a_reading_in_fractions_of_a_second_is_known_again(history: History) -> None:
    one = reading(at=NOW + timedelta(microseconds=123456))
    await history.record(ACCOUNT, [one])
    await history.record(ACCOUNT, [one])
    rows = await history.sim_days(iccid(1), FIRST, LAST)
    assert {row.read_at for row in rows} == {NOW}


async def test_the_use_of_many_sims_is_told_day_by_day_and_of_unknown_ones_not(
    history: History,
) -> None:
    await history.record(
        ACCOUNT, [reading(sim, {4: (sim, None)}, first=3, last=5) for sim in range(700)]
    )
    found = await history.use_of([iccid(sim) for sim in range(702)], november(4), november(9))
    assert found == {
        iccid(sim): {november(4): (sim, None), november(5): (0, 0)} for sim in range(700)
    }
