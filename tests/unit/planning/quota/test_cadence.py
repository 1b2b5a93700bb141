"""How often use is read, and in which order."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.planning.quota.cadence import Due, fair_order, stretched, wanted_interval

MIB = 1024 * 1024
FASTEST, SLOWEST = 60.0, 6 * 3600.0
INTERVALS = st.lists(
    st.sampled_from([60.0, 600.0]) | st.floats(60.0, 21_600.0), min_size=1, max_size=80
)
DUE = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.floats(0, 10), st.uuids().map(str))
)


def interval(
    used: int | None = 10 * MIB,
    limit: int | None = 40 * MIB,
    rate: float | None = 1000.0,
    *,
    enforced: bool = True,
    detail_interval: float = 0.0,
) -> float:
    return wanted_interval(
        used=used,
        limit=limit,
        rate=rate,
        enforced=enforced,
        detail_interval=detail_interval,
        fastest=FASTEST,
        slowest=SLOWEST,
    )


def test_a_quarter_of_the_time_to_the_limit_passes_between_readings() -> None:
    assert interval(used=0, limit=4_000_000) == 1000.0


def test_a_sim_at_its_limit_is_read_as_often_as_can_be() -> None:
    assert interval(used=40 * MIB - 1) == FASTEST


def test_a_sim_far_from_its_limit_is_read_rarely() -> None:
    assert interval(rate=0.1) == SLOWEST
    assert interval(rate=0.0) == SLOWEST


def test_unknown_use_is_read_soon() -> None:
    assert interval(used=None) == FASTEST
    assert interval(used=None, limit=None, rate=None) == FASTEST


def test_an_unknown_rate_is_half_way_by_magnitude() -> None:
    assert interval(rate=None) == pytest.approx(math.sqrt(FASTEST * SLOWEST))


def test_audit_waits_for_enforce() -> None:
    assert interval(used=0, limit=4_000_000, enforced=False) == 2000.0
    assert interval(used=None, enforced=False) > interval(used=None)


@pytest.mark.parametrize(("detail", "wanted"), [(0.0, 21_600.0), (900.0, 900.0), (1e6, 21_600.0)])
def test_a_passed_limit_is_read_as_often_as_details_are(detail: float, wanted: float) -> None:
    assert interval(used=41 * MIB, detail_interval=detail) == wanted
    assert interval(limit=None, detail_interval=detail) == wanted


@given(st.integers(0, 40 * MIB - 1), st.integers(0, MIB), st.floats(0, 1e6), st.booleans())
def test_more_used_is_never_read_less_often(
    used: int, more: int, rate: float, enforced: bool
) -> None:
    later = min(used + more, 40 * MIB - 1)
    hot, calm = (interval(used=amount, rate=rate, enforced=enforced) for amount in (later, used))
    assert FASTEST <= hot <= calm <= SLOWEST


def test_intervals_that_fit_are_not_stretched() -> None:
    stretch = stretched([60.0, 600.0], budget=1.0)
    assert stretch.factor == 1.0
    assert [stretch.of(60.0), stretch.of(600.0)] == [60.0, 600.0]


def test_the_hottest_keep_their_interval() -> None:
    stretch = stretched([60.0] * 12 + [600.0] * 1000, budget=1.0)
    assert stretch.of(60.0) == 60.0
    assert stretch.of(600.0) == pytest.approx(1000 / 0.8)


def test_a_flood_of_hot_ones_shares_what_there_is() -> None:
    stretch = stretched([60.0] * 600 + [600.0] * 600, budget=1.0)
    assert stretch.of(60.0) == pytest.approx(60.0 * 11)
    assert stretch.of(600.0) == pytest.approx(600.0 * 11)


def test_no_budget_at_all_is_still_a_finite_wait() -> None:
    assert math.isfinite(stretched([60.0], budget=0.0).of(60.0))
    assert stretched([], budget=0.0).factor == 1.0


@given(INTERVALS, st.floats(0.001, 10))
def test_stretched_readings_fit_the_budget_and_keep_their_order(
    intervals: list[float], budget: float
) -> None:
    stretch = stretched(intervals, budget)
    longer = [stretch.of(wanted) for wanted in sorted(intervals)]
    assert sum(1 / wait for wait in longer) <= budget * 1.000001
    assert longer == sorted(longer)
    assert stretch.factor >= 1
    assert all(wait >= wanted for wait, wanted in zip(longer, sorted(intervals), strict=True))


def test_one_of_each_namespace_comes_in_turn() -> None:
    flood: list[Due] = [("a", 9.0, f"a{number}") for number in range(100)]
    order = fair_order([*flood, ("b", 0.1, "b0"), ("b", 0.5, "b1"), ("c", 0.2, "c0")], 6)
    assert [iccid for _, _, iccid in order] == ["a0", "b1", "c0", "a1", "b0", "a10"]


def test_no_namespace_comes_first_forever() -> None:
    due: list[Due] = [(name, 1.0, f"{name}{n}") for name in "abc" for n in range(5)]
    served: Counter[str] = Counter()
    after = ""
    for _ in range(9):
        (taken,) = fair_order(due, 1, after)
        after = taken[0]
        served[after] += 1
    assert served == {"a": 3, "b": 3, "c": 3}


@given(DUE, st.integers(0, 30), st.sampled_from(["", "a", "b", "d", "z"]))
def test_turns_are_shared_evenly_and_by_urgency(due: list[Due], count: int, after: str) -> None:
    order = fair_order(due, count, after)
    assert len(order) == min(count, len(due))
    assert len(set(order)) == len(order)
    taken = Counter(namespace for namespace, _, _ in order)
    there = Counter(namespace for namespace, _, _ in due)
    for namespace, number in taken.items():
        mine = [urgency for name, urgency, _ in order if name == namespace]
        assert mine == sorted((u for n, u, _ in due if n == namespace), reverse=True)[:number]
        for other in there:
            assert taken[other] >= min(there[other], number - 1)
