"""Where TimescaleDB is there: chunks, compression, hours that lie ready, and the same answers."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from sim_operator.history import By, History, Hour, Keep, Part, Scope, open_history
from sim_operator.history.address import DatabaseAddress
from sim_operator.history.database import Database
from sim_operator.history.migrating import migrate
from tests.databases.timescaledb import Timescale, node
from tests.integration.history.told import ACCOUNT, FIRST, LAST, NOW, iccid, reading

START = datetime(2026, 9, 1, tzinfo=UTC)
WEEKS = 12
PARTS = [
    Part(iccid(1), number, "data", at, at + timedelta(minutes=10), number + 1, "plant-a")
    for number, at in enumerate(
        START + timedelta(days=7 * week, minutes=5) for week in range(WEEKS)
    )
]
HOURS = [Hour(one.start.replace(minute=0), one.volume, 0) for one in PARTS]
FAR = START + timedelta(days=1000)


@pytest.fixture
def timescale() -> Iterator[Timescale]:
    if node(os.environ) is None:
        pytest.skip("TimescaleDB runs here only where Node.js with npm is")
    with Timescale(os.environ) as server:
        yield server


async def rows(history: History, statement: str, **values: object) -> Sequence[Any]:
    async with history._database.writing() as connection:
        return (await connection.execute(text(statement), values)).all()


async def extend(history: History) -> None:
    async with history._database.writing() as connection:
        await connection.execute(text("CREATE EXTENSION timescaledb"))


async def refresh(history: History) -> None:
    """What the policy does once an hour; it cannot be part of a transaction."""
    alone = history._database._writer.execution_options(isolation_level="AUTOCOMMIT")
    async with alone.connect() as connection:
        await connection.execute(
            text("CALL refresh_continuous_aggregate('usage_hours', NULL, NULL)")
        )


async def test_records_that_were_there_before_the_extension_are_moved_into_chunks(
    timescale: Timescale,
) -> None:
    async with open_history(timescale.url) as history:
        await history.record(ACCOUNT, [reading(1, {3: (5, 1)})])
        await history.record_parts(ACCOUNT, PARTS)
        assert (await history.health()).kind == "postgresql"
        await extend(history)
    for _ in range(2):
        async with open_history(timescale.url) as history:
            assert (await history.health()).kind == "timescaledb"
            chunks = await rows(history, "SELECT show_chunks('usage_parts')")
            assert len(chunks) == WEEKS
            jobs = await rows(history, "SELECT proc_name FROM timescaledb_information.jobs")
            assert {"policy_compression", "policy_refresh_continuous_aggregate"} <= {
                job.proc_name for job in jobs
            }
            assert await history.hours(iccid(1), START, FAR) == HOURS
            (row,) = await history.usage(FIRST, LAST, By.parse("namespace"), now=NOW)
            assert (row.data, row.known_days) == (5, 28)


OF_SCHEMA_0001 = (
    "CREATE EXTENSION timescaledb",
    "SELECT create_hypertable('usage_parts', 'start', chunk_time_interval => INTERVAL '7 days')",
    """
    ALTER TABLE usage_parts SET (timescaledb.compress,
        timescaledb.compress_segmentby = 'sim', timescaledb.compress_orderby = 'start, id')
    """,
    "SELECT add_compression_policy('usage_parts', INTERVAL '7 days', if_not_exists => true)",
    """
    CREATE MATERIALIZED VIEW usage_hours
    WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
    SELECT sim, time_bucket(INTERVAL '1 hour', start) AS hour, service, sum(volume) AS volume
    FROM usage_parts GROUP BY sim, hour, service
    WITH NO DATA
    """,
    """
    SELECT add_continuous_aggregate_policy('usage_hours', start_offset => INTERVAL '7 days',
        end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '1 hour')
    """,
)


async def test_hours_of_an_older_schema_are_made_anew(timescale: Timescale) -> None:
    database = Database(DatabaseAddress.parse(timescale.url))
    async with database.writing() as connection:
        await connection.run_sync(migrate, "0001")
        for statement in OF_SCHEMA_0001:
            await connection.execute(text(statement))
    await database.close()
    async with open_history(timescale.url) as history:
        await history.record_parts(ACCOUNT, PARTS)
        assert await history.hours(iccid(1), START, FAR) == HOURS
        chunks = await rows(history, "SELECT show_chunks('usage_parts')")
        assert len(chunks) == WEEKS
        jobs = await rows(history, "SELECT proc_name FROM timescaledb_information.jobs")
        assert [job.proc_name for job in jobs].count("policy_refresh_continuous_aggregate") == 1


async def test_compressed_chunks_answer_alike_take_no_record_twice_and_go_as_a_whole(
    timescale: Timescale,
) -> None:
    async with open_history(timescale.url) as history:
        await extend(history)
    async with open_history(timescale.url) as history:
        await history.record_parts(ACCOUNT, PARTS)
        packed = await rows(
            history,
            "SELECT compress_chunk(chunk) FROM show_chunks('usage_parts', "
            "older_than => CAST(:before AS timestamptz)) AS chunk",
            before=START + timedelta(days=50),
        )
        assert len(packed) > 3
        await history.record_parts(ACCOUNT, PARTS)
        assert await history.hours(iccid(1), START, FAR) == HOURS
        await refresh(history)
        assert await history.hours(iccid(1), START, FAR) == HOURS
        for namespace, hours in (("plant-a", HOURS), ("plant-b", [])):
            scope = Scope(frozenset({namespace}))
            assert await history.hours(iccid(1), START, FAR, scope) == hours
        pruned = await history.prune(PARTS[5].start + timedelta(days=90), Keep())
        assert pruned.parts == 5
        # Hours go with their own chunks, which hold ten weeks each.
        assert (await history.hours(iccid(1), START, FAR))[-7:] == HOURS[5:]
        chunks = await rows(history, "SELECT show_chunks('usage_parts')")
        assert len(chunks) < WEEKS
        await history.prune(FAR, Keep())
        assert await history.hours(iccid(1), START, FAR) == []
