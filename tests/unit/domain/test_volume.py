"""Data volumes, in bytes and as Kubernetes quantities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.volume import MEBIBYTE, bytes_of, from_megabytes, quantity, rounded

VOLUMES = st.integers(0, 10**13)


def test_a_megabyte_of_1nce_is_a_mebibyte() -> None:
    assert from_megabytes(500) == 500 * 1024 * 1024
    assert quantity(from_megabytes(500)) == "500Mi"


def test_a_negative_volume_stays_negative() -> None:
    assert from_megabytes(-0.5) == -MEBIBYTE // 2


def test_a_quantity_never_overstates_what_is_left() -> None:
    assert quantity(2 * MEBIBYTE - 1) == "1Mi"
    assert quantity(MEBIBYTE - 1) == "0Mi"


def test_a_small_quota_is_shown_in_steps_of_one_mebibyte() -> None:
    assert rounded(7 * MEBIBYTE + 5, 50 * MEBIBYTE) == 7 * MEBIBYTE


def test_a_large_quota_is_shown_in_steps_of_one_percent() -> None:
    assert rounded(437 * MEBIBYTE, 500 * MEBIBYTE) == 435 * MEBIBYTE


@given(VOLUMES, VOLUMES)
def test_rounding_is_down_by_less_than_a_step(volume: int, of: int) -> None:
    shown = rounded(volume, of)
    assert 0 <= volume - shown < max(MEBIBYTE, of // 100 + 1)
    assert shown % MEBIBYTE == 0


@given(VOLUMES, VOLUMES)
def test_rounding_twice_changes_nothing(volume: int, of: int) -> None:
    assert rounded(rounded(volume, of), of) == rounded(volume, of)


@given(VOLUMES)
def test_a_quantity_is_read_back(volume: int) -> None:
    assert bytes_of(quantity(volume)) == volume // MEBIBYTE * MEBIBYTE


@pytest.mark.parametrize(
    ("text", "volume"),
    [("412Mi", 412 * MEBIBYTE), ("1.5Gi", 1536 * MEBIBYTE), ("1000", 1000), ("3k", 3000), ("0", 0)],
)
def test_quantities_are_bytes(text: str, volume: int) -> None:
    assert bytes_of(text) == volume


@pytest.mark.parametrize("text", ["", "much", "Mi", "12 apples", "Infinity", "NaN", "5MiB"])
def test_what_is_no_quantity_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="quantity"):
        bytes_of(text)
