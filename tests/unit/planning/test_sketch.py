"""The small picture of a large set that survives a restart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.account_status import MAX_SKETCH
from sim_operator.domain.iccid import Iccid
from sim_operator.planning.sketch import SIZE, Sketch, decode, sketch
from tests.unit.specimens import iccids


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_small_set_is_remembered_exactly(count: int, lost: int) -> None:
    fleet = iccids(min(count, SIZE))
    left = fleet - iccids(lost)
    assert sketch(fleet).missing_from(left) == len(fleet - left)


def test_other_sims_do_not_hide_that_some_are_missing() -> None:
    assert sketch(iccids(100)).missing_from(iccids(100, first=50)) == 50


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_what_is_missing_of_a_large_set_is_estimated(share: float) -> None:
    fleet = iccids(20_000)
    lost = int(20_000 * share)
    others = iccids(lost, first=1_000_000)
    missing = sketch(fleet).missing_from((fleet - iccids(lost)) | others)
    assert abs(missing - lost) <= 0.1 * 20_000


def test_an_estimate_is_never_below_what_the_sizes_prove() -> None:
    told = sketch(iccids(20_000))
    assert told.missing_from(frozenset()) == 20_000
    assert told.missing_from(iccids(5_000)) >= 15_000


def test_nothing_is_missing_from_a_set_that_grew() -> None:
    assert sketch(iccids(5_000)).missing_from(iccids(9_000)) == 0


@given(st.integers(0, 600))
def test_a_sketch_is_read_back_from_its_text(count: int) -> None:
    told = sketch(iccids(count))
    assert decode(told.count, told.encode()) == told


def test_the_text_of_the_largest_sketch_fits_the_status() -> None:
    assert len(sketch(iccids(5_000)).encode()) <= MAX_SKETCH


def test_the_order_of_the_sims_does_not_matter() -> None:
    ordered = sorted(iccids(1_000))
    assert sketch(ordered) == sketch(reversed(ordered))


@pytest.mark.parametrize("text", ["?", "AAAA", "not base64!", "ÄÖÜ"])
def test_a_text_that_is_no_sketch_is_none(text: str) -> None:
    assert decode(1_000, text) is None


def test_more_hashes_than_sims_are_no_sketch() -> None:
    assert decode(2, sketch(iccids(3)).encode()) is None


def test_a_sketch_that_was_lost_still_compares_the_sizes() -> None:
    assert Sketch(100, ()).missing_from(iccids(40)) == 60
    assert Sketch(100, ()).missing_from(frozenset({Iccid("1")})) == 99
