"""Numbers and percentages as limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.planning.limits import resolve


@pytest.mark.parametrize(
    ("limit", "of", "allowed"),
    [
        (5, 3, 5),
        (0, 1000, 0),
        ("10%", 0, 1),
        ("10%", 1, 1),
        ("10%", 10, 1),
        ("10%", 11, 2),
        ("10%", 100, 10),
        ("10%", 101, 11),
        ("1%", 60, 1),
        ("100%", 60, 60),
        ("0%", 1000, 0),
    ],
)
def test_a_percentage_is_rounded_up_and_at_least_one(
    limit: int | str, of: int, allowed: int
) -> None:
    assert resolve(limit, of) == allowed


@given(st.integers(1, 100), st.integers(0, 10**6))
def test_a_percentage_never_allows_less_than_its_share_nor_a_whole_one_more(
    percent: int, of: int
) -> None:
    allowed = resolve(f"{percent}%", of)
    assert allowed >= 1
    assert allowed * 100 >= of * percent
    assert (allowed - 1) * 100 < max(1, of * percent)
