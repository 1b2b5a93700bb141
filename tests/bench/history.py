"""The history at one number of SIMs: a day written, a year asked, each beside plain SQL.

A file of its own holds the year. Its rows are made by SQL and not by readings, which would take
minutes; that they are what readings would have left is tested at a small size.
"""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sim_operator.history import By, History, Reading, open_history
from tests.bench.progress import step
from tests.bench.results import HistoryCosts

ACCOUNT: Final = "bench/default"
LAST: Final = date(2026, 11, 29)
NOW: Final = datetime(2026, 11, 30, 6, tzinfo=UTC)
MONTH: Final = (date(2026, 10, 1), date(2026, 10, 31))
NAMESPACES: Final = 20
YEAR: Final = 365
_EPOCH: Final = date(1970, 1, 1)
_DELIVERY: Final = 500
_TIMES: Final = 5


def keep_history(sims: int, days: int = YEAR) -> HistoryCosts:
    """Measure a history of so many SIMs and days."""
    with tempfile.TemporaryDirectory(prefix="sim-operator-bench-") as folder:
        return asyncio.run(_measure(Path(folder) / "history.db", sims, days))


async def _measure(file: Path, sims: int, days: int) -> HistoryCosts:
    async with open_history(f"sqlite:///{file}") as history:
        with step("history: SIMs", 1):
            await record(history, readings(sims, LAST - timedelta(days=days)))
        with step(f"history: {days} days by SQL", 1):
            await asyncio.to_thread(fill, file, days)
        size = (await history.health()).size
        with step("history: a day written", 1):
            told = readings(sims, LAST)
            began = time.perf_counter()
            await record(history, told)
            writing = time.perf_counter() - began
            floor = await asyncio.to_thread(_plain_write, file.with_name("plain.db"), told)
        with step("history: a month asked", 1):
            return HistoryCosts(
                days=days,
                bytes=size,
                writing=writing,
                writing_floor=floor,
                by_namespace=await _median(lambda: _ask(history, "namespace")),
                by_sim=await _median(lambda: _ask(history, "sim")),
                by_day=await _median(lambda: _ask(history, "day")),
                ledger_floor=_plain_read(file),
            )


def readings(sims: int, day: date) -> list[Reading]:
    """One day of every SIM, as an operator delivers it the morning after."""
    at = datetime(day.year, day.month, day.day, 6, tzinfo=UTC) + timedelta(days=1)
    return [
        Reading(
            iccid=f"{sim:019d}",
            namespace=f"plant-{sim % NAMESPACES}",
            name=f"sim-{sim}",
            labels={"fleet": f"fleet-{sim % 7}"},
            policy=None,
            read_at=at,
            first=day,
            last=day,
            days={day: figures(sim, day)},
        )
        for sim in range(1, sims + 1)
    ]


def figures(sim: int, day: date) -> tuple[int, int]:
    """What a SIM used on a day: anything but zero, and always the same."""
    number = (day - _EPOCH).days
    return (sim * 7919 + number * 104729) % 16_777_216 + 1, (sim + number) % 4


async def record(history: History, told: list[Reading]) -> None:
    """Deliver readings as the operator does."""
    for start in range(0, len(told), _DELIVERY):
        await history.record(ACCOUNT, told[start : start + _DELIVERY])


def fill(file: Path, days: int) -> None:
    """Give every SIM that was read once the days that followed, and their sums."""
    with closing(sqlite3.connect(file)) as plain:
        plain.executescript(
            f"""
            BEGIN;
            CREATE TEMP TABLE told AS SELECT sim, day, membership, read_at FROM usage_days;
            INSERT INTO usage_days
            WITH RECURSIVE later (number) AS (
                SELECT 1 UNION ALL SELECT number + 1 FROM later WHERE number < {days} - 1
            )
            SELECT sim, day + number,
                (sim * 7919 + (day + number) * 104729) % 16777216 + 1, (sim + day + number) % 4,
                read_at + number * 86400, 0, membership, read_at + number * 86400
            -- Day after day, as they come: the pages of the file end up as full as they would.
            FROM later CROSS JOIN told;
            DELETE FROM usage_months;
            DELETE FROM fleet_days;
            INSERT INTO usage_months
            SELECT CAST(strftime('%s', day * 86400, 'unixepoch', 'start of month') AS INT) / 86400,
                sim, membership, sum(data), sum(sms), count(*), max(day)
            FROM usage_days GROUP BY 1, 2, 3;
            INSERT INTO fleet_days
            SELECT day, namespace, sum(data), sum(sms), count(*), count(*)
            FROM usage_days JOIN memberships ON memberships.id = membership GROUP BY 1, 2;
            UPDATE sims SET last_day = last_day + {days} - 1,
                read_at = read_at + ({days} - 1) * 86400;
            COMMIT;
            PRAGMA wal_checkpoint(TRUNCATE);
            """  # noqa: S608
        )


def _plain_write(file: Path, told: list[Reading]) -> float:
    """The same rows, into a bare table with the same key, in as many transactions."""
    with closing(sqlite3.connect(file, isolation_level=None)) as plain:
        plain.execute("PRAGMA journal_mode = WAL")
        plain.execute("PRAGMA synchronous = NORMAL")
        plain.execute(
            "CREATE TABLE days (sim INT, day INT, data INT, sms INT, PRIMARY KEY (sim, day)) "
            "WITHOUT ROWID"
        )
        began = time.perf_counter()
        for start in range(0, len(told), _DELIVERY):
            plain.execute("BEGIN IMMEDIATE")
            plain.executemany(
                "INSERT INTO days VALUES (?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET data = excluded.data",
                [
                    (int(one.iccid), (day - _EPOCH).days, *used)
                    for one in told[start : start + _DELIVERY]
                    for day, used in one.days.items()
                ],
            )
            plain.execute("COMMIT")
        return time.perf_counter() - began


def _plain_read(file: Path) -> float:
    """The month added up by namespace from the days themselves: what the sums save."""
    first, last = ((day - _EPOCH).days for day in MONTH)
    with closing(sqlite3.connect(file)) as plain:
        took = []
        for _ in range(_TIMES):
            began = time.perf_counter()
            plain.execute(
                "SELECT namespace, sum(data), sum(sms), count(*) "
                "FROM memberships CROSS JOIN usage_days "
                "ON usage_days.sim = memberships.sim AND membership = memberships.id "
                "WHERE day BETWEEN ? AND ? GROUP BY namespace",
                (first, last),
            ).fetchall()
            took.append(time.perf_counter() - began)
    return statistics.median(took)


async def _ask(history: History, by: str) -> None:
    rows = await history.usage(*MONTH, By.parse(by), now=NOW)
    if not rows or any(row.missing_days for row in rows):
        raise AssertionError(f"the month by {by} is not whole")


async def _median(ask: Callable[[], Awaitable[Any]]) -> float:
    await ask()
    took = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        await ask()
        took.append(time.perf_counter() - began)
    return statistics.median(took)
