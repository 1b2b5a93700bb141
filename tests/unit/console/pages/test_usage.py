"""The page of usage: which month, by what, and what of it is not known."""

from datetime import UTC, date, datetime

import pytest
from starlette.datastructures import QueryParams

from sim_operator.console.pages import usage
from sim_operator.history import By, Dimension, UsageRow

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def read(query: str, *keys: str) -> usage.Asked:
    return usage.read(QueryParams(query), keys, NOW)


def test_months_go_back_over_the_turn_of_years() -> None:
    offered = usage.months(datetime(2026, 2, 1, tzinfo=UTC))
    assert offered[:3] == ("2026-02", "2026-01", "2025-12")
    assert len(offered) == usage.MONTHS


def test_nothing_asked_for_is_this_month_by_namespace() -> None:
    asked = read("")
    assert (asked.month, asked.by, asked.fault) == ("2026-11", By(Dimension.NAMESPACE), None)
    assert (asked.first, asked.last) == (date(2026, 11, 1), date(2026, 11, 30))


@pytest.mark.parametrize("query", ["month=2026-13", "month=1999-01", "by=colour", "by=day"])
def test_what_there_is_not_is_told(query: str) -> None:
    asked = read(query)
    assert asked.fault
    assert (asked.month, asked.by.dimension) == ("2026-11", Dimension.NAMESPACE)


def test_a_label_without_a_key_takes_the_most_common_one() -> None:
    keys = usage.label_keys([{"fleet": "a", "site": "b"}, {"fleet": "c"}])
    assert keys == ("fleet", "site")
    assert read("by=label", *keys).by == By(Dimension.LABEL, "fleet")
    assert read("by=label&label=site", *keys).title == "label site"
    assert read("by=label").fault == "No SIM has a label, so its usage cannot be grouped by one."


def test_groups_are_ordered_by_use_and_gaps_stay_gaps() -> None:
    days = [
        UsageRow("2026-11-01", 30, 1, 2, known_days=2, missing_days=0),
        UsageRow("2026-11-02", 0, 0, 2, known_days=0, missing_days=2),
        UsageRow("2026-11-03", 10, 0, 2, known_days=1, missing_days=1),
    ]
    groups = [
        UsageRow("plant-a", 10, 0, 1, known_days=2, missing_days=1),
        UsageRow("plant-b", 30, 1, 1, known_days=1, missing_days=2),
    ]
    told = usage.context(read(""), (), usage.Known(days, groups), NOW)
    assert [row.group for row in told["rows"]] == ["plant-b", "plant-a"]
    assert (told["total_data"], told["total_sms"]) == (40, 1)
    bars = told["chart"].bars
    assert len(bars) == NOW.day
    assert [bar.value for bar in bars[:4]] == [30, None, 10, None]
    assert "Of single SIMs 1 more day is" in told["chart_note"]
    assert told["export"] == "/api/v1/usage?by=namespace&month=2026-11&format=csv"


def test_without_history_the_page_says_why() -> None:
    told = usage.context(read("by=label", "fleet"), ("fleet",), "None is kept.", NOW)
    assert told["no_history"] == "None is kept."
    assert "rows" not in told
