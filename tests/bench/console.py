"""The console at one number of SIMs: what a view costs, beside a bare run over a list of texts.

No API server is asked for a view, so none is needed: the watch cache is filled with what one would
send.
"""

import gc
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Final

import psutil

from sim_operator.console.fleet import Column, Order, SimFilter, found, ordered, paged, parsed
from sim_operator.console.fleet.summary import summary
from sim_operator.console.rest.models import Sim
from sim_operator.console.rest.sims import SimPage
from tests.bench.progress import step
from tests.bench.results import ConsoleCosts
from tests.unit.console.fleets import fleet_of

_TIMES: Final = 5
_WORD: Final = "0042"


def view_fleet(sims: int) -> ConsoleCosts:
    """Measure the views of so many SIMs, all of which the viewer may see."""
    with step("console: cache", 1):
        # In a process of its own: here the runs before left room, which a cache would fill first.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
            memory = fresh.submit(held, sims).result()
        began = time.perf_counter()
        _, fleet = fleet_of(sims)
        filling = time.perf_counter() - began
    rows = list(fleet.sims.values())
    texts = [row.text for row in rows]
    labels = SimFilter(selector=parsed("fleet=fleet-3,site in (site-1, site-2)"))
    text = SimFilter(text=_WORD)
    every = Order(Column.DATA_LEFT, descending=True)
    with step("console: views", 1):
        return ConsoleCosts(
            memory=memory,
            filling=filling,
            by_text=_median(lambda: ordered(found(rows, text), Order())),
            by_labels=_median(lambda: ordered(found(rows, labels), Order())),
            everything=_median(lambda: ordered(found(rows, SimFilter()), every)),
            floor=_median(lambda: sorted(one for one in texts if _WORD in one)),
            summary=_median(lambda: summary(rows, [], [], "2026-11")),
            page=_median(
                lambda: SimPage(
                    items=[Sim.model_validate(row) for row in paged(rows, 1, 50).rows],
                    total=sims,
                    page=1,
                    pages=1,
                    size=50,
                ).model_dump_json(by_alias=True)
            ),
        )


def held(sims: int) -> int:
    """Bytes that this process grows by when the cache is filled with so many SIMs."""
    process = psutil.Process()
    fleet_of(1)
    gc.collect()
    before = process.memory_info().rss
    filled = fleet_of(sims)
    gc.collect()
    grown = process.memory_info().rss - before
    del filled
    return grown


def _median(do: Callable[[], object]) -> float:
    taken = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        do()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
