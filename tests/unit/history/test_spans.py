"""Months of a range, and how long a SIM is expected to be read: pure."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.history.spans import LINGERS, Card, Span, end_of, months

days = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@given(first=days, length=st.integers(0, 800))
def test_the_months_of_a_range_are_all_of_its_days_and_none_twice(first: date, length: int) -> None:
    last = first + timedelta(days=length)
    spans = list(months(first, last))
    told = [
        span.first + timedelta(days=n)
        for span in spans
        for n in range((span.last - span.first).days + 1)
    ]
    assert told == [first + timedelta(days=n) for n in range(length + 1)]
    assert all(span.month == span.last.replace(day=1) for span in spans)
    assert [span.whole(date.max) for span in spans[1:-1]] == [True] * max(0, len(spans) - 2)


@pytest.mark.parametrize(
    ("day", "end"),
    [("2026-02-01", "2026-02-28"), ("2028-02-15", "2028-02-29"), ("2026-12-31",) * 2],
)
def test_months_end_as_the_calendar_says(day: str, end: str) -> None:
    assert end_of(date.fromisoformat(day)) == date.fromisoformat(end)


def test_a_month_that_has_not_ended_is_whole_when_all_that_has_begun_is_in_it() -> None:
    span = Span(date(2026, 11, 1), date(2026, 11, 20))
    assert [span.whole(date(2026, 11, day)) for day in (19, 20, 21)] == [True, True, False]
    assert not Span(date(2026, 11, 2), date(2026, 11, 30)).whole(date(2026, 11, 30))


@given(day=days, other=days, length=st.integers(0, 60))
def test_an_overlap_counts_the_days_that_are_in_both(day: date, other: date, length: int) -> None:
    span, last = Span(day, end_of(day)), other + timedelta(days=length)
    both = [n for n in range(length + 1) if span.first <= other + timedelta(days=n) <= span.last]
    assert span.overlap(other, last) == len(both)


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 11, 20), date(2026, 11, 20)),
        (date(2026, 11, 21), date(2026, 11, 20)),
        (date(2026, 11, 25), date(2026, 11, 24)),
        (date(2027, 6, 1), date(2026, 11, 20) + LINGERS),
    ],
    ids=["today was read", "today need not be read", "some days are missing", "it has left"],
)
def test_a_sim_is_expected_up_to_yesterday_and_not_for_ever(today: date, expected: date) -> None:
    card = Card("1" * 19, date(2026, 11, 1), date(2026, 11, 20), 1)
    assert card.expected_to(today) == expected
