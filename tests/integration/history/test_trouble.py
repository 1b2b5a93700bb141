"""A database that is full, damaged, locked or away: what is said, and what lasts."""

import asyncio
import os
import sqlite3
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import event, text

from sim_operator.history import (
    By,
    CorruptError,
    DatabaseAddressError,
    FullError,
    History,
    HistoryError,
    UnavailableError,
    open_history,
)
from sim_operator.history import database as databases
from tests.cluster.control_plane import free_port
from tests.databases.postgresql import PostgreSQL
from tests.integration.history.told import ACCOUNT, FIRST, LAST, NOW, iccid, reading


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


async def test_a_full_volume_is_told_and_what_was_written_stays_readable(tmp_path: Path) -> None:
    async with open_history(url_of(tmp_path / "history.db")) as history:
        await history.record(ACCOUNT, [reading(1, {3: (5, 1)})])
        # SQLite's own limit of pages answers as a full disk does.
        writer = history._database._writer
        async with writer.connect() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar()
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(FullError, match="Make it larger"):
            await history.record(ACCOUNT, [reading(sim) for sim in range(500)])
        (row,) = await history.usage(FIRST, LAST, By.parse("namespace"), now=NOW)
        assert (row.data, row.sims) == (5, 1)
        async with writer.connect() as connection:
            await connection.exec_driver_sql(f"PRAGMA max_page_count = {2**30}")
        await history.record(ACCOUNT, [reading(sim) for sim in range(500)])
        assert (await history.health()).sims == 500


async def test_more_questions_than_connections_wait_and_then_are_refused(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = history._database._readers.sync_engine.pool
    monkeypatch.setattr(pool, "_timeout", 0.1)
    with pytest.raises(UnavailableError, match="too much at once"):
        await hold(history, 20)
    assert (await history.health()).sims == 0


async def hold(history: History, connections: int) -> None:
    async with AsyncExitStack() as held:
        for _ in range(connections):
            await held.enter_async_context(history._database.reading())


async def test_a_file_that_is_no_database_is_told_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    file.write_bytes(b"not a database, but long enough to be asked" * 100)
    before = file.read_bytes()
    with pytest.raises(CorruptError, match="Restore it from a backup"):
        async with open_history(url_of(file)):
            pass
    assert file.read_bytes() == before


async def test_a_damaged_page_is_told(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    async with open_history(url_of(file)) as history:
        await history.record(ACCOUNT, [reading(sim, {3: (5, 1)}) for sim in range(200)])
    with file.open("r+b") as opened:
        size = file.stat().st_size
        for page in range(4096 * 2, size, 4096):
            opened.seek(page)
            opened.write(b"\\xff" * 64)
    with pytest.raises(CorruptError):
        async with open_history(url_of(file)) as history:
            await history.usage(FIRST, LAST, By.parse("sim"), now=NOW)


async def test_a_database_that_another_process_writes_is_busy_and_not_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "_BUSY_SECONDS", 0)
    file = tmp_path / "history.db"
    async with open_history(url_of(file)) as history:
        with closing(sqlite3.connect(file, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(UnavailableError, match="Only one console"):
                await history.record(ACCOUNT, [reading()])
            other.execute("ROLLBACK")
        await history.record(ACCOUNT, [reading()])
        assert len(await history.sim_days(iccid(1), FIRST, LAST)) == 28


async def test_readers_do_not_wait_for_a_writer(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    async with open_history(url_of(file)) as history:
        await history.record(ACCOUNT, [reading()])
        async with history._database.writing() as connection:
            await connection.exec_driver_sql("DELETE FROM usage_days")
            assert len(await history.sim_days(iccid(1), FIRST, LAST)) == 28


async def test_a_question_is_answered_from_one_moment_though_others_write(url: str) -> None:
    async with open_history(url) as history:
        await history.record(ACCOUNT, [reading(1)])
        async with history._database.reading() as connection:
            count = text("SELECT count(*) FROM usage_days")
            assert await connection.scalar(count) == 28
            await history.record(ACCOUNT, [reading(2)])
            assert await connection.scalar(count) == 28
        async with history._database.reading() as connection:
            assert await connection.scalar(count) == 56


async def test_whoever_reads_cannot_write(url: str) -> None:
    async with open_history(url) as history:
        with pytest.raises(HistoryError, match="read"):
            async with history._database.reading() as connection:
                await connection.execute(text("DELETE FROM sims"))


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="Make it, or mount the volume"):
        async with open_history(url_of(tmp_path / "absent" / "history.db")):
            pass


async def test_a_server_that_is_away_is_told_without_the_password() -> None:
    url = f"postgresql://keeper:hunter2@127.0.0.1:{free_port()}/history"
    with pytest.raises(UnavailableError, match="does not answer") as caught:
        async with open_history(url):
            pass
    assert "hunter2" not in str(caught.value)
    assert "keeper" not in str(caught.value)


async def test_a_wrong_password_and_an_absent_database_are_told_apart(
    postgresql: PostgreSQL,
) -> None:
    good = postgresql.url()
    wrong = good.replace("://postgres:", "://postgres:wrong")
    with pytest.raises(UnavailableError, match="refuses the user or the password"):
        async with open_history(wrong):
            pass
    with pytest.raises(UnavailableError, match="Create the database"):
        async with open_history(f"{good}_absent"):
            pass


async def test_a_connection_that_broke_is_made_anew(postgresql: PostgreSQL) -> None:
    url = postgresql.database()
    name = url.rpartition("/")[2]
    async with open_history(url) as history:
        await history.record(ACCOUNT, [reading()])
        postgresql.run(
            "psql",
            "--command",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",  # noqa: S608
        )
        assert len(await history.sim_days(iccid(1), FIRST, LAST)) == 28


async def test_two_writers_that_overlap_lose_nothing(url: str) -> None:
    async with open_history(url) as one, open_history(url) as other:
        await asyncio.gather(
            *(
                history.record(ACCOUNT, [reading(sim, {3: (1, 0)}) for sim in range(20)])
                for history in (one, other, one, other)
            )
        )
        (row,) = await one.usage(FIRST, LAST, By.parse("namespace"), now=NOW)
        assert (row.data, row.sims) == (20, 20)
        days = await other.days(FIRST, LAST, now=NOW)
        assert {day.group: day.data for day in days if day.data} == {"2026-11-03": 20}


async def test_a_delivery_that_fails_half_way_leaves_nothing(history: History) -> None:
    statements = 0

    def fail(*_: object) -> None:
        nonlocal statements
        statements += 1
        if statements == 6:
            raise OSError("the machine is out of something")

    engine = history._database._writer.sync_engine
    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(UnavailableError, match="out of something"):
        await history.record(ACCOUNT, [reading()])
    event.remove(engine, "before_cursor_execute", fail)
    assert (await history.health()).sims == 0
    assert await history.days(FIRST, LAST, now=NOW) == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://u:hunter2@host/db", "no database URL"),
        ("sqlite://", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("sqlite://host/file.db", "neither host nor options"),
        ("postgresql://u:hunter2@host", "lacks a host or a database"),
        ("postgresql://u:hunter2@host/db?options=-c", "not known: options"),
        ("postgresql://u:hunter2@host/db?sslmode=maybe", "sslmode is none of"),
        ("postgresql://u:hunter2@host:port/db", "port cannot be read"),
        ("", "no database URL"),
    ],
)
async def test_a_url_that_names_no_database_is_refused_without_repeating_it(
    url: str, says: str
) -> None:
    with pytest.raises(DatabaseAddressError, match=says) as caught:
        async with open_history(url):
            pass
    assert "hunter2" not in str(caught.value)


async def test_a_file_of_somebody_else_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Root, who may run these tests, may read and write everything.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UnavailableError, match="fsGroup"):
        async with open_history(url_of(tmp_path / "history.db")):
            pass
