"""Where PostgreSQL has TimescaleDB: records of the Data Streamer in chunks of a week.

Old chunks are compressed, and dropped as a whole when their time is over. Sums by the hour lie
ready in a continuous aggregate. Days are left as they are: they are written again for days, and
their sums are kept by the ledger itself, alike on every database.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

HOURS: Final = "usage_hours"

_EXTENSION: Final = "SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'"
_HYPERTABLE: Final = """
SELECT count(*) FROM timescaledb_information.hypertables
WHERE hypertable_schema = current_schema() AND hypertable_name = 'usage_parts'
"""
_MAKE_HYPERTABLE: Final = """
SELECT create_hypertable('usage_parts', 'start',
    chunk_time_interval => INTERVAL '7 days', migrate_data => true)
"""
_COMPRESS: Final = (
    """
    ALTER TABLE usage_parts SET (timescaledb.compress,
        timescaledb.compress_segmentby = 'sim', timescaledb.compress_orderby = 'start, id')
    """,
    "SELECT add_compression_policy('usage_parts', INTERVAL '7 days', if_not_exists => true)",
)
_MAKE_HOURS: Final = (
    """
    CREATE MATERIALIZED VIEW usage_hours
    WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
    SELECT sim, namespace, time_bucket(INTERVAL '1 hour', start) AS hour, service,
        sum(volume) AS volume
    FROM usage_parts GROUP BY sim, namespace, hour, service
    WITH NO DATA
    """,
    """
    SELECT add_continuous_aggregate_policy('usage_hours', start_offset => INTERVAL '7 days',
        end_offset => INTERVAL '1 hour', schedule_interval => INTERVAL '1 hour')
    """,
)
_HAS_HOURS: Final = "SELECT to_regclass('usage_hours') IS NOT NULL"
_DROP: Final = """
SELECT count(*) FROM drop_chunks(CAST(CAST(:relation AS text) AS regclass),
    older_than => CAST(:before AS timestamptz))
"""
_COMMUNITY: Final = "timescale"


async def present(connection: AsyncConnection) -> bool:
    """Whether the extension is in this database."""
    if connection.dialect.name != "postgresql":
        return False
    return await connection.scalar(text(_EXTENSION)) is not None


async def prepare(connection: AsyncConnection) -> None:
    """Make of `usage_parts` what the extension can make of it; done again it changes nothing."""
    if not await present(connection):
        return
    if not await connection.scalar(text(_HYPERTABLE)):
        await connection.execute(text(_MAKE_HYPERTABLE))
    # The Apache edition has hypertables alone.
    licence = await connection.scalar(text("SHOW timescaledb.license"))
    if licence == _COMMUNITY and not await has_hours(connection):
        for statement in (*_COMPRESS, *_MAKE_HOURS):
            await connection.execute(text(statement))


async def has_hours(connection: AsyncConnection) -> bool:
    """Whether sums by the hour lie ready."""
    if connection.dialect.name != "postgresql":
        return False
    return bool(await connection.scalar(text(_HAS_HOURS)))


async def drop_before(connection: AsyncConnection, before: datetime) -> None:
    """Let the chunks go that end before a moment, and their hours: files, not millions of rows."""
    # The hours are asked for as long as the records of which they are made.
    for relation in ("usage_parts", *([HOURS] if await has_hours(connection) else [])):
        await connection.execute(text(_DROP), {"relation": relation, "before": before})
