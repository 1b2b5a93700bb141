"""`python -m tests.backtest [--sims N] [--seed S] [--kind K]`: prints the forecast's error.

Exits with 1 where it is beyond the bounds.
"""

import argparse
import sys
from dataclasses import dataclass

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from .measure import Score, measure
from .series import KINDS, series

MOST_CHANGES = 4.0
"""In a month, on average: a new month and a wandering mean are allowed to move the day."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the forecast of a kind must keep; days and shares."""

    median: float = 1.0
    p90: float = 2.0
    unsaid: float = 0.05
    """Of the cases in which the limit was reached."""
    false: float = 0.02
    """Of the cases in which it was not."""
    missed: float = 0.05
    delay: float = 6.0
    """Median hours from a runaway's onset."""


BOUNDS = {kind: Bounds() for kind in KINDS} | {
    # The account's limit stops the SIM before the policy's: use does not go on as it did.
    "limited": Bounds(p90=3.0, unsaid=0.15, false=0.6),
    # Two weeks of such days tell a month's use to a third, and no forecast can know better.
    "noisy": Bounds(median=3.0, p90=9.0, unsaid=0.2, false=0.2),
    # Six times as much is found by its first hours only where the days before were alike.
    "modest": Bounds(false=0.05, delay=9.0),
}


def run(kinds: tuple[str, ...], sims: int, seed: int, console: Console) -> dict[str, Score]:
    """The score of each kind, of so many SIMs each."""
    scores = {kind: Score() for kind in kinds}
    with Progress(console=console, transient=True) as progress:
        for kind, score in scores.items():
            for index in progress.track(range(sims), description=kind):
                measure(series(kind, index, seed), score)
    return scores


def faults(kind: str, score: Score) -> list[str]:
    """What of a score is beyond its bounds."""
    bounds = BOUNDS[kind]
    checks = (
        ("median error", score.error(0.5), bounds.median),
        ("p90 error", score.error(0.9), bounds.p90),
        ("unsaid", 1 - _share(score.said, score.reached, 1.0), bounds.unsaid),
        ("false alarms", _share(score.false, score.cases - score.reached), bounds.false),
        ("missed", _share(score.missed, score.months), bounds.missed),
        ("changes a month", _share(score.changes, score.shown), MOST_CHANGES),
        ("median hours to a runaway's forecast", score.delay(0.5), bounds.delay),
    )
    return [
        f"{kind}: {name} {value:.2f}, allowed {most:.2f}"
        for name, value, most in checks
        if value > most
    ]


def _share(part: int, whole: int, none: float = 0.0) -> float:
    return part / whole if whole else none


def table(scores: dict[str, Score]) -> Table:
    """The scores, a row each."""
    table = Table(title="Forecast of monthly limits, at noon of each day of the last two months")
    columns = "profile|cases|said|median|p90|early|late|false|missed|changes|onset h|onset p90"
    for column in columns.split("|"):
        table.add_column(column, justify="left" if column == "profile" else "right")
    for kind, score in scores.items():
        early = sum(error < 0 for error in score.errors)
        late = sum(error > 0 for error in score.errors)
        table.add_row(
            kind,
            str(score.cases),
            _percent(score.said, score.reached),
            f"{score.error(0.5):g} d" if score.errors else "-",
            f"{score.error(0.9):g} d" if score.errors else "-",
            _percent(early, len(score.errors)),
            _percent(late, len(score.errors)),
            _percent(score.false, score.cases - score.reached),
            _percent(score.missed, score.months),
            f"{_share(score.changes, score.shown):.1f}",
            f"{score.delay(0.5):g}" if score.delays else "-",
            f"{score.delay(0.9):g}" if score.delays else "-",
        )
    return table


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where a bound is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.backtest", description=__doc__)
    parser.add_argument("--sims", type=int, default=60, help="SIMs of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, action="append", help="only this one; repeatable")
    options = parser.parse_args(arguments)
    console = Console(width=130)
    scores = run(tuple(options.kind or KINDS), options.sims, options.seed, console)
    console.print(table(scores))
    broken = [fault for kind, score in scores.items() for fault in faults(kind, score)]
    for fault in broken:
        console.print(f"[bold red]Beyond its bounds:[/] {fault}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
