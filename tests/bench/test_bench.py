"""The benchmark itself: it runs, its table is whole, and what it counts is exact. No times."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from sim_operator.history import By, open_history
from tests.bench import history, page
from tests.bench.console import view_fleet
from tests.bench.page import BEGIN, END
from tests.bench.plot import picture
from tests.bench.reaction import Effort
from tests.bench.results import Report, Round
from tests.bench.rounds import Plan, measure
from tests.bench.rows_own import FEW
from tests.bench.rows_shape import quantile, times
from tests.bench.sweeps import pages_of, sweeps_in
from tests.bench.table import lines, markdown

SIMS = 50
CHAPTERS = [
    "Convergence",
    "Sweep",
    "Reaction",
    "Memory",
    "Restart",
    "History",
    "Console",
    "Idiomatic kopf / ours",
]


@pytest.fixture(scope="module")
def round_() -> Round:
    (measured,) = measure(Plan(SIMS, Effort(2, 2), 1, 1, 0.0, None, pause=0.5))
    return measured


@pytest.fixture(scope="module")
def report(round_: Round) -> Report:
    return Report(
        made="2026-11-29",
        commit="0000000",
        machine="2 cores",
        load_before=0.0,
        rate=8,
        rounds=(round_,),
    )


@pytest.mark.cluster
def test_each_sim_gets_its_status_once_and_no_quiet_sweep_or_start_writes_any(
    round_: Round,
) -> None:
    assert SIMS <= round_.convergence.status_writes <= SIMS + FEW
    assert SIMS <= round_.cold.status_writes <= SIMS + FEW
    assert round_.sweeps.writes["sims/status"] == 0
    assert round_.sweeps.writes.keys() <= {"sims/status", "simaccounts/status", "leases"}
    assert round_.restart.rewritten == 0


@pytest.mark.cluster
def test_a_sweep_takes_a_call_for_every_hundred_sims(round_: Round) -> None:
    assert round_.sweeps.calls == round_.sweeps.count * pages_of(SIMS)


@pytest.mark.cluster
def test_every_change_is_measured(round_: Round) -> None:
    reaction = round_.reaction
    assert len(reaction.spec_at_rest) == len(reaction.spec_in_sweeps) == 2
    assert len(reaction.portal_after_page) == len(reaction.portal_after_sweep) <= 2
    assert min(reaction.spec_at_rest + reaction.spec_in_sweeps) > 0
    assert min(reaction.portal_after_page + reaction.portal_after_sweep, default=1) > 0


@pytest.mark.cluster
def test_the_table_has_its_rows_and_says_for_each_aim_whether_it_is_met(report: Report) -> None:
    found = lines(report)
    assert list(dict.fromkeys(line.chapter for line in found)) == CHAPTERS
    for line in found:
        if line.chapter == CHAPTERS[-1]:
            assert line.cells == ("",), "the idiomatic way was left out"
        else:
            assert all(line.cells) or line.what.startswith("portal"), line
        judged = line.aim and any(line.cells) and "at 10,000" not in line.aim
        assert line.verdict in (("met", "NOT MET") if judged else ("",)), line


@pytest.mark.cluster
def test_a_report_survives_its_file_and_becomes_a_picture_and_a_part_of_a_page(
    report: Report, tmp_path: Path
) -> None:
    file = tmp_path / "report.json"
    file.write_text(report.model_dump_json(), encoding="utf-8")
    read = Report.model_validate_json(file.read_text(encoding="utf-8"))
    assert read == report
    assert picture(read).startswith("<svg")
    filled = page.with_table(f"before\n{BEGIN}\nwhat was there\n{END}\nafter\n", read)
    assert "what was there" not in filled
    assert filled == page.with_table(filled, read), "filling it twice changes nothing"
    assert all(line in filled for line in markdown(read))


def test_a_page_without_a_place_for_the_table_is_refused(report_like: Report) -> None:
    with pytest.raises(ValueError, match="the page has no"):
        page.with_table("no marks", report_like)


@pytest.fixture
def report_like() -> Report:
    return Report(made="", commit="", machine="", load_before=0, rate=8)


def test_sweeps_are_told_apart_by_their_first_page_whatever_the_order_of_the_answers() -> None:
    def call(page: int, asked: float, took: float) -> dict[str, object]:
        query = f"page={page}&pageSize=100"
        return {
            "operation": "listSims",
            "query": query,
            "monotonic": asked,
            "duration_ms": took * 1000,
        }

    calls = [call(3, 1.2, 0.1), call(1, 1.0, 0.1), call(2, 1.1, 0.9), call(1, 9.0, 0.5)]
    first, second = sweeps_in([call(2, 0.5, 0.1), *calls])
    assert first.asked == {1: 1.0, 2: 1.1, 3: 1.2}
    assert first.seconds == pytest.approx(1.0)
    assert second.ended == pytest.approx(9.5)


def test_quantiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert (quantile(values, 0.5), quantile(values, 0.99), quantile([3.0], 0.99)) == (50, 99, 3)


def test_nothing_beside_something_reads_as_infinitely_more() -> None:
    assert times(3, 0, "writes").text == "∞ (3 / 0 writes)"


async def test_a_year_that_sql_made_is_what_readings_would_have_left(tmp_path: Path) -> None:
    days = [history.LAST - timedelta(days=number) for number in range(62, 0, -1)]
    made, told = tmp_path / "made.db", tmp_path / "told.db"
    async with open_history(f"sqlite:///{made}") as one, open_history(f"sqlite:///{told}") as other:
        await history.record(one, history.readings(40, days[0]))
        history.fill(made, len(days))
        for day in days:
            await history.record(other, history.readings(40, day))
        for by in ("namespace", "sim", "month", "day", "label=fleet"):
            rows = [
                await each.usage(days[0], days[-1], By.parse(by), now=history.NOW)
                for each in (one, other)
            ]
            assert rows[0] == rows[1] != [], by
        assert (await one.health()).oldest_day == days[0]
    with closing(sqlite3.connect(made)) as plain:
        plain.execute("ATTACH ? AS told", (str(told),))
        for table in ("usage_days", "usage_months", "fleet_days", "sims"):
            differing = f"SELECT * FROM main.{table} EXCEPT SELECT * FROM told.{table}"  # noqa: S608
            assert plain.execute(differing).fetchall() == [], table


def test_the_views_of_the_console_are_measured_at_any_size() -> None:
    costs = view_fleet(60)
    assert all(value > 0 for name, value in costs if name != "memory")
