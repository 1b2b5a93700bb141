"""Everything that is measured at one number of SIMs, in the order that disturbs least."""

import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench.arena import Arena, arena
from tests.bench.console import view_fleet
from tests.bench.convergence import cold, converge, floor, remove
from tests.bench.fleet import fleet
from tests.bench.history import keep_history
from tests.bench.idiomatic_run import run_idiomatically
from tests.bench.machine import cpu_seconds, peak_bytes, resident_bytes
from tests.bench.progress import console, rest, step, until
from tests.bench.reaction import Effort, react
from tests.bench.restart import restart
from tests.bench.results import Memory, Round, Scrape
from tests.bench.sweeps import pages_of, sweep_quietly

_SHIPPED = "5m"
_SCRAPES = 5
_SCRAPE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Plan:
    """How thoroughly a size is measured."""

    sims: int
    changes: Effort
    sweeps: int
    starts: int
    idiomatic_seconds: float
    """The most that the idiomatic way gets to settle; 0 leaves it out."""
    idiomatic_refresh: float | None
    """The interval of its timers, None where one refresh is not waited for."""
    history: bool = True
    """Whether a year of the history is measured: its file has some 36 bytes a SIM and day."""
    pause: float = 5.0
    """Seconds of silence after which nothing more is expected."""


def measure(plan: Plan) -> Iterator[Round]:
    """Measure one size, from an empty API server to the end of everything.

    Gives what there is before the idiomatic way begins, which takes long, and then the whole.
    """
    console.rule(f"{plan.sims:,} SIMs")
    with arena(pause=plan.pause) as stage:
        own = _measure(stage, plan)
    if plan.history:
        own = own.model_copy(update={"history": keep_history(plan.sims)})
    own = own.model_copy(update={"console": view_fleet(plan.sims)})
    yield own
    if plan.idiomatic_seconds > 0:
        console.rule(f"{plan.sims:,} SIMs, the idiomatic way")
        other = run_idiomatically(
            plan.sims, longest=plan.idiomatic_seconds, refresh_after=plan.idiomatic_refresh
        )
        yield own.model_copy(update={"idiomatic": other})


def _measure(stage: Arena, plan: Plan) -> Round:
    _sweep_without_end(stage)
    stage.start_operator()
    until("the account is read", 1, lambda: int("lastSweep" in stage.account_status()), 120)
    rest("at rest without a SIM", stage.pause)
    base = resident_bytes(stage.operator.pid)
    stage.add_sims(plan.sims)
    stage.sweeps_of(plan.sims, 120 + pages_of(plan.sims))
    _sweep_as_shipped(stage)
    converged = converge(stage)
    _sweep_without_end(stage)
    rest("two sweeps", stage.pause + pages_of(plan.sims) / 2)
    memory = resident_bytes(stage.operator.pid), peak_bytes(stage.operator.pid)
    stage.stop_operator()
    least = floor(stage)
    starts, resident, peak = restart(stage, plan.starts)
    quiet, busy = sweep_quietly(stage, plan.sweeps)
    scraped = _scrape(stage)
    reaction = react(stage, plan.changes)
    stage.stop_operator()
    remove(stage, stage.sims)
    # Labels have changed meanwhile: again nothing has to be written at 1NCE.
    stage.sims = fleet(stage.simulator.sims())
    stage.account(interval=_SHIPPED, detailInterval="0s")
    begun = cold(stage)
    return Round(
        sims=plan.sims,
        server=stage.server_version(),
        convergence=converged,
        floor=least,
        cold=begun,
        sweeps=quiet,
        reaction=reaction,
        memory=Memory(
            base=base,
            converged=memory[0],
            converging_peak=memory[1],
            started=resident,
            starting_peak=peak,
        ),
        restart=starts,
        scrape=scraped,
        simulator_busy=round(busy, 3),
    )


def _sweep_without_end(stage: Arena) -> None:
    """Sweeps as often as the rate limit lets; details off, so that nothing moves by itself."""
    stage.account(interval="1s", detailInterval="0s")


def _sweep_as_shipped(stage: Arena) -> None:
    stage.account(interval=_SHIPPED, detailInterval="0s")
    rest("the last sweep ends", stage.pause + pages_of(len(stage.sims)) / 4)


def _scrape(stage: Arena) -> Scrape:
    """What one scrape costs; the mean of a few, for the kernel counts CPU in hundredths."""
    pid, began, size = stage.operator.pid, time.monotonic(), 0
    before = cpu_seconds(pid)
    with step("scrapes", _SCRAPES) as tick:
        for number in range(1, _SCRAPES + 1):
            url = f"http://127.0.0.1:{stage.operator.port}/metrics"
            with urllib.request.urlopen(url, timeout=_SCRAPE_SECONDS) as answer:
                size = len(answer.read())
            tick(number)
    return Scrape(
        seconds=(time.monotonic() - began) / _SCRAPES,
        cpu=(cpu_seconds(pid) - before) / _SCRAPES,
        size=size,
    )
