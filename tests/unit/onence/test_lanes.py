"""Who goes next, by literals."""

import pytest

from sim_operator.onence.lanes import Lane, detail_opens_at, next_lane, opens_at

W, S, H, D = Lane.WRITE, Lane.SWEEP, Lane.HOT, Lane.DETAIL


@pytest.mark.parametrize(
    ("waiting", "recent", "expected"),
    [
        ({W}, [], W),
        ({S}, [S, S, S], S),
        ({H}, [H, H, H], H),
        ({D}, [D, D, D], D),
        (set(), [W, W], None),
        # a sweep that waits is one of four
        ({W, S}, [W, W, W], S),
        ({W, S}, [S, W, W, W], S),
        ({W, S}, [W, S, W, W], W),
        ({W, S}, [W, W, W, S], W),
        # hot reads that wait are one of ten
        ({W, H}, [W] * 8, H),
        ({W, H}, [H, W, W, W, W, W, W, W], W),
        ({W, H}, [H, W, W, W, W, W, W, W, W], H),
        # both due: the sweep first, the hot read at once after it
        ({W, S, H}, [W] * 8, S),
        ({W, S, H}, [W] * 7 + [S], H),
        # what no promise claims goes by rank
        ({W, S, H, D}, [W, W, H, S], W),
        ({S, H, D}, [W, W, H, S], S),
        ({H, D}, [W, W, H, S], H),
        # details take what is left
        ({W, D}, [W] * 8, W),
    ],
)
def test_the_next_lane_keeps_the_promised_shares_and_then_the_rank(
    waiting: set[Lane], recent: list[Lane], expected: Lane | None
) -> None:
    assert next_lane(waiting, recent, detail_allowed=True) is expected


def test_details_wait_when_they_have_had_their_half() -> None:
    assert next_lane({D}, [], detail_allowed=False) is None
    assert next_lane({D, H}, [H], detail_allowed=False) is H


@pytest.mark.parametrize("length", [4, 40, 41, 43])
def test_over_any_ten_starts_a_waiting_sweep_gets_a_quarter_and_hot_reads_a_tenth(
    length: int,
) -> None:
    recent: list[Lane] = []
    for _ in range(length):
        lane = next_lane({W, S, H, D}, recent, detail_allowed=True)
        assert lane is not None
        recent.append(lane)
    for start in range(len(recent) - 3):
        assert S in recent[start : start + 4]
    for start in range(len(recent) - 9):
        assert H in recent[start : start + 10]
    assert D not in recent
    assert recent.count(W) >= length * 0.6 - 1


@pytest.mark.parametrize(
    ("starts", "limit", "expected"),
    [
        ([], 2, float("-inf")),
        ([5.0], 2, float("-inf")),
        ([5.0, 6.0], 2, 6.0),
        ([6.0, 5.0, 5.5], 2, 6.5),
        ([5.0], 1, 6.0),
    ],
)
def test_a_window_opens_when_the_oldest_start_that_counts_leaves_it(
    starts: list[float], limit: int, expected: float
) -> None:
    assert opens_at(starts, limit, 1.0) == expected


@pytest.mark.parametrize(
    ("starts", "rate", "expected"),
    [
        ([5.0, 5.0, 5.0], 8, float("-inf")),
        ([5.0, 5.0, 5.0, 5.0], 8, 6.0),
        ([5.0], 1, 7.0),  # one in two seconds
        ([5.0, 6.0], 3, 7.0),  # one in a second
    ],
)
def test_details_open_at_half_of_the_rate_also_of_an_odd_one(
    starts: list[float], rate: int, expected: float
) -> None:
    assert detail_opens_at(starts, rate, 1.0) == expected
