"""The days and the rate that a book tells of."""

from datetime import date

import pytest

from sim_operator.domain.usage import (
    Service,
)
from sim_operator.planning.quota.counting import (
    history,
    opened,
    recent_rate,
    visited,
)
from tests.unit.planning.quota.readings import (
    DAY,
    HOUR,
    NOW,
    counted,
    visit,
)


def test_history_has_the_complete_days_with_their_gaps() -> None:
    book = visited(counted(), visit(NOW - 9 * DAY, {"2026-11-13": 5}, first="2026-11-12"))
    book = visited(book, visit(NOW, {"2026-11-22": 7, "2026-11-23": 99}, first="2026-11-22"))
    known = history(book)
    assert known.last == date(2026, 11, 22)
    assert known.data == (0, 5, 0, None, None, None, None, None, None, None, 7)
    assert known.sms[-1] == 1


def test_history_without_day_figures_is_what_was_watched_from_midnight_to_midnight() -> None:
    book = opened(NOW)
    assert history(book).data == ()
    left = 10_000
    for number in range(24 * 4):
        left -= 2
        book = visited(book, visit(NOW + number * HOUR, left=left))
    known = history(book)
    assert known.last == date(2026, 11, 26)
    assert known.data == (48, 48, 48)
    assert known.sms == (None, None, None)


def test_a_day_with_a_long_silence_is_not_a_watched_one() -> None:
    book = opened(NOW)
    for hours in (0, 6, 12, 18, 30, 70, 76, 82, 100, 120):
        book = visited(book, visit(NOW + hours * HOUR, left=9_000 - hours))
    known = history(book)
    assert known.last == date(2026, 11, 27)
    assert known.data == (24,)


def test_the_recent_rate_is_that_of_about_six_hours() -> None:
    book = opened(NOW)
    assert recent_rate(book, Service.DATA, NOW) is None
    left = 10**9
    for number in range(200):
        left -= 600 if number < 100 else 6000
        book = visited(book, visit(NOW + number * HOUR / 6, left=left))
    now = NOW + 200 * HOUR / 6
    assert recent_rate(book, Service.DATA, now) == pytest.approx(10)
    assert recent_rate(book, Service.SMS, now) is None
    assert recent_rate(book, Service.DATA, now + 2 * DAY) is None
    assert len(book.data.pace.marks) < 200


def test_the_recent_rate_comes_from_day_figures_where_there_is_no_meter() -> None:
    book = visited(opened(NOW), visit(NOW, {"2026-11-20": 5000, "2026-11-23": 100}))
    assert recent_rate(book, Service.DATA, NOW) is None
    book = visited(book, visit(NOW + HOUR, {"2026-11-20": 5000, "2026-11-23": 3700}))
    assert recent_rate(book, Service.DATA, NOW + HOUR) == pytest.approx(1)


def test_a_book_is_small() -> None:
    book = counted()
    for hours in range(60 * 24):
        at = NOW + hours * HOUR
        book = visited(book, visit(at, {at.date().isoformat(): 10**9}, left=10**12 - hours * 10**8))
    days = book.days
    kept = len(days.data) + len(days.sms) + len(book.data.pace.marks) + len(book.data.pace.past)
    assert kept < 1000
