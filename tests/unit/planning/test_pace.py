"""Intervals that the rate limit can carry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.durations import seconds
from sim_operator.planning import pace


@pytest.mark.parametrize(("sims", "calls"), [(0, 1), (1, 1), (100, 1), (101, 2), (100_000, 1000)])
def test_a_sweep_takes_a_call_for_each_hundred_sims(sims: int, calls: int) -> None:
    assert pace.pages(sims) == calls


def test_an_interval_that_the_rate_carries_is_kept() -> None:
    assert pace.sweep_interval(300, 10_000, 8) == 300
    assert pace.detail_interval(3600, 1_000, 8) == 3600


def test_an_interval_that_the_rate_does_not_carry_is_stretched_to_half_of_it() -> None:
    assert pace.sweep_interval(1, 100_000, 8) == 250
    assert pace.detail_interval(3600, 100_000, 8) == 75_000


def test_details_that_are_off_stay_off() -> None:
    assert pace.detail_interval(0, 100_000, 8) == 0


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (0, "0s"),
        (1, "1s"),
        (59.2, "1m0s"),
        (60, "1m0s"),
        (300, "5m0s"),
        (3600, "1h0m0s"),
        (75_000, "20h50m0s"),
    ],
)
def test_intervals_are_shown_as_go_durations(length: float, text: str) -> None:
    assert pace.go_duration(length) == text


@given(st.floats(0, 10**6))
def test_a_shown_interval_is_rounded_up_to_whole_seconds(length: float) -> None:
    shown = seconds(pace.go_duration(length))
    assert length <= shown <= length + 1


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_wait_after_failures_grows_and_is_bounded(attempt: int, jitter: float) -> None:
    wait = pace.backoff(attempt, first=2.0, most=300.0, jitter=jitter)
    assert 1.0 <= wait <= 300.0
    assert wait <= pace.backoff(attempt + 1, first=2.0, most=300.0, jitter=1.0)


def test_a_sweep_is_stale_after_more_than_three_intervals() -> None:
    assert not pace.is_stale(1000.0, 300.0, 1900.0)
    assert pace.is_stale(1000.0, 300.0, 1900.1)
    assert pace.is_stale(None, 300.0, 0.0)
