"""The first page: numbers, needs, and what part of the fleet it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sim_operator.console.fleet.summary import summary
from sim_operator.console.pages import fleet
from sim_operator.console.pages.charts import DayFigure
from sim_operator.console.pages.words import Tone
from tests.unit.console.pages.rows import account, condition, policy, sim

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOW.date()
LOST = [condition("Ready", "False", "NotFound"), condition("Stalled", "True", "NotFound")]
USAGE = {"period": "2026-11", "data": "40Mi", "sms": 3}


def shown(*rows: Any, days: Any = (), no_history: str = "", **status: Any) -> dict[str, Any]:
    told = summary(rows, [account(**status)], [policy()], "2026-11")
    known = {row.key: row for row in rows}
    return dict(fleet.context(told, known, "", days, 0, no_history, NOW))


def test_the_four_numbers_count_what_is_known_and_say_what_is_not() -> None:
    rows = (sim("a", number=1, usage=USAGE), sim("b", number=2, state="Disabled"))
    numbers = shown(*rows)["numbers"]
    assert (numbers.total, numbers.active) == (2, 1)
    assert (numbers.data, numbers.sms) == (40 * 1024**2, 3)
    assert numbers.data_note == "2026-11; known of 1 SIMs"
    nothing = shown(sim())["numbers"]
    assert (nothing.data, nothing.sms) == (None, None)


def test_the_same_trouble_is_told_once_with_the_way_to_all_who_have_it() -> None:
    rows = [sim(f"sim-{n}", number=n, conditions=LOST) for n in range(8)]
    (need,) = shown(*rows)["attention"]
    assert (need.word.text, need.word.tone, need.title) == ("NotFound", Tone.BAD, "8 SIMs")
    assert need.address == "/sims?reason=NotFound"
    assert (len(need.examples), need.more) == (5, 3)
    assert need.advice


def test_a_single_trouble_leads_to_the_one_who_has_it() -> None:
    (need,) = shown(sim(conditions=LOST))["attention"]
    assert need.title == "SIM pump-1"
    assert need.address == "/sims/plant-a/pump-1"
    down = [condition("Ready", "False", "Unreachable", "1NCE does not answer.")]
    (account_need,) = shown(sim(), conditions=down)["attention"]
    assert account_need.title == "Account default"
    assert account_need.address == "/accounts"


def test_without_a_known_day_there_is_no_chart_and_a_reason() -> None:
    told = shown(sim(), no_history="The console was started without a database.")
    assert told["chart"] is None
    assert told["no_history"] == "The console was started without a database."
    gaps = [DayFigure(TODAY - timedelta(days=one), None) for one in range(3)]
    assert shown(sim(), days=gaps)["chart"] is None
    assert "one after another" in shown(sim(), days=gaps)["no_history"]


def test_a_consumer_that_has_no_resource_any_more_is_still_told() -> None:
    row = sim(usage=USAGE)
    told = summary([row], [], [], "2026-11")
    (top,) = fleet.context(told, {}, "", (), 0, "", NOW)["top"]
    assert (top.key, top.row) == (row.key, None)


def test_who_runs_out_first_comes_first_and_who_has_run_out_is_not_among_them() -> None:
    def ahead(name: str, number: int, day: str, reason: str = "WithinLimit") -> Any:
        told = {"name": "pumps", "mode": "Enforce", "reason": reason, "exhaustsAt": day}
        return sim(name, number=number, policy=told)

    rows = (
        ahead("later", 1, "2026-11-29"),
        ahead("soon", 2, "2026-11-24", "Warned"),
        ahead("gone", 3, "2026-11-22", "Exceeded"),
        sim("calm", number=4),
    )
    assert [row.name for row in shown(*rows)["running_out"]] == ["soon", "later"]
