"""Streamed records: what they add, once, and what they do not."""

from datetime import UTC, datetime, timedelta

import pytest

from sim_operator.planning.quota.counting import (
    streamed,
    visited,
    wanting,
)
from tests.unit.planning.quota.readings import (
    DAY,
    HOUR,
    MONTHLY,
    NOW,
    counted,
    data,
    found,
    record,
    visit,
)


def test_a_record_counts_at_once_and_once() -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    book, new = streamed(book, record(1, NOW + HOUR, 10))
    assert new
    assert data(book, NOW + HOUR) == 10
    again, new = streamed(book, record(1, NOW + HOUR, 10))
    assert not new
    assert again == book


def test_a_record_from_before_the_reading_adds_nothing() -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    for late in (timedelta(0), HOUR, 100 * DAY):
        after, new = streamed(book, record(1, NOW - late, 10))
        assert not new
        assert after is book


def test_a_record_over_a_reading_counts_with_its_share() -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    book, _ = streamed(book, record(1, NOW + HOUR, 100, lasted=4 * HOUR))
    assert data(book, NOW + HOUR) == 25


def test_a_record_that_names_the_start_of_its_session_begins_where_the_last_one_ended() -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    book, _ = streamed(book, record(1, NOW + HOUR, 10))
    book, _ = streamed(book, record(2, NOW + 2 * HOUR, 100, lasted=9 * HOUR))
    assert data(book, NOW + 2 * HOUR) == 110


def test_a_record_over_the_start_of_a_period_counts_with_its_share() -> None:
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    book = visited(counted(), visit(midnight - HOUR, {}, left=400))
    book = wanting(book, [MONTHLY], midnight + HOUR)
    book, _ = streamed(book, record(1, midnight + HOUR, 100, lasted=2 * HOUR))
    assert data(book, midnight + HOUR) == 50


def test_the_part_of_a_record_after_the_period_is_not_counted_in_it() -> None:
    midnight = datetime(2026, 12, 1, tzinfo=UTC)
    book = visited(counted(), visit(midnight - HOUR, {}, left=400))
    book, _ = streamed(book, record(1, midnight + 3 * HOUR, 100, lasted=4 * HOUR))
    assert data(book, midnight - HOUR) == 25
    book, _ = streamed(book, record(2, midnight + 4 * HOUR, 100))
    assert data(book, midnight - HOUR) == 25


def test_records_without_end_are_bounded_and_never_counted_twice() -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    sent = [record(number, NOW + number * timedelta(seconds=1), 1) for number in range(1, 1200)]
    for one in sent:
        book, _ = streamed(book, one)
    for one in sent:
        book, _ = streamed(book, one)
    assert data(book, NOW + HOUR) == len(sent)
    assert len(book.data.ids) <= 512


def test_a_record_from_the_future_breaks_nothing() -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    after, new = streamed(book, record(1, NOW + 400 * DAY, 10))
    assert (after, new) == (book, False)
    book, new = streamed(book, record(2, NOW + 5 * HOUR, 10))
    assert new
    book, new = streamed(book, record(3, NOW + HOUR, 10, lasted=HOUR))
    assert new
    assert data(book, NOW) == 20
    assert found(book, NOW).as_of == NOW


@pytest.mark.parametrize("volume", [0, -5])
def test_a_record_without_volume_adds_nothing(volume: int) -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    book, _ = streamed(book, record(1, NOW + HOUR, volume, lasted=-HOUR))
    assert data(book, NOW + HOUR) == 0


def test_a_reading_forgets_the_records_that_it_contains() -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    book, _ = streamed(book, record(1, NOW + HOUR, 10))
    assert visited(book, visit(NOW + 2 * HOUR, {})).data.ids == ()
    assert visited(book, visit(NOW + HOUR / 2, {})).data.ids == (1,)


def test_a_record_that_was_overtaken_counts_with_its_own_share() -> None:
    book = visited(counted(), visit(NOW, {}, left=400))
    book, _ = streamed(book, record(2, NOW + 2 * HOUR, 10))
    book, new = streamed(book, record(1, NOW + HOUR, 100, lasted=4 * HOUR))
    assert new
    assert data(book, NOW + 2 * HOUR) == 35
