"""What is not known: which days, whose, and that they are asked for again."""

from datetime import timedelta

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


async def test_a_sim_that_was_never_read_misses_every_day_up_to_today(history: History) -> None:
    found = await history.missing(ACCOUNT, FIRST, november(30), [iccid(7)], NOW)
    assert found == {iccid(7): (FIRST, NOW.date())}
    ahead = await history.missing(ACCOUNT, november(30), november(30), [iccid(7)], NOW)
    assert ahead == {}


async def test_a_sim_whose_days_were_all_read_misses_none(history: History) -> None:
    await history.record(ACCOUNT, [reading(at=NOW)])
    assert await history.missing(ACCOUNT, FIRST, november(28), [iccid(1)], NOW) == {}


async def test_days_before_and_after_what_was_read_are_missing(history: History) -> None:
    await history.record(ACCOUNT, [reading(1, first=5, last=28), reading(2, first=1, last=20)])
    await history.record(ACCOUNT, [reading(3, first=5, last=20)])
    found = await history.missing(
        ACCOUNT, FIRST, november(28), [iccid(sim) for sim in (1, 2, 3)], NOW
    )
    assert found == {
        iccid(1): (november(1), november(4)),
        iccid(2): (november(21), november(28)),
        iccid(3): (november(1), november(28)),
    }


async def test_a_hole_between_days_is_found_from_its_first_day_to_its_last(
    history: History,
) -> None:
    await history.record(ACCOUNT, [reading(first=1, last=5), reading(first=9, last=12)])
    await history.record(ACCOUNT, [reading(first=15, last=28)])
    found = await history.missing(ACCOUNT, FIRST, november(28), [iccid(1)], NOW)
    assert found == {iccid(1): (november(6), november(14))}


async def test_a_day_that_is_not_final_is_missing_again_a_day_after_it_was_read(
    history: History,
) -> None:
    await history.record(ACCOUNT, [reading(at=noon(29), first=1, last=28)])
    soon = noon(29) + timedelta(hours=23, minutes=59)
    assert await history.missing(ACCOUNT, FIRST, november(28), [iccid(1)], soon) == {}
    found = await history.missing(ACCOUNT, FIRST, november(28), [iccid(1)], noon(30))
    # The 25th ended on the 26th, three days before noon of the 29th.
    assert found == {iccid(1): (november(26), november(28))}


async def test_days_that_another_account_told_are_read_once_more(history: History) -> None:
    await history.record("plant-b/old", [reading()])
    found = await history.missing(ACCOUNT, FIRST, november(28), [iccid(1)], NOW)
    assert found == {iccid(1): (FIRST, november(28))}
    await history.record(ACCOUNT, [reading(at=NOW + timedelta(seconds=1))])
    assert await history.missing(ACCOUNT, FIRST, november(28), [iccid(1)], NOW) == {}


async def test_unread_days_between_read_ones_are_counted_as_missing(history: History) -> None:
    await history.record(ACCOUNT, [reading(first=1, last=10), reading(first=16, last=28)])
    (row,) = await history.usage(FIRST, LAST, NAMESPACE, now=NOW)
    assert (row.sims, row.known_days, row.missing_days) == (1, 23, 5)
    for scope in (Scope(), Scope(frozenset({"plant-a"}))):
        rows = await history.days(FIRST, LAST, scope, now=NOW)
        missing = [row.group for row in rows if row.missing_days]
        assert missing == [f"2026-11-{day}" for day in range(11, 16)]
        assert all(row.sims == 1 for row in rows)


async def test_days_before_a_sim_was_first_read_are_no_gap(history: History) -> None:
    await history.record(ACCOUNT, [reading(first=20, last=28)])
    (row,) = await history.usage(FIRST, LAST, NAMESPACE, now=NOW)
    assert (row.known_days, row.missing_days) == (9, 0)


async def test_a_sim_that_is_no_longer_read_is_missed_for_a_month_and_then_gone(
    history: History,
) -> None:
    await history.record(ACCOUNT, [reading(first=1, last=20, at=noon(21))])
    (row,) = await history.usage(FIRST, LAST, NAMESPACE, now=NOW)
    assert (row.known_days, row.missing_days) == (20, 8)
    much_later = NOW + timedelta(days=200)
    (row,) = await history.usage(FIRST, LAST, NAMESPACE, now=much_later)
    assert (row.known_days, row.missing_days) == (20, 10)
    december = november(30) + timedelta(days=1)
    (row,) = await history.usage(december, december.replace(day=31), NAMESPACE, now=much_later)
    assert (row.sims, row.known_days, row.missing_days) == (1, 0, 21)
    assert (
        await history.usage(
            december.replace(year=2027), december.replace(year=2027), NAMESPACE, now=much_later
        )
        == []
    )


async def test_a_missing_day_belongs_to_who_held_the_sim_last_in_that_month(
    history: History,
) -> None:
    await history.record(ACCOUNT, [reading(first=1, last=5, at=noon(6), namespace="a")])
    await history.record(ACCOUNT, [reading(first=8, last=28, at=noon(29), namespace="b")])
    rows = await history.usage(FIRST, LAST, NAMESPACE, now=NOW)
    assert {row.group: row.missing_days for row in rows} == {"a": 0, "b": 2}
    for namespace, missing in (("a", {}), ("b", {"2026-11-06": 1, "2026-11-07": 1})):
        days = await history.days(FIRST, LAST, Scope(frozenset({namespace})), now=NOW)
        assert {row.group: row.missing_days for row in days if row.missing_days} == missing
