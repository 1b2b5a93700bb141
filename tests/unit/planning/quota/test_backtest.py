"""The forecast keeps its bounds on what simulated SIMs use, and the bounds can be broken."""

import io

import pytest
from rich.console import Console

from tests.backtest.__main__ import faults, run
from tests.backtest.measure import Score
from tests.backtest.series import KINDS, series


@pytest.mark.parametrize("kind", KINDS)
def test_the_forecast_keeps_its_bounds(kind: str) -> None:
    scores = run((kind,), 5, 7, Console(file=io.StringIO()))
    assert scores[kind].cases > 0
    assert faults(kind, scores[kind]) == []


def test_the_same_seed_gives_the_same_sims() -> None:
    assert series("bursty", 3, 11) == series("bursty", 3, 11)
    assert series("bursty", 3, 11) != series("bursty", 3, 12)


def test_a_bad_forecast_breaks_its_bounds() -> None:
    bad = Score(cases=20, reached=10, said=5, errors=[5] * 5, false=5, months=2, missed=1)
    bad.delays, bad.shown, bad.changes = [48], 1, 9
    assert len(faults("steady", bad)) == 7
