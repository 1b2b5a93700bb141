"""Periods: where they begin and end in local time, and that they tile it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.choices import PeriodKind
from sim_operator.planning.quota.period import (
    EPOCH,
    InvalidTimeZoneError,
    Period,
    Track,
    period_at,
    period_named,
    zone,
)

ODD_ZONES = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Etc/GMT+12",
    "Etc/UTC",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Kwajalein",
]
REAL_ZONES = sorted(
    name
    for name in available_timezones()
    if not name.startswith(("posix/", "right/", "posixrules", "localtime"))
)
KINDS = [PeriodKind.DAILY, PeriodKind.MONTHLY]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day(place: str, name: str) -> Period:
    found = period_named(Track(PeriodKind.DAILY, place), name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("place", "name", "start", "hours"),
    [
        ("Etc/UTC", "2026-11-23", "2026-11-23T00:00", 24),
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00", 23),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00", 25),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00", 24.5),
        ("Asia/Kathmandu", "2026-11-23", "2026-11-22T18:15", 24),
        ("Pacific/Kiritimati", "2026-11-23", "2026-11-22T10:00", 24),
        ("Pacific/Auckland", "2026-01-01", "2025-12-31T11:00", 24),
        # No midnight: the clock went from 00:00 to 01:00.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00", 23),
        ("America/Sao_Paulo", "2018-11-03", "2018-11-03T03:00", 24),
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00", 23),
        # Midnight came twice: from 01:00 back to 00:00.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00", 25),
        # From 00:01 back to 23:01 of the day before.
        ("America/St_Johns", "2010-11-07", "2010-11-07T02:30", 25),
        # From 23:30 to 00:30, as no other place: Toronto in 1919.
        ("America/Toronto", "1919-03-31", "1919-03-31T04:30", 23.5),
    ],
)
def test_a_day_goes_from_its_first_instant_to_that_of_the_next(
    place: str, name: str, start: str, hours: float
) -> None:
    if name < "1970":
        found = period_at(Track(PeriodKind.DAILY, place), utc(f"{name}T12:00"))
    else:
        found = day(place, name)
    assert found.start == utc(start)
    assert found.end == utc(start) + timedelta(hours=hours)
    assert found.name == name


def test_a_month_turns_at_local_midnight() -> None:
    november = period_at(Track(PeriodKind.MONTHLY, "Europe/Berlin"), utc("2026-10-31T23:00"))
    assert november.name == "2026-11"
    assert november.start == utc("2026-10-31T23:00")
    assert november.end == utc("2026-11-30T23:00")
    before = period_at(november.track, utc("2026-10-31T22:59:59.999999"))
    assert before.name == "2026-10"
    assert before.start == utc("2026-09-30T22:00")
    assert before.end == november.start


def test_a_lifetime_has_no_end() -> None:
    track = Track(PeriodKind.LIFETIME, "Etc/UTC")
    assert period_at(track, utc("2026-11-23T12:00")) == Period(track, "Lifetime", EPOCH, None)
    assert period_named(track, "Lifetime") == Period(track, "Lifetime", EPOCH, None)
    assert period_named(track, "2026-11") is None


def test_a_day_that_a_place_skipped_is_no_period() -> None:
    assert period_named(Track(PeriodKind.DAILY, "Pacific/Apia"), "2011-12-30") is None
    assert day("Pacific/Apia", "2011-12-29").end == day("Pacific/Apia", "2011-12-31").start


def test_the_repeated_hour_before_midnight_belongs_to_the_day_that_began() -> None:
    track = Track(PeriodKind.DAILY, "America/St_Johns")
    assert period_at(track, utc("2010-11-07T02:45")).name == "2010-11-07"
    assert period_at(track, utc("2010-11-07T02:29")).name == "2010-11-06"


@pytest.mark.parametrize(
    "name",
    ["2026-13", "2026-00", "2026-1", "2026-11-23", "", "Lifetime", "0000-01", "9999-12", "1969-12"],
)
def test_a_name_that_is_no_month_names_no_period(name: str) -> None:
    assert period_named(Track(PeriodKind.MONTHLY, "Etc/UTC"), name) is None


@pytest.mark.parametrize("name", ["2026-02-30", "2026-11", "2026-11-231", "²026-11-23", "x"])
def test_a_name_that_is_no_day_names_no_period(name: str) -> None:
    assert period_named(Track(PeriodKind.DAILY, "Etc/UTC"), name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "CEST+1:00",
        "Mars/Olympus",
        "Europe",
        "America/Argentina",
        "/usr/share/zoneinfo/Europe/Berlin",
        "../zoneinfo/Europe/Berlin",
        "Europe/../Europe/Berlin",
        "Europe//Berlin",
        "Europe/Berlin/",
        "Europe/Berlin\x00",
        "right/Europe/Berlin",
        "posix/Europe/Berlin",
        "posixrules",
        "localtime",
        "tzdata.zi",
        "Europe/Zürich",
        "x" * 300,
    ],
)
def test_what_is_no_zone_is_refused_with_what_to_write(name: str) -> None:
    with pytest.raises(InvalidTimeZoneError, match="IANA name, such as Europe/Berlin"):
        zone(name)


@pytest.mark.parametrize("place", REAL_ZONES)
def test_every_zone_is_found_and_its_months_tile_a_year(place: str) -> None:
    track = Track(PeriodKind.MONTHLY, place)
    period = period_at(track, utc("2025-12-20T00:00"))
    for number in range(1, 13):
        assert period.end is not None
        following = period_at(track, period.end)
        assert following.start == period.end
        assert following.name == f"2026-{number:02}"
        period = following


@pytest.mark.parametrize("place", ODD_ZONES)
def test_days_tile_the_years(place: str) -> None:
    track = Track(PeriodKind.DAILY, place)
    period = period_at(track, utc("2009-12-31T12:00"))
    names = set()
    while period.start < utc("2019-02-01T00:00"):
        assert period.end is not None
        assert timedelta(hours=22) <= period.end - period.start <= timedelta(hours=26)
        following = period_at(track, period.end)
        assert following.start == period.end
        assert period_at(track, period.end - timedelta(microseconds=1)) == period
        assert period.name not in names
        names.add(period.name)
        period = following


MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2090, 1, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(tzinfo=UTC)
)


@given(st.sampled_from(REAL_ZONES), st.sampled_from(KINDS), MOMENTS)
def test_an_instant_lies_in_its_period_and_the_name_leads_back(
    place: str, kind: PeriodKind, now: datetime
) -> None:
    period = period_at(Track(kind, place), now)
    assert period.end is not None
    assert period.start <= now < period.end
    assert period_named(period.track, period.name) == period
    assert period_at(period.track, period.start) == period
    local = period.start.astimezone(zone(place))
    assert local.strftime("%Y-%m-%d").startswith(period.name)


@given(st.sampled_from(REAL_ZONES), st.sampled_from(KINDS), MOMENTS)
def test_a_local_day_has_no_instant_before_its_period(
    place: str, kind: PeriodKind, now: datetime
) -> None:
    period = period_at(Track(kind, place), now)
    for seconds in (1, 600, 3600, 5400):
        before = period.start - timedelta(seconds=seconds)
        assert before.astimezone(zone(place)).strftime("%Y-%m-%d") < period.name


@given(st.text(max_size=12), st.sampled_from(list(PeriodKind)))
def test_no_text_breaks_the_reading_of_a_name(text: str, kind: PeriodKind) -> None:
    found = period_named(Track(kind, "Europe/Berlin"), text)
    assert found is None or found.name == text
