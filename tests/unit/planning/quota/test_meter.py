"""What two meter readings prove."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.usage import LeftReading
from sim_operator.planning.quota.meter import fall

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("before", "after", "last_added", "used"),
    [
        (400, 390, None, 10),
        (5, -3, None, 8),
        (-3, -3, 500, 0),
        # Topped up by 500 after all was used.
        (10, 490, 500, 20),
        (-20, 480, 500, 0),
        # A rise that one top-up cannot explain, or whose volume is not known.
        (10, 600, 500, None),
        (10, 600, None, None),
        (10, 600, 0, None),
        # Too small to be a top-up: a correction, or an old answer.
        (390, 400, 500, 0),
        # More was used than the top-up brought: a lower bound.
        (600, 100, 500, 500),
    ],
)
def test_what_is_left_tells_use(
    before: int, after: int, last_added: int | None, used: int | None
) -> None:
    found = fall(LeftReading(NOW, before), LeftReading(LATER, after, last_added=last_added))
    assert found.used == used
    assert found.base.at == LATER


def test_with_all_that_was_bought_a_top_up_hides_nothing() -> None:
    assert fall(LeftReading(NOW, 10, 500), LeftReading(LATER, 480, 1000)).used == 30


def test_an_old_answer_counts_nothing_now_nor_later() -> None:
    for bought in (500, None):
        fresh = LeftReading(NOW, 100, bought, last_added=500)
        old = LeftReading(LATER, 130, bought, last_added=500)
        stale = fall(fresh, old)
        assert stale.used == 0
        assert fall(stale.base, LeftReading(LATER, 95, bought, 500)).used == 5


def test_another_quota_is_a_new_base() -> None:
    found = fall(LeftReading(NOW, 100, 1000), LeftReading(LATER, 500, 500))
    assert found.used is None
    assert found.base.left == 500


@given(
    st.integers(-100, 600),
    st.integers(0, 600),
    st.lists(st.integers(1, 600), max_size=3),
    st.booleans(),
)
def test_no_top_ups_make_up_use(left: int, use: int, top_ups: list[int], bought: bool) -> None:
    before = LeftReading(NOW, left, 1000 if bought else None)
    added = sum(top_ups)
    after = LeftReading(
        LATER,
        left + added - use,
        1000 + added if bought else None,
        top_ups[-1] if top_ups else None,
    )
    found = fall(before, after).used
    assert found is None or 0 <= found <= use
    if bought:
        assert found == use
