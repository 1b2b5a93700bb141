"""What a report says, in each format: of known rows."""

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, date, datetime

from pyarrow import parquet
from rich.console import Console

from sim_operator.history import By, UsageRow
from sim_operator.history.report import csv_text, json_rows
from sim_operator.history.report.parquet import write_parquet
from sim_operator.history.report.table import print_table
from sim_operator.history.report.text import json_report

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
NAMESPACE, SIM, TEAM = By.parse("namespace"), By.parse("sim"), By.parse("label=team")
ROWS = [
    UsageRow("plant-a", 5 * 1024 * 1024 + 7, 3, 2, 50, 6),
    UsageRow("plant-b", 0, 0, 1, 28, 0),
]


def table_of(rows: list[UsageRow], by: By) -> str:
    text = io.StringIO()
    print_table(rows, by, FIRST, LAST, Console(file=text, width=120))
    return text.getvalue()


def test_a_table_has_its_sum_and_says_what_is_not_in_it() -> None:
    lines = table_of(ROWS, NAMESPACE).splitlines()
    assert lines[1].split() == ["NAMESPACE", "DATA", "SMS", "SIMS", "DAYS", "UNKNOWN"]
    assert lines[2].split() == ["plant-a", "5Mi", "3", "2", "50", "6"]
    assert lines[3].split() == ["plant-b", "0Mi", "0", "1", "28"]
    assert lines[4] == "Together: 5Mi, 3 SMS, in 78 known days of SIMs."
    assert lines[5].startswith("6 of 84 days of SIMs are not known and count as nothing here")


def test_a_table_without_rows_says_that_nothing_is_known() -> None:
    assert "Nothing is known of these days" in table_of([], NAMESPACE)


def test_a_label_cannot_style_the_table() -> None:
    assert "[red]x[/]" in table_of([UsageRow("[red]x[/]", 0, 0, 1, 1, 0)], TEAM)


def test_csv_has_units_in_its_header_and_figures_to_the_byte() -> None:
    found = list(csv.reader(io.StringIO(csv_text(ROWS, NAMESPACE))))
    assert found == [
        ["namespace", "data_bytes", "sms_messages", "sims", "known_days", "missing_days"],
        ["plant-a", "5242887", "3", "2", "50", "6"],
        ["plant-b", "0", "0", "1", "28", "0"],
    ]


def test_no_cell_of_csv_is_a_formula() -> None:
    evil = ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]
    rows = [UsageRow(one, 1, 1, 1, 1, 0) for one in evil]
    found = list(csv.reader(io.StringIO(csv_text(rows, By.parse("label==x")), newline="")))
    assert [row[0] for row in found[1:]] == [f"'{one}" for one in evil]
    assert found[0][0] == "label =x"
    named = UsageRow("8988303000000000001", 1, 1, 1, 1, 0, "plant-a", "=1")
    assert csv_text([named], SIM).splitlines()[1].startswith("8988303000000000001,plant-a,'=1,")


def test_json_tells_the_same_and_what_is_unknown() -> None:
    report = json.loads(json.dumps(json_report(ROWS, TEAM, FIRST, LAST, NOW)))
    assert (report["by"], report["from"], report["to"]) == (
        "label=team",
        "2026-11-01",
        "2026-11-30",
    )
    assert report["rows"][0] == {
        "value": "plant-a",
        "dataBytes": 5242887,
        "smsMessages": 3,
        "sims": 2,
        "knownDays": 50,
        "missingDays": 6,
    }
    assert report["total"]["missingDays"] == 6
    assert report["notes"][0].startswith("6 of 84 days")
    assert json_report(ROWS[1:], NAMESPACE, FIRST, LAST, NOW)["notes"] == []
    assert set(json_rows(ROWS, SIM)[0]) > {"iccid", "namespace", "name"}


def test_parquet_has_the_same_columns_with_their_types_also_without_rows() -> None:
    for rows in (ROWS, []):
        made = io.BytesIO()
        write_parquet(rows, NAMESPACE, FIRST, LAST, NOW, made)
        made.seek(0)
        table = parquet.read_table(made)
        assert [str(kind) for kind in table.schema.types] == ["string"] + ["int64"] * 5
        assert table.column_names[:2] == ["namespace", "data_bytes"]
        assert table.column("data_bytes").to_pylist() == [row.data for row in rows]
        assert table.schema.metadata[b"from"] == b"2026-11-01"


def test_neither_the_command_line_nor_the_operator_loads_a_database() -> None:
    script = (
        "import sys, sim_operator.cli, sim_operator.app, sim_operator.history\n"
        "print([name for name in ('sqlalchemy', 'alembic', 'asyncpg', 'pyarrow') "
        "if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
