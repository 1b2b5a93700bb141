"""The month of a SIM that no policy counts, from daily figures."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.usage import DayUsage, UsageReading
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.uncounted import first_of_month, used
from tests.unit.planning.quota.readings import NOW

DAYS = {
    date(2026, 10, 31): DayUsage(1000, 10),
    date(2026, 11, 1): DayUsage(1, 2),
    date(2026, 11, 20): DayUsage(20, 0),
    date(2026, 11, 23): DayUsage(300, 1),
}


def answer(
    first: str = "2026-11-01",
    at: datetime = NOW,
    days: dict[date, DayUsage] | None = None,
) -> UsageReading:
    told = DAYS if days is None else days
    since = date.fromisoformat(first)
    inside = {day: use for day, use in told.items() if since <= day <= at.date()}
    return UsageReading(at, since, at.date(), inside)


def figures(told: Usage | None) -> tuple[int | None, int | None]:
    assert told is not None
    return told.data, told.sms


@pytest.mark.parametrize("first", ["2026-11-01", "2026-10-31", "2026-05-27"])
def test_the_days_of_the_month_are_summed_however_far_back_was_asked(first: str) -> None:
    told = used(answer(first), None)
    assert told is not None
    assert (told.period.name, told.since) == ("2026-11", datetime(2026, 11, 1, tzinfo=UTC))
    assert (told.data, told.sms, told.as_of) == (321, 3, NOW)


def test_an_answer_that_does_not_reach_back_to_the_first_tells_nothing_of_the_month() -> None:
    assert used(answer("2026-11-02"), None) is None


def test_a_month_without_a_row_had_no_use() -> None:
    assert figures(used(answer(days={}), None)) == (0, 0)


def test_what_1nce_did_not_say_on_any_day_is_unknown_and_not_zero() -> None:
    first = datetime(2026, 11, 1, 0, 5, tzinfo=UTC)
    silent = {first.date(): DayUsage(None, 4)}
    assert figures(used(answer(at=first, days=silent), None)) == (None, 4)
    next_day = first + timedelta(days=1)
    assert figures(used(answer(at=next_day, days=silent), None)) == (0, 4)


def test_a_figure_never_falls_within_its_month() -> None:
    before = used(answer(), None)
    lower = answer(days={date(2026, 11, 23): DayUsage(5, None)}, at=NOW + timedelta(hours=6))
    told = used(lower, before)
    assert figures(told) == (321, 3)
    assert told is not None
    assert told.as_of == NOW + timedelta(hours=6)


def test_the_next_month_begins_anew() -> None:
    later = datetime(2026, 12, 1, 3, tzinfo=UTC)
    told = used(answer("2026-11-27", at=later), used(answer(), None))
    assert figures(told) == (0, 0)
    assert told is not None
    assert told.period.name == "2026-12"


@given(
    st.dictionaries(
        st.dates(date(2026, 10, 1), date(2026, 11, 23)),
        st.builds(DayUsage, st.integers(0, 2**40), st.integers(0, 2**20)),
    ),
    st.dates(date(2026, 6, 1), date(2026, 11, 23)),
)
def test_the_month_is_the_sum_of_its_days_whatever_the_answer(
    days: dict[date, DayUsage], first: date
) -> None:
    told = used(answer(first.isoformat(), days=days), None)
    begin = first_of_month(NOW.date())
    if first > begin:
        assert told is None
        return
    of_month = [use for day, use in days.items() if day >= begin]
    assert figures(told) == (
        sum(one.data or 0 for one in of_month),
        sum(one.sms or 0 for one in of_month),
    )
