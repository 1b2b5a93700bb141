"""Months turn in UTC, and a date is written in the way of its field."""

import pytest

from sim_operator.simulator.clock import (
    day_start,
    month_start,
    next_month,
    numeric_offset,
    parse_rfc3339,
    rfc3339,
    spaced,
)


@pytest.mark.parametrize(
    ("moment", "month", "following"),
    [
        ("2026-11-15T12:00:00Z", "2026-11-01", "2026-12-01"),
        ("2026-12-31T23:59:59Z", "2026-12-01", "2027-01-01"),
        ("2027-01-01T00:00:00Z", "2027-01-01", "2027-02-01"),
        ("2028-02-29T08:00:00Z", "2028-02-01", "2028-03-01"),
        ("2026-12-01T00:30:00+01:00", "2026-11-01", "2026-12-01"),
    ],
)
def test_a_month_begins_and_ends_in_utc(moment: str, month: str, following: str) -> None:
    at = parse_rfc3339(moment)
    assert rfc3339(month_start(at)) == f"{month}T00:00:00.000Z"
    assert rfc3339(next_month(at)) == f"{following}T00:00:00.000Z"


def test_a_day_begins_at_midnight() -> None:
    assert rfc3339(day_start(parse_rfc3339("2026-11-15T23:59:59Z"))) == "2026-11-15T00:00:00.000Z"


def test_the_same_moment_is_written_in_three_ways() -> None:
    at = parse_rfc3339("2018-03-09T07:59:09.250Z")
    assert rfc3339(at) == "2018-03-09T07:59:09.250Z"
    assert numeric_offset(at) == "2018-03-09T07:59:09.000+0000"
    assert spaced(at) == "2018-03-09 07:59:09"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        parse_rfc3339("2026-11-15T12:00:00")
