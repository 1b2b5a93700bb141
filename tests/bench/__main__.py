"""`python -m tests.bench`: measure, and print one table of ratios.

BENCH=quick measures 200 SIMs, BENCH=full also 100,000; otherwise 1,000 and 10,000. `plot` and
`page` make the picture and the part of the documentation from the JSON of a run.
"""

import os
import platform
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from tests.bench import page as pages
from tests.bench.arena import RATE
from tests.bench.console import view_fleet
from tests.bench.history import YEAR, keep_history
from tests.bench.plot import picture
from tests.bench.progress import console
from tests.bench.reaction import Effort
from tests.bench.results import Report
from tests.bench.rounds import Plan, measure
from tests.bench.table import shown

_SIZES = {"quick": (200,), "": (1_000, 10_000), "full": (1_000, 3_000, 10_000, 30_000, 100_000)}
_WIDTH = 200
_ROOT = Path(__file__).resolve().parents[2]

Results = Annotated[list[Path], typer.Option(help="results; sizes are put together")]

app = typer.Typer(add_completion=False, help=__doc__)


def plan_of(sims: int) -> Plan:
    """How a size is measured: what takes time is done as often as the size allows."""
    if sims < 1_000:
        return Plan(sims, Effort(12, 12), 2, 1, 60.0, 40.0)
    if sims < 10_000:
        return Plan(sims, Effort(100, 60), 5, 3, 300.0, 90.0)
    if sims <= 10_000:
        return Plan(sims, Effort(150, 60), 3, 3, 300.0, None)
    return Plan(sims, Effort(60, 40), 1, 1, 0.0, None, history=False)


@app.callback(invoke_without_command=True)
def bench(
    context: typer.Context,
    json: Annotated[Path | None, typer.Option(help="where the results go, as JSON")] = None,
    sims: Annotated[str, typer.Option(help="sizes, separated by commas")] = "",
) -> None:
    """Measure every size and print the table."""
    if context.invoked_subcommand is not None:
        return
    effort = os.environ.get("BENCH", "")
    if not sims and effort not in _SIZES:
        raise typer.BadParameter(f"BENCH={effort} is not one of {', '.join(filter(None, _SIZES))}")
    sizes = tuple(int(size) for size in sims.split(",")) if sims else _SIZES[effort]
    report = run(sizes, json)
    Console(width=_WIDTH if not sys.stdout.isatty() else None).print(shown(report))


def run(sizes: Sequence[int], destination: Path | None) -> Report:
    """Measure the sizes one after the other; what is there is written after each."""
    report = Report(
        made=datetime.now(UTC).strftime("%Y-%m-%d"),
        commit=_commit(),
        machine=_machine(),
        load_before=os.getloadavg()[0],
        rate=RATE,
    )
    for size in sizes:
        before = report.rounds
        for measured in measure(plan_of(size)):
            report = report.model_copy(update={"rounds": (*before, measured)})
            if destination is not None:
                destination.write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
                console.print(f"written: {destination}")
    return report


@app.command()
def table(
    json: Results,
) -> None:
    """Print the table of a run again."""
    Console(width=_WIDTH).print(shown(joined(json)))


@app.command()
def plot(
    json: Results,
    to: Annotated[Path, typer.Option(help="the SVG file")] = _ROOT / "docs/images/scale.svg",
) -> None:
    """Draw size against time, CPU and memory."""
    to.write_text(picture(joined(json)), encoding="utf-8")


@app.command()
def page(
    json: Results,
    to: Annotated[Path, typer.Option(help="the page")] = _ROOT / "docs/explanation/scale.md",
) -> None:
    """Put the table into its place in the page."""
    to.write_text(pages.with_table(to.read_text(encoding="utf-8"), joined(json)), encoding="utf-8")


@app.command()
def views(sims: Annotated[int, typer.Option(min=1, help="how many SIMs")] = 10_000) -> None:
    """Measure the views of the console alone, which needs no cluster."""
    console.print(view_fleet(sims).model_dump_json(indent=1))


@app.command()
def history(
    sims: Annotated[int, typer.Option(min=1, help="how many SIMs")] = 10_000,
    days: Annotated[int, typer.Option(min=62, help="how many days")] = YEAR,
) -> None:
    """Measure the history alone, which needs no cluster."""
    console.print(keep_history(sims, days).model_dump_json(indent=1))


def joined(files: Sequence[Path]) -> Report:
    """The results of several files as one: a size that is in two of them counts from the last."""
    reports = [Report.model_validate_json(one.read_text(encoding="utf-8")) for one in files]
    sizes = {size.sims: size for report in reports for size in report.rounds}
    rounds = tuple(sizes[size] for size in sorted(sizes))
    return reports[-1].model_copy(update={"rounds": rounds})


def _commit() -> str:
    asked = subprocess.run(
        ["git", "-C", str(_ROOT), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() or "unknown"


def _machine() -> str:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


def _end(*_: object) -> NoReturn:
    raise SystemExit(143)


if __name__ == "__main__":
    # Whoever ends it wants everything gone that it has started.
    signal.signal(signal.SIGTERM, _end)
    app()
