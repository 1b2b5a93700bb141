"""A day of the ledger under one reading more: pure."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from sim_operator.history.merging import is_final, merged, told, wanted_again

DAY = date(2026, 11, 3)
END = datetime(2026, 11, 4, tzinfo=UTC)


def at(hours: int) -> datetime:
    return END + timedelta(hours=hours)


def test_figures_are_those_of_the_newest_reading_and_the_holder_that_of_the_oldest() -> None:
    readings = [told(DAY, (hours, 0), at(hours), hours) for hours in (1, 2, 3)]
    for order in permutations(readings):
        state = None
        for one in (*order, *order):
            state = merged(state, one)
        assert state is not None
        assert (state.data, state.read_at, state.membership, state.held_at) == (3, at(3), 1, at(1))


def test_what_was_not_told_later_is_not_known_any_more() -> None:
    before = told(DAY, (5, 1), at(1), 1)
    after = merged(before, told(DAY, (None, 1), at(2), 1))
    assert (after.data, after.known) == (None, False)


@pytest.mark.parametrize(("hours", "final"), [(-12, False), (71, False), (72, True), (1000, True)])
def test_a_day_is_final_three_days_after_its_end(hours: int, final: bool) -> None:
    assert is_final(DAY, at(hours)) is final
    assert told(DAY, (0, 0), at(hours), 1).final is final


def test_a_final_day_is_never_wanted_again_and_another_one_a_day_later() -> None:
    assert not wanted_again(DAY, at(72), at(10_000))
    assert not wanted_again(DAY, at(10), at(33))
    assert wanted_again(DAY, at(10), at(34))
