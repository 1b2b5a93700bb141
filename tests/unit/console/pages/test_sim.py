"""The page of one SIM: why it is so, what it used, when it will be used up."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from sim_operator.console.fleet import SimRow
from sim_operator.console.pages import sim as page
from sim_operator.console.pages.charts import DayFigure
from tests.unit.console.pages.rows import condition, policy, sim

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOW.date()
HELD = condition("Ready", "True", "DisabledByPolicy", "It is used up.")
DECIDED: dict[str, Any] = {"name": "pumps", "mode": "Enforce", "action": "None"}
MIB = 1024**2


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (sim(), "It is on. It is as it should be."),
        (
            sim(state="Disabled", conditions=[HELD], policy=DECIDED),
            "It is off: the policy pumps keeps it disabled.",
        ),
        (sim(state="Disabled", spec={"state": "Disabled"}), "It is off: its resource says so."),
        (
            sim(state="Disabled", conditions=[condition("Ready", "False", "DisableHeld")]),
            "It is off. It is not as it should be.",
        ),
        (sim(state=None, conditions=[]), "Whether it is on is not known."),
    ],
)
def test_the_first_line_says_whether_it_is_on_and_why_not(row: SimRow, text: str) -> None:
    assert page.headline(row) == text


def test_volumes_tell_used_limit_and_left_and_what_is_not_known() -> None:
    row = sim(
        policy=DECIDED,
        usage={"period": "2026-11", "data": "30Mi", "sms": 2},
        quota={
            "data": {"total": "500Mi", "remaining": "400Mi", "expiresAt": "2034-03-09T00:00:00Z"}
        },
    )
    data, sms = page.volumes(row, policy())
    assert data == ("Data", "30 MiB", "40 MiB", 75, "400 MiB of 500 MiB", "2034-03-09")
    assert sms == ("SMS", "2", "none for each SIM", None, "not known", "not known")
    assert page.volumes(row, None)[0].limit == "not known"
    assert page.volumes(sim(), None)[0][1:3] == ("not known", "no policy")


def test_a_forecast_is_told_with_its_day_and_never_made_up() -> None:
    told = page.forecast(sim(policy=DECIDED | {"exhaustsAt": "2026-11-27"}), NOW)
    assert told is not None
    assert "reaches the limit of pumps on 2026-11-27, in 4 days" in told.text
    assert page.forecast(sim(policy=DECIDED), NOW) is None
    assert page.forecast(sim(), NOW) is None
    hold = {"period": "2026-11", "since": "x", "stateBefore": "Enabled", "policyUID": "u"}
    held = DECIDED | {"exhaustsAt": "2026-11-27", "hold": hold}
    assert page.forecast(sim(policy=held), NOW) is None


def history(days: int, gap: int) -> dict[date, DayFigure]:
    """A MiB on each day up to today, but for one."""
    told = (TODAY - timedelta(days=one) for one in range(days))
    return {day: DayFigure(day, MIB) for day in told if (TODAY - day).days != gap}


def test_charts_begin_with_the_first_known_day_and_show_the_gap() -> None:
    made = page.drawn(sim(policy=DECIDED), policy(), history(30, gap=10), NOW)
    assert made.days is not None
    assert len(made.days.bars) == 30
    assert [bar.day for bar in made.days.bars if bar.value is None] == [TODAY - timedelta(days=10)]
    assert "1 day is not known" in made.days_note
    assert made.climb is not None
    assert len(made.climb.line) == TODAY.day + 1
    assert [mark.text for mark in made.climb.marks] == ["Limit 40 MiB", "Warns at 80 %"]
    assert "1 days of the period are not known" not in made.climb_note
    assert "1 day of the period is not known" in made.climb_note


def test_without_history_or_a_monthly_limit_no_chart_pretends() -> None:
    assert page.drawn(sim(), policy(), {}, NOW) == page.Charts()
    daily = policy(spec={"period": "Daily"})
    assert page.drawn(sim(policy=DECIDED), daily, history(5, gap=9), NOW).climb is None
    pooled = policy(spec={"data": {"pool": "1Gi"}})
    assert page.drawn(sim(policy=DECIDED), pooled, history(5, gap=9), NOW).climb is None
