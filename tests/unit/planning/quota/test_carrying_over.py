"""What a new process knows from the base in the status."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim_operator.domain.usage import LeftReading, Service, Visit
from sim_operator.planning.quota.carrying_over import periods
from sim_operator.planning.quota.counting import base, opened, restored, streamed, visited, wanting
from tests.unit.planning.quota.readings import (
    DAILY,
    DAY,
    HOUR,
    LIFETIME,
    MONTHLY,
    NOW,
    counted,
    data,
    found,
    record,
    visit,
)


def test_a_base_is_a_dozen_short_texts() -> None:
    book = wanting(opened(NOW, NOW - 9 * DAY), [MONTHLY, LIFETIME], NOW)
    left = LeftReading(NOW, -(10**14), 10**15)
    book = visited(book, Visit(NOW, None, left, left))
    book = visited(book, visit(NOW, {"2026-11-01": 2**62, "2026-11-23": 2**50}, left=5))
    entries = base(book, MONTHLY, LIFETIME)
    assert len(entries) == 12
    assert all(len(text) <= 64 for text in entries.values())
    assert base(book, MONTHLY, MONTHLY).keys() == base(book, MONTHLY, None).keys()
    assert len(base(book, DAILY, None)) == 4


def test_the_periods_that_a_base_counts_are_told_by_name() -> None:
    book = wanting(opened(NOW), [MONTHLY, LIFETIME], NOW)
    assert periods(base(book, MONTHLY, None)) == {"2026-11"}
    assert periods(base(book, LIFETIME, MONTHLY)) == {"2026-11", "Lifetime"}
    assert periods({}) == periods({"shown": "2026-11", "heldFor": "data.perSIM=5"}) == frozenset()


def test_the_fall_since_the_carried_reading_counts_and_the_records_in_it_do_not() -> None:
    book = visited(counted(), visit(NOW, {"2026-11-23": 50}, left=400))
    book, _ = streamed(book, record(1, NOW + HOUR, 10))
    new = restored(base(book, MONTHLY, None), NOW + 2 * HOUR, None)
    assert data(new, NOW + 2 * HOUR) == 60
    new, taken = streamed(new, record(1, NOW + HOUR, 10))
    assert not taken
    new = visited(new, visit(NOW + 3 * HOUR, left=385))
    assert data(new, NOW + 3 * HOUR) == 65


def test_a_record_after_the_restart_counts_with_its_share_only() -> None:
    book = visited(counted(), visit(NOW, {"2026-11-23": 50}, left=400))
    new = restored(base(book, MONTHLY, None), NOW + 2 * HOUR, None)
    new, _ = streamed(new, record(1, NOW + HOUR, 100, lasted=4 * HOUR))
    assert data(new, NOW + 2 * HOUR) == 75


def test_after_the_turn_the_carried_reading_is_only_the_base() -> None:
    end = datetime(2026, 12, 1, tzinfo=UTC)
    book = visited(counted(), visit(end - HOUR, {"2026-11-23": 50}, left=400))
    new = wanting(restored(base(book, MONTHLY, None), end + HOUR, None), [MONTHLY], end + HOUR)
    assert data(new, end + HOUR) == 0
    assert found(new, end + HOUR).since == end
    new = visited(new, visit(end + 2 * HOUR, left=300))
    new = visited(new, visit(end + 3 * HOUR, left=290))
    assert data(new, end + 3 * HOUR) == 10


def test_a_lifetime_goes_on_beyond_the_six_months_and_over_top_ups() -> None:
    start = NOW - 300 * DAY
    now = start
    book = wanting(opened(start, start), [LIFETIME], start)
    for number in range(300):
        now = start + number * DAY
        first = max(start, now - 30 * DAY)
        days = {(first + day * DAY).date().isoformat(): 10 for day in range((now - first).days + 1)}
        book = visited(book, visit(now, days, first=first.date().isoformat()))
        if number % 37 == 0:
            book = restored(base(book, LIFETIME, None), now, start)
            book = wanting(book, [LIFETIME], now)
    assert data(book, now, LIFETIME) == 3000
    assert found(book, now, LIFETIME).since == start


@pytest.mark.parametrize("ahead", [2 * DAY, 40 * DAY])
def test_a_base_from_the_future_is_not_believed(ahead: timedelta) -> None:
    later = datetime(2026, 12, 1, tzinfo=UTC)
    book = visited(counted(now=later), visit(later, {"2026-12-01": 50}, left=400))
    entries = base(book, MONTHLY, None)
    new = wanting(restored(entries, later - ahead, None), [MONTHLY], later - ahead)
    assert data(new, later - ahead) is None
    assert new.data.left is None
    new = visited(new, visit(later - ahead, {}, left=400, first="2026-10-01"))
    new, taken = streamed(new, record(1, later - ahead + HOUR, 10))
    assert taken


def test_a_base_of_a_clock_a_little_ahead_is_believed() -> None:
    later = datetime(2026, 12, 1, tzinfo=UTC)
    book = visited(counted(now=later), visit(later, {"2026-12-01": 50}, left=400))
    new = wanting(restored(base(book, MONTHLY, None), later - HOUR, None), [MONTHLY], later - HOUR)
    assert found(new, later - HOUR).period.name == "2026-12"
    assert data(new, later - HOUR) == 50


GOOD = base(
    visited(
        wanting(opened(NOW, NOW - 9 * DAY), [MONTHLY, LIFETIME], NOW),
        visit(NOW, {"2026-11-23": 50}, left=400),
    ),
    MONTHLY,
    LIFETIME,
)
WORDS = st.sampled_from(
    [
        "",
        "-",
        "0",
        "-7",
        "9" * 18,
        "9" * 40,
        "²",
        "nan",
        "2026-11-23T12:00:00Z",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "Monthly",
        "Daily",
        "Lifetime",
        "2026-11",
        "9000-12",
        "Etc/UTC",
        "../etc",
        "Pacific/Apia",
    ]
)
TEXTS = st.one_of(st.text(max_size=64), st.lists(WORDS, max_size=5).map(" ".join))


@given(
    st.dictionaries(st.sampled_from(sorted(GOOD)), TEXTS, max_size=4),
    st.sets(st.sampled_from(sorted(GOOD)), max_size=4),
)
@example({"data.left": "0001-01-01T00:00:00Z 0 -"}, set())
@example({"shown.since": "0001-01-01T00:00:00Z"}, set())
@example({"other.since": "0001-01-01T00:00:00Z 0 0"}, set())
def test_no_base_breaks_the_book(changed: dict[str, str], absent: set[str]) -> None:
    entries = {key: text for key, text in GOOD.items() if key not in absent} | changed
    book = wanting(restored(entries, NOW, NOW - 9 * DAY), [MONTHLY, LIFETIME], NOW)
    book = visited(book, visit(NOW + HOUR, {"2026-11-23": 60}, left=390))
    book, _ = streamed(book, record(1, NOW + 2 * HOUR, 5))
    for track in (MONTHLY, LIFETIME):
        assert (data(book, NOW + 2 * HOUR, track) or 0) >= 0
        assert all(len(text) <= 64 for text in base(book, track, None).values())
    assert found(book, NOW + 2 * HOUR).of(Service.DATA) is not None


def test_a_share_that_a_reading_corrected_is_not_carried_as_known() -> None:
    book = visited(counted(), visit(NOW, {"2026-11-23": 50}, left=400))
    book, _ = streamed(book, record(1, NOW + HOUR, 100, lasted=4 * HOUR))
    book = visited(book, visit(NOW + 2 * HOUR, left=400))
    new = restored(base(book, MONTHLY, None), NOW + 2 * HOUR, None)
    new, _ = streamed(new, record(2, NOW + 3 * HOUR, 5))
    assert data(new, NOW + 3 * HOUR) == 75
    new, _ = streamed(new, record(3, NOW + 4 * HOUR, 25))
    assert data(new, NOW + 4 * HOUR) == 80
