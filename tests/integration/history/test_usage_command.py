"""`sim-operator usage` as a process, on both databases."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyarrow import parquet

from sim_operator.history import open_history
from tests.integration.history.told import ACCOUNT, iccid, reading


def run(url: str | None, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environ = {name: value for name, value in os.environ.items() if "DATABASE" not in name}
    if url is not None:
        environ["SIM_OPERATOR_DATABASE_URL"] = url
    return subprocess.run(
        [sys.executable, "-m", "sim_operator", "usage", *arguments],
        env=environ,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
async def kept(url: str) -> str:
    """The URL of a history of November in two namespaces."""
    async with open_history(url) as history:
        await history.record(
            ACCOUNT,
            [
                reading(1, {3: (2**20, 1)}, labels={"team": "=north"}, policy="pumps"),
                reading(2, {4: (2**21, 2)}, labels={"team": "south"}, first=4, last=20),
                reading(3, {5: (2**22, None)}, namespace="plant-b"),
            ],
        )
    return url


async def test_a_month_is_told_by_namespace_with_what_is_not_known(kept: str) -> None:
    done = run(kept, "--month", "2026-11")
    lines = done.stdout.decode().splitlines()
    assert lines[0] == "Use of SIMs from 2026-11-01 to 2026-11-30 (UTC)"
    assert lines[2].split()[:4] == ["plant-a", "3Mi", "3", "2"]
    assert lines[3].split()[:4] == ["plant-b", "4Mi", "0", "1"]
    assert lines[4].startswith("Together: 7Mi, 3 SMS, in 72 known days")
    assert "not known" in lines[5]
    assert (done.returncode, done.stderr) == (0, b"")


async def test_csv_json_and_parquet_tell_the_same(kept: str, tmp_path: Path) -> None:
    month = ("--month", "2026-11", "--by", "sim")
    rows = list(csv.DictReader(io.StringIO(run(kept, *month, "-o", "csv").stdout.decode())))
    told = json.loads(run(kept, *month, "-o", "json").stdout)
    file = tmp_path / "usage.parquet"
    assert run(kept, *month, "-o", "parquet", "--to", str(file)).returncode == 0
    table = parquet.read_table(file).to_pylist()
    assert [int(row["data_bytes"]) for row in rows] == [2**20, 2**21, 2**22]
    assert [row["dataBytes"] for row in told["rows"]] == [2**20, 2**21, 2**22]
    assert [row["data_bytes"] for row in table] == [2**20, 2**21, 2**22]
    assert [row["iccid"] for row in table] == [iccid(sim) for sim in (1, 2, 3)]
    assert [row["known_days"] for row in table] == [28, 17, 27]


async def test_a_report_may_be_of_some_namespaces_and_go_into_a_file(
    kept: str, tmp_path: Path
) -> None:
    file = tmp_path / "usage.csv"
    file.write_text("the report of yesterday", encoding="utf-8")
    done = run(
        kept, "--month=2026-11", "--by=label=team", "-n", "plant-a", "-o", "csv", "--to", str(file)
    )
    assert (done.returncode, done.stdout) == (0, b"")
    rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
    assert [row["label team"] for row in rows] == ["'=north", "south"]
    assert not [one for one in held_by(tmp_path) if one.suffix == ".unfinished"]


async def test_a_month_of_which_nothing_is_known_is_no_month_without_use(kept: str) -> None:
    done = run(kept, "--month", "2019-01")
    assert b"Nothing is known of these days" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("url", "arguments", "code", "says"),
    [
        (None, (), 2, "SIM_OPERATOR_DATABASE_URL is not set"),
        ("mysql://root:hunter2@h/d", (), 2, "SIM_OPERATOR_DATABASE_URL: it is no database URL"),
        ("sqlite:////nowhere/history.db", (), 1, "There is no file /nowhere/history.db"),
        ("sqlite:////nowhere/history.db", ("--by", "colour"), 2, "'colour' is none of: namespace"),
        ("sqlite:////nowhere/history.db", ("--by", "label="), 2, "label=KEY"),
        ("sqlite:////nowhere/history.db", ("--month", "11/2026"), 2, "no month such as 2026-11"),
        ("postgresql://u:hunter2@127.0.0.1:1/d", (), 1, "does not answer"),
    ],
)
def test_what_is_wrong_is_said_with_its_exit_code(
    url: str | None, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = run(url, *arguments)
    assert says in done.stderr.decode()
    assert "hunter2" not in done.stderr.decode()
    assert (done.returncode, done.stdout) == (code, b"")


async def test_the_present_month_is_the_default_and_asking_makes_no_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'history.db'}"
    assert run(url).returncode == 1
    assert not any(held_by(tmp_path))
    async with open_history(url):
        pass
    assert f"from {datetime.now(UTC):%Y-%m}-01 to" in run(url).stdout.decode()


def held_by(folder: Path) -> list[Path]:
    return list(folder.iterdir())
