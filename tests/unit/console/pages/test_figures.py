"""Figures as people read them."""

from datetime import UTC, datetime

import pytest

from sim_operator.console.pages import figures

NOW = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("volume", "text"),
    [
        (None, "not known"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (385 * 1024**2, "385 MiB"),
        (1024**2 - 1, "1 MiB"),
        (int(99.96 * 1024**2), "100 MiB"),
        (3 * 1024**6, "3072 PiB"),
    ],
)
def test_data_is_told_in_binary_units_and_never_as_a_thousand_of_the_smaller_one(
    volume: int | None, text: str
) -> None:
    assert figures.data(volume) == text


def test_what_is_not_known_is_no_zero() -> None:
    assert figures.count(None) == figures.UNKNOWN
    assert figures.count(0) == "0"
    assert figures.percent(None, 40) is None
    assert figures.percent(3, 0) is None
    assert figures.percent(39, 40) == 97
    assert figures.share(None, 40) is figures.share(3, 0) is None
    assert (figures.share(746, 1000), figures.share(254, 1000)) == (75, 25)


@pytest.mark.parametrize(
    ("then", "text"),
    [
        ("2026-11-23", "today"),
        ("2026-11-24", "tomorrow"),
        ("2026-11-22T10:00:00Z", "yesterday"),
        ("2026-11-27", "in 4 days"),
        ("2026-11-01", "22 days ago"),
        (None, ""),
        ("soon", ""),
    ],
)
def test_a_day_is_told_by_its_distance(then: str | None, text: str) -> None:
    assert figures.in_days(then, NOW) == text


def test_a_moment_is_told_in_utc_and_nonsense_as_it_is() -> None:
    assert figures.utc("2026-11-23T10:00:00+01:00") == "2026-11-23 09:00 UTC"
    assert figures.utc("yesterday") == "yesterday"
    assert figures.utc(None) == figures.UNKNOWN
