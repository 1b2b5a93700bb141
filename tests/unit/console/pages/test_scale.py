"""Scales from zero with round ticks."""

from hypothesis import given
from hypothesis import strategies as st

from sim_operator.console.pages import figures, scale


@given(st.integers(min_value=0, max_value=2**62))
def test_a_scale_reaches_what_it_has_to_show_with_few_ticks(largest: int) -> None:
    for made in (scale.of_data(largest), scale.of_counts(largest)):
        assert made.top >= largest
        assert made.ticks[0] == 0
        assert made.ticks[-1] == made.top
        assert 2 <= len(made.ticks) <= 6
        assert made.height(largest, 100.0) <= 100.0


@given(st.integers(min_value=1, max_value=2**50))
def test_ticks_of_data_are_whole_in_the_unit_that_they_are_told_in(largest: int) -> None:
    for tick in scale.of_data(largest).ticks:
        assert "." not in figures.data(tick) or figures.data(tick).split(".")[1][0] == "5"


def test_a_negative_value_and_one_above_the_top_stay_on_the_chart() -> None:
    made = scale.of_counts(10)
    assert made.height(-3, 100.0) == 0
    assert made.height(made.top * 2, 100.0) == 100.0
