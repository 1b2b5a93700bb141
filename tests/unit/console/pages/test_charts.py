"""Charts as geometry, compared with the figures that they are of."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.console.pages import charts, scale
from sim_operator.console.pages.charts import DayFigure, Level

FIRST = date(2026, 11, 1)
LAST = date(2026, 11, 30)


def days(*values: int | None) -> list[DayFigure]:
    return [DayFigure(FIRST + timedelta(days=one), value) for one, value in enumerate(values)]


@given(st.lists(st.none() | st.integers(0, 2**40), min_size=1, max_size=90))
def test_every_day_has_its_bar_within_the_frame(values: list[int | None]) -> None:
    made = charts.columns(days(*values), scale.of_data)
    assert [(bar.day, bar.value) for bar in made.bars] == [(d.day, d.value) for d in days(*values)]
    for bar in made.bars:
        assert made.left <= bar.x
        assert bar.x + bar.width <= made.right + 0.2
        assert bar.y == pytest.approx(made.base - bar.height, abs=0.11)
        assert bar.y >= made.top - 0.1


def test_a_gap_is_as_high_as_the_chart_and_a_zero_has_no_height() -> None:
    gap, zero, one = charts.columns(days(None, 0, 5), scale.of_counts).bars
    assert gap.value is None
    assert gap.height == charts.HEIGHT - 50
    assert zero.height == 0
    assert 0 < one.height <= gap.height


def test_a_little_use_is_still_seen_beside_much() -> None:
    _, little = charts.columns(days(10**12, 1), scale.of_data).bars
    assert little.height >= 1


def test_a_limit_far_above_every_bar_is_left_out() -> None:
    near, far = Level(6, "limit", "near"), Level(600, "limit", "far")
    made = charts.columns(days(5, 6, 7), scale.of_counts, [near, far])
    assert [one.text for one in made.marks] == ["near"]


def test_a_climb_adds_up_and_a_gap_adds_nothing() -> None:
    made = charts.climb(days(2, None, 3), LAST, scale.of_counts, [], None)
    ys = [y for _, y in made.line]
    assert ys[0] == made.base
    assert ys[1] == ys[2]
    assert ys == sorted(ys, reverse=True)
    assert not made.forecast


def test_a_forecast_leads_to_the_limit_on_its_day() -> None:
    exhausts = date(2026, 11, 10)
    levels = [Level(8, "warn", "80 %"), Level(10, "limit", "Limit")]
    made = charts.climb(days(2, 2), LAST, scale.of_counts, levels, exhausts)
    assert made.exhausts == exhausts
    (x, y), (there, limit) = made.forecast
    assert (x, y) == made.line[-1]
    assert limit == made.marks[1].y
    slot = (made.right - made.left) / 30
    assert there == pytest.approx(made.left + 10 * slot, abs=0.1)


@pytest.mark.parametrize(
    ("exhausts", "values"), [(None, (2, 2)), (date(2026, 11, 1), (2, 2)), (LAST, (6, 6))]
)
def test_where_nothing_is_expected_or_the_limit_is_passed_no_forecast_is_drawn(
    exhausts: date | None, values: tuple[int, ...]
) -> None:
    levels = [Level(10, "limit", "Limit")]
    made = charts.climb(days(*values), LAST, scale.of_counts, levels, exhausts)
    assert not made.forecast
    assert made.exhausts is None


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_shares_fill_the_bar_in_their_proportions(numbers: list[int]) -> None:
    placed = charts.shares([(one, "good") for one in numbers])
    assert len(placed) == sum(one > 0 for one in numbers)
    if placed:
        assert sum(one.width for one in placed) == pytest.approx(100, abs=0.5)


def test_days_below_a_long_chart_do_not_crowd() -> None:
    made = charts.columns(days(*range(60)), scale.of_counts)
    assert len(made.labels) <= 7
    assert made.labels[0].text == "Nov 1"
    assert not made.labels[0].some


def test_the_last_day_below_a_chart_is_not_cut_off() -> None:
    made = charts.columns(days(*range(31)), scale.of_counts)
    assert [one.anchor for one in made.labels] == ["middle"] * 6 + ["end"]
    assert made.labels[-1].text == "Dec 1"
    assert made.labels[-1].x <= charts.WIDTH
