"""The last two days by the hour, compared with what was told."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.console.pages import figures, hours, rendering
from sim_operator.console.pages import sim as page
from sim_operator.history import Hour
from tests.unit.console.pages.rows import sim

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
TODAY = NOW.date()
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)
MIB = 1024**2


def hour(number: int, data: int = MIB, sms: int = 0) -> Hour:
    """Counted from the first that is shown."""
    return Hour(MIDNIGHT + timedelta(hours=number), data, sms)


def chart(*told: Hour) -> hours.HourChart:
    made = hours.drawn(told, TODAY)
    assert made is not None
    return made


@given(st.dictionaries(st.integers(0, 47), st.integers(0, 2**50), min_size=1))
def test_every_hour_that_was_told_has_its_bar_at_its_place(told: dict[int, int]) -> None:
    made = chart(*(hour(number, data) for number, data in sorted(told.items())))
    assert [(bar.start, bar.data) for bar in made.bars] == [
        (hour(number).start, told[number]) for number in sorted(told)
    ]
    slot = (made.right - made.left) / 48
    for number, bar in zip(sorted(told), made.bars, strict=True):
        assert made.left + number * slot <= bar.x + 0.1
        assert bar.x + bar.width <= made.left + (number + 1) * slot + 0.2
        assert bar.y == pytest.approx(made.base - bar.height, abs=0.11)
        assert bar.y >= made.top - 0.1
        assert (bar.height == 0) == (bar.data == 0)
    highest = max(made.bars, key=lambda bar: bar.data)
    assert all(bar.height <= highest.height for bar in made.bars)


def test_what_lies_outside_of_yesterday_and_today_is_not_shown() -> None:
    made = chart(hour(-1), hour(0, 5), hour(47, 7), hour(48))
    assert [bar.data for bar in made.bars] == [5, 7]
    assert hours.drawn([hour(-1), hour(48)], TODAY) is None
    assert hours.drawn([], TODAY) is None


def test_labels_tell_days_at_midnight_and_hours_between() -> None:
    texts = [(one.text, one.some) for one in chart(hour(0)).labels]
    assert texts[:4] == [("Nov 22", False), ("06:00", True), ("12:00", True), ("18:00", True)]
    assert texts[4] == ("Nov 23", False)
    assert len(texts) == 8


def test_the_page_has_hours_only_where_some_were_told() -> None:
    assert page.context(sim(), None, {}, [], NOW)["hours"] is None
    assert page.context(sim(), None, {}, [hour(3)], NOW)["hours"] == chart(hour(3))


def test_every_figure_stands_in_a_title_and_in_the_table() -> None:
    source = (
        '{% import "charts.html" as charts with context %}{{ charts.hours(chart, volume, "Use") }}'
    )
    template = rendering.templates().from_string(source)
    made = chart(hour(3, 5 * MIB), hour(34, 0, 2))
    text = template.render(chart=made, volume=figures.data)
    assert re.findall(r'data-hour="([^"]+)" data-value="([^"]+)"', text) == [
        ("2026-11-22T03:00:00+00:00", str(5 * MIB)),
        ("2026-11-23T10:00:00+00:00", "0"),
    ]
    assert "<title>2026-11-22 03:00 UTC: 5 MiB</title>" in text
    assert "<title>2026-11-23 10:00 UTC: 0 B, 2 SMS</title>" in text
    assert re.findall(r"<tr><td>(.*?)</td><td.*?>(.*?)</td><td.*?>(.*?)</td></tr>", text) == [
        ("2026-11-23 10:00", "0 B", "2"),
        ("2026-11-22 03:00", "5 MiB", "0"),
    ]
    assert 'role="img" aria-label="Use"' in text
