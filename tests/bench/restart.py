"""What a start costs: until the first correct decision, and in writes that nobody needs."""

import time

import orjson

from tests.bench.arena import Arena
from tests.bench.bare import MERGE
from tests.bench.machine import peak_bytes, resident_bytes
from tests.bench.progress import rest, until
from tests.bench.reaction import written
from tests.bench.results import Restart
from tests.bench.statuses import Statuses
from tests.bench.sweeps import pages_of

_POLL_SECONDS = 0.05
_PATIENCE = 180.0


def restart(arena: Arena, times: int) -> tuple[Restart, int, int]:
    """Start the stopped operator so often, one SIM changed each time; it runs in the end.

    Also its resident and its peak bytes after the last start and two sweeps.
    """
    ready: list[float] = []
    decided: list[float] = []
    rewritten = 0
    for number in range(times):
        sim = arena.sims[number * len(arena.sims) // times]
        arena.stop_operator()
        statuses, since = Statuses(arena), arena.simulator.last_entry()
        label = orjson.dumps({"spec": {"label": f"restart-{number}"}})
        arena.run(lambda api, at=sim.path, to=label: api.ask("PATCH", at, to, MERGE))  # type: ignore[misc]
        began = time.monotonic()
        arena.start_operator()
        ready.append(_until_ready(arena, began))
        patience = _PATIENCE + pages_of(len(arena.sims))
        until(
            "the SIM that changed is written at 1NCE",
            1,
            lambda since=since: len(written(arena, since)),  # type: ignore[misc]
            patience,
        )
        decided.append(round(written(arena, since)[sim.iccid] - began, 3))
        # Two more sweeps: whatever it would write again, it has written by then.
        rest("two sweeps after the start", arena.pause + pages_of(len(arena.sims)) / 2)
        statuses.look()
        rewritten += sum(count for name, count in statuses.writes.items() if name != sim.name)
    pid = arena.operator.pid
    shown = Restart(ready=tuple(ready), decided=tuple(decided), rewritten=rewritten)
    return shown, resident_bytes(pid), peak_bytes(pid)


def _until_ready(arena: Arena, began: float) -> float:
    deadline = began + _PATIENCE + len(arena.sims) / 200
    while arena.operator.get("/readyz")[0] != 200:
        assert arena.operator.runs, f"the operator has ended:\n{arena.operator.text()}"
        assert time.monotonic() < deadline, f"the operator is not ready:\n{arena.operator.text()}"
        time.sleep(_POLL_SECONDS)
    return round(time.monotonic() - began, 3)
