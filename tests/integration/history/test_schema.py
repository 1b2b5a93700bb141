"""The schema: made by migrations alone, brought forward with its data, never guessed at."""

import asyncio
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text

from sim_operator.history import (
    By,
    HistoryError,
    NewerSchemaError,
    UnavailableError,
    open_history,
)
from sim_operator.history.address import DatabaseAddress
from sim_operator.history.database import Database
from sim_operator.history.migrating import current, head, migrate
from sim_operator.history.tables import METADATA, VERSION_TABLE
from tests.integration.history.told import ACCOUNT, FIRST, LAST, NOW, reading

ROOT = Path(__file__).resolve().parents[3]
_LEDGER = """
    INSERT INTO sims (id, iccid, account, membership, first_day, last_day)
        VALUES (1, '8988303000000000001', 'plant-a/default', 1, {day}, {day});
    INSERT INTO memberships (id, sim, digest, account, namespace, name, labels, valid_from)
        VALUES (1, 1, 'd', 'plant-a/default', 'plant-a', 'sim-1', '{{}}', {moment});
    INSERT INTO usage_days (sim, day, data, sms, read_at, final, membership, held_at)
        VALUES (1, {day}, 500, 2, {moment}, true, 1, {moment});
    INSERT INTO usage_months (month, sim, membership, data, sms, known, last_day)
        VALUES ({month}, 1, 1, 500, 2, 1, {day})
    """
RELEASED = {"0001": _LEDGER, "0002": _LEDGER}
"""By schema what every version of the program wrote: one row of the 3rd of November; never changed
once that version is released."""
LITERALS = {
    "sqlite": {"day": "20760", "month": "20758", "moment": "1793966400"},
    "postgresql": {
        "day": "DATE '2026-11-03'",
        "month": "DATE '2026-11-01'",
        "moment": "TIMESTAMPTZ '2026-11-06 12:00+00'",
    },
}


async def test_migrations_make_the_tables_that_the_program_speaks_of(url: str) -> None:
    database = Database(DatabaseAddress.parse(url))

    def differences(connection: Connection) -> list[object]:
        migrate(connection)
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        return list(compare_metadata(context, METADATA))

    async with database.writing() as connection:
        found = await connection.run_sync(differences)
    await database.close()
    assert found == []


@pytest.mark.parametrize("released", RELEASED)
async def test_every_released_schema_comes_forward_with_its_data(url: str, released: str) -> None:
    database = Database(DatabaseAddress.parse(url))
    async with database.writing() as connection:
        await connection.run_sync(migrate, released)
        for statement in RELEASED[released].split(";"):
            await connection.execute(text(statement.format(**LITERALS[database.address.kind])))
    await database.close()
    async with open_history(url) as history:
        assert (await history.health()).schema == head()
        (row,) = await history.usage(FIRST, LAST, By.parse("namespace"), now=NOW)
        assert (row.group, row.data, row.sms, row.known_days) == ("plant-a", 500, 2, 1)


def test_the_present_schema_is_among_those_that_come_forward() -> None:
    assert list(RELEASED)[-1] == head()


async def test_a_schema_of_a_newer_program_is_refused_by_its_name(url: str) -> None:
    async with open_history(url) as history:
        await history.record(ACCOUNT, [reading()])
    database = Database(DatabaseAddress.parse(url))
    async with database.writing() as connection:
        await connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '0999'"))  # noqa: S608
    for migrating in (True, False):
        with pytest.raises(NewerSchemaError, match=f"schema 0999.*up to {head()}.*newer"):
            async with open_history(url, migrating=migrating):
                pass
    async with database.reading() as connection:
        assert await connection.run_sync(current) == "0999"
        rows = await connection.execute(text("SELECT count(*) FROM usage_days"))
        assert rows.scalar() == 28
    await database.close()


async def test_whoever_only_reads_makes_neither_tables_nor_a_file(url: str, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(UnavailableError, match="console"):
            async with open_history(url, migrating=False):
                pass
    assert not is_there(tmp_path / "history.db")


def is_there(file: Path) -> bool:
    return file.exists()


async def test_whoever_only_reads_reads_what_the_keeper_wrote(url: str) -> None:
    async with open_history(url) as keeper:
        await keeper.record(ACCOUNT, [reading(use={3: (5, 1)})])
        async with open_history(url, migrating=False) as history:
            (row,) = await history.usage(FIRST, LAST, By.parse("sim"), now=NOW)
    assert row.data == 5


async def test_opening_again_changes_nothing(url: str) -> None:
    async with open_history(url) as history:
        await history.record(ACCOUNT, [reading()])
        before = await history.health()
    async with open_history(url) as history:
        after = await history.health()
    assert (after.schema, after.sims, after.oldest_day) == (before.schema, 1, FIRST)


async def test_consoles_that_start_together_make_one_schema(url: str) -> None:
    async def start(sim: int) -> None:
        async with open_history(url) as history:
            await history.record(ACCOUNT, [reading(sim)])

    await asyncio.gather(*(start(sim) for sim in range(3)))
    async with open_history(url) as history:
        assert (await history.health()).sims == 3


def test_the_migrations_are_in_the_wheel(tmp_path: Path) -> None:
    """And they run from there: the image has no checkout."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "site")
    script = (
        "import asyncio, sys, sim_operator.history as history\n"
        "async def main():\n"
        "    async with history.open_history(sys.argv[1]) as opened:\n"
        "        print(history.__file__, (await opened.health()).schema)\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, f"sqlite:///{tmp_path / 'history.db'}"],
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    file, schema = done.stdout.split()
    assert Path(file).is_relative_to(tmp_path / "site")
    assert schema == head()


def test_every_error_is_a_history_error() -> None:
    assert issubclass(NewerSchemaError, HistoryError)
