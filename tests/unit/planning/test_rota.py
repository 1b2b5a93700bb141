"""When each SIM's details are read."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.planning.rota import first_due, next_due, next_within, phase
from tests.unit.specimens import ICCID, iccids

INTERVALS = st.floats(1, 7 * 24 * 3600)
MOMENTS = st.floats(0, 10**8)


def test_the_phases_of_a_fleet_are_evenly_spread() -> None:
    slots = [0] * 10
    for iccid in iccids(10_000):
        slots[int(phase(iccid) * 10)] += 1
    assert min(slots) > 850
    assert max(slots) < 1150


def test_a_fleet_that_was_read_in_a_rush_is_spread_by_its_next_round() -> None:
    slots = [0] * 10
    for iccid in iccids(10_000):
        due = next_due(iccid, 3600.0, 5000.0)
        slots[int((due - 5000.0 - 1800.0) / 360.0)] += 1
    assert min(slots) > 850
    assert max(slots) < 1150


@given(INTERVALS, MOMENTS)
def test_the_next_read_is_half_to_one_and_a_half_intervals_away(
    interval: float, now: float
) -> None:
    wait = next_due(ICCID, interval, now) - now
    assert 0.499 * interval <= wait <= 1.501 * interval


@given(INTERVALS, MOMENTS)
def test_a_sim_is_read_once_in_an_interval_from_its_second_read_on(
    interval: float, now: float
) -> None:
    first = next_due(ICCID, interval, now)
    second = next_due(ICCID, interval, first)
    assert abs(second - first - interval) <= 0.001 * interval


@given(INTERVALS, MOMENTS)
def test_a_sim_that_shows_no_figure_is_read_at_once(interval: float, now: float) -> None:
    assert first_due(ICCID, interval, now, shown=False) == now


@given(INTERVALS, MOMENTS)
def test_a_sim_that_shows_its_figures_waits_for_its_slot(interval: float, now: float) -> None:
    assert now <= first_due(ICCID, interval, now, shown=True) <= now + 1.001 * interval


@given(INTERVALS, MOMENTS)
def test_a_sim_is_read_again_within_an_interval_and_never_soon(interval: float, now: float) -> None:
    moments = [now]
    for _ in range(5):
        moments.append(next_within(ICCID, interval, moments[-1]))
    waits = [later - earlier for earlier, later in pairwise(moments)]
    assert min(waits) >= 0.499 * interval
    assert max(waits) <= 1.002 * interval
    assert waits[2:] == pytest.approx([interval] * 3, rel=2e-3), "it keeps to its slot"
