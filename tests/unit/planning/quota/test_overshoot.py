"""How far a SIM gets past its limit."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.planning.quota.overshoot import max_overshoot

MIB = 1024 * 1024
TIMES = st.floats(0, 1e5)


def overshoot(
    *,
    rate: float | None = 1000.0,
    cadence: float = 60.0,
    act: float = 5.0,
    lag: float = 900.0,
    straddle: int = 0,
    streamed: bool = False,
) -> int | None:
    return max_overshoot(
        rate=rate, cadence=cadence, act=act, lag=lag, straddle=straddle, streamed=streamed
    )


def test_nothing_is_told_where_nothing_was_observed() -> None:
    assert overshoot(rate=None, straddle=MIB) is None


def test_late_figure_next_reading_and_effect_add_up() -> None:
    assert overshoot() == 1000 * (60 + 5 + 900)


def test_streamed_use_does_not_wait_for_a_reading() -> None:
    assert overshoot(streamed=True) == 1000 * (5 + 900)


def test_a_day_of_two_periods_is_added() -> None:
    assert overshoot(straddle=MIB) == 965_000 + MIB
    assert overshoot(rate=0.0, straddle=MIB) == MIB


def test_a_part_of_a_byte_counts() -> None:
    assert overshoot(rate=0.001) == 1


@given(rate=st.floats(0, 1e7), cadence=st.floats(1, 1e5), act=TIMES, lag=TIMES, crossed=TIMES)
def test_no_sim_gets_further(
    rate: float, cadence: float, act: float, lag: float, crossed: float
) -> None:
    first_that_shows_it = math.ceil((crossed + lag) / cadence) * cadence
    off = first_that_shows_it + act
    most = overshoot(rate=rate, cadence=cadence, act=act, lag=lag)
    assert most is not None
    assert rate * (off - crossed) <= most * 1.000001 + 1


@pytest.mark.parametrize("term", ["cadence", "act", "lag"])
def test_a_clock_that_steps_back_makes_nothing_negative(term: str) -> None:
    kept = {"cadence": 905_000, "act": 960_000, "lag": 65_000}[term]
    given_term = {"cadence": 60.0, "act": 5.0, "lag": 900.0} | {term: -50.0}
    assert overshoot(**given_term) == kept  # type: ignore[arg-type]
