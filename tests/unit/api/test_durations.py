"""Go duration strings."""

import pytest

from sim_operator.api import durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("1s", 1),
        ("5m", 300),
        ("1h30m", 5400),
        ("1h1m1.5s", 3661.5),
        ("250ms", 0.25),
        ("168h", 604_800),
    ],
)
def test_a_go_duration_is_read_in_seconds(text: str, seconds: float) -> None:
    assert durations.seconds(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "1d", "-5m", "5 m", "5m ", "1h-1m", "٥m"])
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 30s, 5m or 1h30m"):
        durations.seconds(text)
