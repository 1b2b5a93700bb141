"""A rehearsal as people and programs read it, and the days that it covers."""

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from sim_operator.domain.usage import DayUsage
from sim_operator.planning.quota.rehearsal import Subject, rehearse
from sim_operator.trial.replay import RehearsalOutcome, span
from sim_operator.trial.replay_report import print_rehearsal, rehearsal_json, sentences
from tests.unit.planning.quota.fleet import MI, key, policy

FIRST = date(2026, 11, 1)


def outcome(*used: int, data: int = 40 * MI) -> RehearsalOutcome:
    days = {FIRST + timedelta(days=at): DayUsage(one, 0) for at, one in enumerate(used)}
    subjects = [Subject(key("a"), None, days), Subject(key("x"), None, {})]
    found = rehearse(
        policy(data_per_sim=data), subjects, FIRST, FIRST + timedelta(days=len(used) - 1), {}
    )
    return RehearsalOutcome("plant-a", datetime(2026, 11, 23, 12, tzinfo=UTC), found, ())


def test_the_json_has_exactly_the_documented_fields() -> None:
    told = rehearsal_json(outcome(41 * MI, 0, 5 * MI))
    assert set(told) == {
        *("policy", "namespace", "asOf", "replayedAs", "from", "to", "limits"),
        *("approximations", "notes", "usageUnknown", "periods", "events"),
    }
    assert told["usageUnknown"] == ["x"]
    assert told["events"] == [
        {
            "day": "2026-11-01",
            "sim": "a",
            "event": "Disable",
            "reason": "Exceeded",
            "limit": "data.perSIM",
            "used": 41 * MI,
            "value": 40 * MI,
            "step": None,
            "guard": None,
            "why": "data.perSIM is used up.",
        }
    ]
    assert told["periods"] == [
        {
            "period": "2026-11",
            "from": "2026-11-01",
            "to": "2026-11-03",
            "whole": False,
            "warned": 0,
            "disabled": 1,
            "held": 0,
            "mostOff": 1,
            "used": {"data": 41 * MI, "sms": 0},
            "saved": {"data": 5 * MI, "sms": 0},
            "sims": [{"name": "a", "daysOff": 2, "idleDaysOff": 1}],
        }
    ]


def test_the_tables_show_days_then_periods() -> None:
    out = StringIO()
    print_rehearsal(outcome(41 * MI, 0, 5 * MI), Console(file=out, width=200, highlight=False))
    lines = [line.split() for line in out.getvalue().splitlines()]
    assert ["2026-11-01", "a", "Disable", "41.0Mi", "40Mi"] in [line[:5] for line in lines]
    period = ["2026-11", "(part)", "0", "1", "0", "1", "41.0Mi", "5.0Mi", "2", "1"]
    assert period in lines


def test_who_was_off_for_nothing_is_named() -> None:
    told = sentences(outcome(41 * MI, 0))
    assert "Off on days when they used nothing (IDLE: such days): a." in told
    assert "1NCE told no daily figures of x." in told
    assert not any("IDLE" in one for one in sentences(outcome(41 * MI, 1)))


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        (date(2026, 11, 23), 1, date(2026, 10, 1)),
        (date(2026, 11, 23), 3, date(2026, 8, 1)),
        (date(2026, 11, 23), 6, date(2026, 5, 24)),
        (date(2026, 1, 1), 2, date(2025, 11, 1)),
        (date(2026, 8, 31), 6, date(2026, 3, 1)),
    ],
)
def test_a_rehearsal_begins_with_a_month_as_far_as_1nce_remembers(
    today: date, months: int, first: date
) -> None:
    assert span(today, months) == (first, today - timedelta(days=1))


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(1, 6))
def test_a_rehearsal_stays_within_six_months(today: date, months: int) -> None:
    first, last = span(today, months)
    assert today - timedelta(days=185) <= first < last == today - timedelta(days=1)
    assert (today - first).days >= 28 * months - 3
