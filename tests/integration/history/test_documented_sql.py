"""The SQL that the how-to shows runs, and says what the history says."""

import re
from datetime import date
from pathlib import Path

from sqlalchemy import text

from sim_operator.history import History
from tests.integration.history.told import ACCOUNT, iccid, reading

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "keep-the-history.md"
SHOWN = re.findall(r"```sql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


async def test_each_database_answers_the_query_that_is_shown_for_it(
    history: History, url: str
) -> None:
    await history.record(
        ACCOUNT, [reading(1, {3: (5, 1)}, labels={"team": "north"}), reading(2, {3: (7, 0)})]
    )
    of_postgresql, of_sqlite = SHOWN
    query = of_sqlite if url.startswith("sqlite") else of_postgresql
    async with history._database.reading() as connection:
        # A colon would be a parameter.
        rows = (await connection.execute(text(query.replace("::", r"\:\:")))).all()
    found = {tuple(row)[:4] for row in rows}
    if url.startswith("sqlite"):
        assert {("2026-11-03", iccid(1), 5, 1), ("2026-11-03", iccid(2), 7, 0)} <= found
        assert {row.read_at for row in rows} == {"2026-11-29 12:00:00"}
    else:
        day = date(2026, 11, 3)
        assert {(day, "north", 5, 1), (day, None, 7, 0)} <= found
