"""Backups as the chart's CronJob makes them, by the verbs themselves, and the way back."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sim_operator.history import Reading, open_history
from tests.databases.postgresql import PostgreSQL, programs

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DAY = date(2026, 11, 2)
ICCID = "89883030044964{:05d}"


def sim_operator(
    url: str | None, *arguments: str | Path, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """A verb, run as a process; its exit code has to be `code`."""
    environment = {} if url is None else {"SIM_OPERATOR_DATABASE_URL": url}
    command = [sys.executable, "-m", "sim_operator", "history", *map(str, arguments)]
    done = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


def reading(number: int, used: int) -> Reading:
    """Of one SIM and one day; more use was read later."""
    iccid, read_at = ICCID.format(number), NOW + timedelta(seconds=used)
    return Reading(iccid, "plant-a", f"sim-{number}", {}, None, read_at, DAY, DAY, {DAY: (used, 0)})


async def write(url: str, used: int, sims: int = 50) -> None:
    async with open_history(url) as history:
        await history.record("plant-a/default", [reading(one, used) for one in range(sims)])


async def used(url: str) -> int:
    """Of all SIMs on the day."""
    async with open_history(url) as history:
        (row,) = await history.days(DAY, DAY, now=NOW + timedelta(days=1))
        return row.data


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A history with a hundred bytes of each of fifty SIMs."""
    file = tmp_path / "data" / "history.db"
    file.parent.mkdir()
    asyncio.run(write(f"sqlite:///{file}", 100))
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


@contextmanager
def written_to(url: str) -> Iterator[list[int]]:
    """All fifty SIMs get the same new figure in each transaction, again and again; how often."""
    done, rounds = threading.Event(), [0]

    async def keep_on() -> None:
        async with open_history(url) as history:
            while not done.is_set():
                rounds[0] += 1
                everyone = [reading(one, 1000 + rounds[0]) for one in range(50)]
                await history.record("plant-a/default", everyone)

    thread = threading.Thread(target=asyncio.run, args=(keep_on(),))
    thread.start()
    try:
        yield rounds
    finally:
        done.set()
        thread.join()


def test_a_copy_made_while_the_file_is_written_to_is_one_moment_of_it(
    database: Path, folder: Path
) -> None:
    url = f"sqlite:///{database}"
    seen = set()
    with written_to(url) as rounds:
        for _ in range(3):
            before = rounds[0]
            made = Path(sim_operator(url, "backup", "--to", folder).stdout.split()[0])
            assert rounds[0] > before, "nothing was written meanwhile"
            kept = asyncio.run(used(f"sqlite:///{made}"))
            # Each transaction gives all fifty the same figure: a mixture is no multiple of fifty.
            assert kept % 50 == 0
            seen.add(kept)
    assert len(seen) > 1
    assert asyncio.run(used(url)) >= max(seen)


def test_a_backup_is_one_file_and_the_database_is_left_as_it_was(
    database: Path, folder: Path
) -> None:
    before = database.read_bytes()
    sim_operator(f"sqlite:///{database}", "backup", "--to", folder)
    (made,) = folder.iterdir()
    assert made.name.startswith("history-")
    assert database.read_bytes() == before
    with closing(sqlite3.connect(f"{made.as_uri()}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_an_older_schema_is_copied_and_not_brought_forward(database: Path, folder: Path) -> None:
    """Before an upgrade is when a backup is needed most."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE history_schema SET version_num = '0000'")
    sim_operator(f"sqlite:///{database}", "backup", "--to", folder)
    (made,) = folder.iterdir()
    with closing(sqlite3.connect(made)) as connection:
        assert connection.execute("SELECT * FROM history_schema").fetchall() == [("0000",)]


def test_the_oldest_backups_go_when_a_new_one_is_there(database: Path, folder: Path) -> None:
    for day in range(1, 5):
        (folder / f"history-2026110{day}T031700Z.db").touch()
    (folder / "mine.db").touch()
    told = sim_operator(f"sqlite:///{database}", "backup", "--to", folder, "--keep", "3").stdout
    left = sorted(one.name for one in folder.iterdir())
    assert left[:2] == ["history-20261103T031700Z.db", "history-20261104T031700Z.db"]
    assert left[3:] == ["mine.db"]
    assert "removed: history-20261101T031700Z.db, history-20261102T031700Z.db" in told


def test_a_damaged_database_gives_no_backup_and_costs_none(database: Path, folder: Path) -> None:
    (folder / "history-20261101T031700Z.db").touch()
    content = bytearray(database.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    database.write_bytes(content)
    told = sim_operator(
        f"sqlite:///{database}", "backup", "--to", folder, "--keep", "1", code=1
    ).stderr
    assert "damaged" in told or "malformed" in told
    assert [one.name for one in folder.iterdir()] == ["history-20261101T031700Z.db"]


def test_a_backup_put_back_is_what_was_and_what_was_there_is_kept(
    database: Path, folder: Path
) -> None:
    url = f"sqlite:///{database}"
    sim_operator(url, "backup", "--to", folder)
    (made,) = folder.iterdir()
    asyncio.run(write(url, 999))
    told = sim_operator(url, "restore", made).stdout
    assert "Start the console" in told
    assert asyncio.run(used(url)) == 50 * 100
    (aside,) = database.parent.glob("history.db.before-*")
    assert asyncio.run(used(f"sqlite:///{aside}")) == 50 * 999
    assert made.exists()


def test_into_an_empty_volume_a_backup_is_put_too(database: Path, folder: Path) -> None:
    sim_operator(f"sqlite:///{database}", "backup", "--to", folder)
    (made,) = folder.iterdir()
    new = f"sqlite:///{folder.parent / 'new.db'}"
    sim_operator(new, "restore", made)
    assert asyncio.run(used(new)) == 50 * 100


def test_a_damaged_database_can_be_replaced_because_that_is_what_backups_are_for(
    database: Path, folder: Path
) -> None:
    url = f"sqlite:///{database}"
    sim_operator(url, "backup", "--to", folder)
    (made,) = folder.iterdir()
    database.write_bytes(b"no database at all")
    sim_operator(url, "restore", made)
    assert asyncio.run(used(url)) == 50 * 100


async def refused_while_open(url: str, backup: Path) -> str:
    """What `restore` says while a history is open that does nothing just now."""
    async with open_history(url) as history:
        await history.record("plant-a/default", [reading(1, 700)])
        done = await asyncio.to_thread(sim_operator, url, "restore", backup, code=1)
        await history.record("plant-a/default", [reading(2, 700)])
        return done.stderr


def test_while_a_console_has_it_open_nothing_is_put_back(database: Path, folder: Path) -> None:
    url = f"sqlite:///{database}"
    sim_operator(url, "backup", "--to", folder)
    (made,) = folder.iterdir()
    told = asyncio.run(refused_while_open(url, made))
    assert "Stop the console first" in told
    assert asyncio.run(used(url)) == 48 * 100 + 2 * 700
    assert {one.name for one in database.parent.iterdir()} == {"history.db"}


@pytest.mark.parametrize("kind", ["damaged", "foreign", "text"])
def test_what_is_no_good_backup_is_refused_and_the_history_stays(
    kind: str, database: Path, folder: Path
) -> None:
    url = f"sqlite:///{database}"
    sim_operator(url, "backup", "--to", folder)
    (made,) = folder.iterdir()
    match kind:
        case "damaged":
            content = bytearray(made.read_bytes())
            content[-8192:-4096] = b"\xaa" * 4096
            made.write_bytes(content)
        case "foreign":
            made.unlink()
            with closing(sqlite3.connect(made)) as connection:
                connection.execute("CREATE TABLE mine (one INTEGER)")
        case "text":
            made.write_text("not a database")
    told = sim_operator(url, "restore", made, code=1).stderr
    assert made.name in told
    assert asyncio.run(used(url)) == 50 * 100
    assert {one.name for one in database.parent.iterdir()} == {"history.db"}


def test_of_a_folder_the_backups_are_named_to_choose_from(database: Path, folder: Path) -> None:
    for day in (1, 2):
        (folder / f"history-2026110{day}T031700Z.db").touch()
    told = sim_operator(f"sqlite:///{database}", "restore", folder, code=2).stderr
    assert "the newest first: history-20261102T031700Z.db, history-20261101T031700Z.db" in told


def postgres(program: str, service: Path, *arguments: str) -> None:
    """One of PostgreSQL's programs, which knows the server by the service file alone."""
    command = [str(programs(os.environ) / program), *arguments, "--dbname=service=history"]
    environment = {
        "PATH": os.environ["PATH"],
        "PGSERVICEFILE": str(service),
        "HOME": "/nonexistent",
    }
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_postgresql_is_dumped_and_put_back_as_the_chart_does_it(
    postgresql: PostgreSQL, tmp_path: Path, folder: Path
) -> None:
    url, service = postgresql.database(), tmp_path / "pg_service.conf"
    asyncio.run(write(url, 100))
    sim_operator(url, "pg-service", "--to", service)
    unfinished = folder / "unfinished.dump"
    postgres("pg_dump", service, "--format=custom", "--no-owner", f"--file={unfinished}")
    told = sim_operator(None, "keep-dump", unfinished, "--to", folder, "--keep", "3").stdout
    (made,) = folder.iterdir()
    assert told.startswith(f"{made} (")
    asyncio.run(write(url, 999))
    how = ("--clean", "--if-exists", "--no-owner", "--single-transaction")
    postgres("pg_restore", service, *how, str(made))
    assert asyncio.run(used(url)) == 50 * 100


def test_without_a_database_or_a_folder_the_next_step_is_told(tmp_path: Path, folder: Path) -> None:
    missing = f"sqlite:///{tmp_path / 'missing.db'}"
    assert "There is no file" in sim_operator(missing, "backup", "--to", folder, code=1).stderr
    assert not (tmp_path / "missing.db").exists()
    nowhere = sim_operator(missing, "backup", "--to", tmp_path / "nowhere", code=1).stderr
    assert "mount the volume of the backups there" in nowhere
    assert "is not set" in sim_operator(None, "backup", "--to", folder, code=2).stderr
    assert "no database URL" in sim_operator("mysql://x/y", "backup", "--to", folder, code=2).stderr


def test_each_kind_of_database_is_sent_to_its_own_verb(tmp_path: Path, folder: Path) -> None:
    server = "postgresql://sim:geheim@127.0.0.1/history"
    for verb in (("backup", "--to", folder), ("restore", folder / "x.db")):
        told = sim_operator(server, *verb, code=2).stderr
        assert "pg_" in told
        assert "geheim" not in told
    file = f"sqlite:///{tmp_path / 'history.db'}"
    told = sim_operator(file, "pg-service", "--to", tmp_path / "conf", code=2).stderr
    assert "history backup" in told
