"""Daily usage, in every shape that was seen or is feared."""

from datetime import date
from typing import Any

import pytest

from sim_operator.domain.usage import DayUsage
from sim_operator.onence import wire_usage

FIRST, LAST = date(2026, 10, 1), date(2026, 11, 23)
DAY = date(2026, 11, 22)
MIB = 1024 * 1024


def row(day: object = "2026-11-22", data: object = "1.5", sms: object = "3") -> dict[str, Any]:
    """A day as 1NCE writes it."""
    return {"date": day, "data": {"volume": data, "cost": data}, "sms": {"volume": sms}}


def read(body: object) -> dict[date, DayUsage] | None:
    found = wire_usage.days(body, FIRST, LAST)
    return None if found is None else dict(found)


@pytest.mark.parametrize(
    "body",
    [
        {"stats": [row()]},
        [row()],
        {"usage": [row()]},
        {"total": 1, "page": "1", "items": [row()]},
        {"stats": [row()], "links": []},
        {"stats": None, "days": [row()]},
    ],
)
def test_the_list_of_days_is_found_wherever_it_is(body: object) -> None:
    assert read(body) == {DAY: DayUsage(3 * MIB // 2, 3)}


@pytest.mark.parametrize(
    "body", [None, "text", 7, {}, {"stats": None}, {"stats": {}}, {"data": [], "sms": []}]
)
def test_a_body_that_shows_no_list_is_unreadable(body: object) -> None:
    assert read(body) is None


@pytest.mark.parametrize(
    "rows",
    [
        ["text"],
        [None],
        [{"day": "2026-11-22", "data": {"volume": 1}}],
        [row("22.11.2026"), row("TOTAL")],
        [row(20261122000000)],
    ],
)
def test_rows_of_which_none_is_understood_are_not_days_without_use(rows: list[object]) -> None:
    assert read({"stats": rows}) is None


@pytest.mark.parametrize(
    "day",
    [
        "2026-11-22T00:00:00.000Z",
        "2026-11-22T00:00:00.000+0000",
        "2026-11-22T00:00:00Z",
        "2026-11-22 00:00:00",
        "2026-11-22",
        " 2026-11-22 ",
    ],
)
def test_every_known_form_of_day_is_read(day: str) -> None:
    assert read([row(day)]) == {DAY: DayUsage(3 * MIB // 2, 3)}


def test_a_total_is_no_day() -> None:
    assert read({"stats": [row("TOTAL", "99", "99")]}) == {}
    assert read({"stats": [row(), row("TOTAL", "99", "99")]}) == {DAY: DayUsage(3 * MIB // 2, 3)}


def test_no_rows_are_days_without_use() -> None:
    assert read({"stats": []}) == {}


@pytest.mark.parametrize("day", ["2026-09-30", "2026-11-24"])
def test_a_day_that_was_not_asked_for_is_left_out(day: str) -> None:
    assert read([row(), row(day)]) == {DAY: DayUsage(3 * MIB // 2, 3)}


@pytest.mark.parametrize(
    ("sent", "figure"),
    [
        ("0.002803", 2939),
        (2, 2 * MIB),
        ("0", 0),
        (0.5, MIB // 2),
        (None, None),
        ("", None),
        ("-1", None),
        ("many", None),
        (1e300, None),
        (2**31, None),
        (True, None),
        ([], None),
    ],
)
def test_data_is_read_in_bytes_or_is_not_known(sent: object, figure: int | None) -> None:
    assert read([row(data=sent)]) == {DAY: DayUsage(figure, 3)}


@pytest.mark.parametrize(
    ("sent", "figure"),
    [("3", 3), (3, 3), ("3.0", 3), (0, 0), (-1, None), (None, None), (1e12, None)],
)
def test_sms_are_counted_or_are_not_known(sent: object, figure: int | None) -> None:
    assert read([row(sms=sent)]) == {DAY: DayUsage(3 * MIB // 2, figure)}


def test_a_service_that_is_missing_is_not_known() -> None:
    assert read([{"date": "2026-11-22", "data": {"volume": 1}, "sms": None}]) == {
        DAY: DayUsage(MIB, None)
    }
    assert read([{"date": "2026-11-22"}]) == {DAY: DayUsage(None, None)}


def test_a_figure_that_is_not_wrapped_is_read_too() -> None:
    assert read([{"date": "2026-11-22", "data": "1", "sms": 2}]) == {DAY: DayUsage(MIB, 2)}


def test_of_two_rows_for_a_day_the_larger_figures_count() -> None:
    rows = [row(data="2", sms=None), row(data="1", sms="4"), row(data=None, sms="3")]
    assert read(rows) == {DAY: DayUsage(2 * MIB, 4)}
