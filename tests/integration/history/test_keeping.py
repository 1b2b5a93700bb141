"""What is kept how long, what happened, records by the hour, and copies that can be put back."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sim_operator.history import (
    By,
    Happening,
    History,
    HistoryError,
    Hour,
    Keep,
    Part,
    Reading,
    Scope,
    open_history,
)
from tests.databases.postgresql import PostgreSQL
from tests.integration.history.told import ACCOUNT, FIRST, LAST, NOW, iccid, noon, reading

NAMESPACE = By.parse("namespace")


def record_of(
    number: int,
    at: datetime,
    volume: int = 10,
    service: str = "data",
    namespace: str = "plant-a",
) -> Part:
    return Part(iccid(1), number, service, at, at + timedelta(minutes=30), volume, namespace)


def event(at: datetime, name: str = "pump-01", count: int = 1) -> Happening:
    return Happening(
        at, "SIM", "plant-a", name, "uid-1", "Normal", "Reconciled", "Changed.", count=count
    )


def put_in_place(copy: Path, file: Path) -> None:
    """As the how-to says: the logs of the old file must not meet the new one."""
    for one in file.parent.glob(f"{file.name}*"):
        one.unlink()
    shutil.copy(copy, file)


async def test_days_go_by_whole_months_and_their_sums_with_them(history: History) -> None:
    await history.record(ACCOUNT, [reading(1, {3: (5, 1)}, labels={"old": "1"}, last=10)])
    december = date(2026, 12, 1)
    later = reading(1, at=noon(40), last=30)
    await history.record(ACCOUNT, [later])
    kept = Keep(days=timedelta(days=60))
    assert (await history.prune(noon(60), kept)).days == 0
    pruned = await history.prune(noon(31 + 61), kept)
    assert pruned.days == 30
    assert await history.sim_days(iccid(1), FIRST, LAST) == []
    assert await history.usage(FIRST, LAST, NAMESPACE, now=noon(92)) == []
    assert await history.days(FIRST, december, now=noon(92)) == []
    assert (await history.health()).oldest_day is None
    assert (await history.prune(noon(92), kept)).days == 0


async def test_what_comes_after_pruning_is_counted_anew(history: History) -> None:
    await history.record(ACCOUNT, [reading(1, {3: (5, 1)})])
    await history.prune(NOW + timedelta(days=400), Keep(days=timedelta(days=30)))
    await history.record(ACCOUNT, [reading(2, {4: (7, 1)}, namespace="b", labels={"x": "y"})])
    (row,) = await history.usage(FIRST, LAST, By.parse("label=x"), now=NOW)
    assert (row.group, row.data) == ("y", 7)


async def test_a_holder_that_went_lends_its_number_to_nobody(history: History) -> None:
    first, last = date(2027, 2, 1), date(2027, 2, 28)
    now = datetime(2027, 3, 5, tzinfo=UTC)

    def february(sim: int, namespace: str) -> Reading:
        told = reading(sim, at=now, namespace=namespace)
        return replace(told, first=first, last=last, days={first: (sim, 0)})

    await history.record(ACCOUNT, [february(1, "new")])
    await history.record(ACCOUNT, [reading(1, {3: (5, 1)}, namespace="old")])
    assert len(await history.usage(FIRST, last, NAMESPACE, now=now)) == 2
    assert (await history.prune(now, Keep(days=timedelta(days=40)))).days == 28
    await history.record(ACCOUNT, [february(2, "newest")])
    rows = await history.usage(FIRST, last, NAMESPACE, now=now)
    assert {row.group: row.data for row in rows} == {"new": 1, "newest": 2}


async def test_records_are_kept_once_and_read_by_the_hour(history: History) -> None:
    parts = [record_of(n, noon(3) + timedelta(minutes=20 * n), volume=n) for n in range(6)]
    parts.append(record_of(9, noon(3), 2, "sms"))
    for _ in range(2):
        await history.record_parts(ACCOUNT, parts)
    found = await history.hours(iccid(1), noon(3), noon(4))
    assert found == [Hour(noon(3), 3, 2), Hour(noon(3) + timedelta(hours=1), 12, 0)]
    assert await history.hours(iccid(2), noon(3), noon(4)) == []
    assert await history.usage(FIRST, LAST, NAMESPACE, now=NOW) == []


async def test_records_are_seen_by_the_namespace_that_held_the_sim_when_they_came(
    history: History,
) -> None:
    mine = [record_of(1, noon(3), 5), record_of(2, noon(3), 7, "sms")]
    theirs = [record_of(one, noon(3), 100, namespace="plant-b") for one in (2, 3)]
    await history.record_parts(ACCOUNT, mine)
    await history.record_parts(ACCOUNT, theirs)
    about = iccid(1), noon(3), noon(4)
    assert await history.hours(*about, Scope(frozenset({"plant-a"}))) == [Hour(noon(3), 5, 7)]
    assert await history.hours(*about, Scope(frozenset({"plant-b"}))) == [Hour(noon(3), 100, 0)]
    assert await history.hours(*about, Scope(frozenset())) == []
    assert await history.hours(*about) == [Hour(noon(3), 105, 7)]


async def test_records_go_after_ninety_days(history: History) -> None:
    await history.record_parts(ACCOUNT, [record_of(1, noon(3)), record_of(2, noon(4))])
    pruned = await history.prune(noon(4) + timedelta(days=90) - timedelta(hours=1), Keep())
    assert pruned.parts == 1
    assert [hour.start for hour in await history.hours(iccid(1), noon(1), noon(9))] == [noon(4)]


async def test_what_happened_is_kept_once_with_its_highest_count(history: History) -> None:
    await history.tell([event(noon(3)), event(noon(4)), event(noon(3), count=5)])
    await history.tell([event(noon(3), count=2)])
    await history.tell([])
    found = await history.timeline("plant-a", "pump-01")
    assert [(one.at, one.count) for one in found] == [(noon(4), 1), (noon(3), 5)]


async def test_a_timeline_is_read_page_by_page_from_its_newest(history: History) -> None:
    await history.tell([event(noon(day)) for day in range(1, 6)])
    await history.tell([event(noon(9), name="other")])
    page = await history.timeline("plant-a", "pump-01", 2)
    assert [one.at for one in page] == [noon(5), noon(4)]
    page = await history.timeline("plant-a", "pump-01", 2, before=page[-1].at)
    assert [one.at for one in page] == [noon(3), noon(2)]
    assert len(await history.timeline()) == 6
    assert await history.timeline(scope=Scope(frozenset({"plant-b"}))) == []


async def test_what_happened_goes_when_its_time_is_over(history: History) -> None:
    await history.tell([event(noon(1)), event(noon(20))])
    pruned = await history.prune(noon(25), Keep(happenings=timedelta(days=10)))
    assert pruned.happenings == 1
    assert [one.at for one in await history.timeline()] == [noon(20)]


async def test_its_health_tells_size_age_and_schema(history: History, url: str) -> None:
    empty = await history.health()
    assert (empty.sims, empty.last_reading, empty.oldest_day) == (0, None, None)
    await history.record(ACCOUNT, [reading(sim) for sim in range(300)])
    found = await history.health()
    assert found.kind == url.partition(":")[0]
    assert (found.sims, found.last_reading, found.oldest_day) == (300, NOW, FIRST)
    assert found.size > empty.size > 0


async def test_a_backup_is_made_while_others_write_and_can_be_put_in_place(tmp_path: Path) -> None:
    file, copy = tmp_path / "history.db", tmp_path / "copy" / "history.db"
    copy.parent.mkdir()
    async with open_history(f"sqlite:///{file}") as history:
        await history.record(ACCOUNT, [reading(1, {3: (5, 1)})])
        await history.backup(copy)
        await history.record(ACCOUNT, [reading(2, {3: (7, 1)})])
        await history.backup(copy)
        async with history._database.writing() as connection:
            await connection.exec_driver_sql("DELETE FROM usage_months")
            await history.backup(copy)
            await connection.rollback()
    assert [one.name for one in copy.parent.iterdir()] == ["history.db"]
    put_in_place(copy, file)
    async with open_history(f"sqlite:///{file}") as restored:
        (row,) = await restored.usage(FIRST, LAST, NAMESPACE, now=NOW)
        assert (row.data, row.sims) == (12, 2)


async def test_a_backup_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    async with open_history(f"sqlite:///{file}") as history:
        with pytest.raises(HistoryError, match="Check its folder"):
            await history.backup(tmp_path / "absent" / "copy.db")


async def test_a_server_is_copied_and_restored_by_its_own_tools(
    postgresql: PostgreSQL, tmp_path: Path
) -> None:
    url, dump = postgresql.database(), tmp_path / "history.dump"
    async with open_history(url) as history:
        await history.record(ACCOUNT, [reading(1, {3: (5, 1)})])
        with pytest.raises(HistoryError, match="pg_dump"):
            await history.backup(dump)
    source = url.rpartition("/")[2]
    postgresql.run("pg_dump", "--format=custom", f"--file={dump}", database=source)
    target = postgresql.database()
    postgresql.run("pg_restore", f"--dbname={target.rpartition('/')[2]}", str(dump))
    async with open_history(target) as restored:
        (row,) = await restored.usage(FIRST, LAST, NAMESPACE, now=NOW)
        assert (row.data, row.known_days) == (5, 28)
        await restored.record(ACCOUNT, [reading(2, {3: (7, 1)})])
        assert (await restored.health()).sims == 2
