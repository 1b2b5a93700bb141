"""Measures the idiomatic way, in an arena of its own and at a 1NCE without a rate limit."""

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.arena import Arena, arena
from tests.bench.convergence import apply_all, is_ready, patience
from tests.bench.fleet import namespaces
from tests.bench.machine import cpu_seconds, peak_bytes, resident_bytes
from tests.bench.progress import NotWithinError, rest, until
from tests.bench.results import Cost, Idiomatic
from tests.bench.statuses import Statuses
from tests.tether import tethered

_MODULE = Path(__file__).with_name("idiomatic.py")
_START_SECONDS = 8.0
_NO_REFRESH = 24 * 3600
_STOP_SECONDS = 15


def run_idiomatically(sims: int, *, longest: float, refresh_after: float | None) -> Idiomatic:
    """Let it bring `sims` SIMs to Ready, for `longest` seconds after the last was applied.

    `refresh_after`: the timers' interval, long enough for the first part to be over; None measures
    no refresh.
    """
    with arena(limit_at_1nce=0) as stage:
        stage.add_sims(sims)
        interval = _NO_REFRESH if refresh_after is None else refresh_after
        with _kopf(stage, interval) as pid:
            rest("idiomatic kopf starts", _START_SECONDS)
            base = resident_bytes(pid)
            stage.create_namespaces(namespaces(stage.sims))
            statuses, before = Statuses(stage), stage.cpu()
            own = cpu_seconds(pid)
            apply_all(stage, stage.sims, "idiomatic: apply every SIM")
            settled = _settle(stage, statuses, min(longest, patience(sims)))
            cost = stage.cpu().since(before)
            spent = cost.cpu | {"operator": cpu_seconds(pid) - own}
            # Annotations and finalizers may still follow the last status.
            rest("idiomatic: nothing is written any more", stage.pause)
            statuses.look()
            writes = Counter(statuses.others) | Counter({"sims/status": statuses.sent})
            ended = statuses.last_at - before.at
            whole = Cost(seconds=ended if settled == sims else cost.seconds, cpu=spent)
            calls = _calls(stage)
            converged, peak = resident_bytes(pid), peak_bytes(pid)
            refresh = None
            if refresh_after is not None and settled == sims:
                refresh = _refresh(stage, pid, sims, calls, refresh_after)
            return Idiomatic(
                sims=sims,
                settled=settled,
                whole=whole,
                writes=dict(writes),
                calls=calls,
                base=base,
                converged=converged,
                peak=peak,
                refresh=refresh,
                refresh_calls=_calls(stage) - calls,
            )


def _settle(stage: Arena, statuses: Statuses, longest: float) -> int:
    """Wait for the statuses; how many SIMs are Ready then."""
    count = len(stage.sims)
    try:
        until("idiomatic: every SIM gets its status", count, statuses.look, longest)
    except NotWithinError:
        statuses.look()
    return sum(stage.each(is_ready))


def _refresh(stage: Arena, pid: int, sims: int, calls: int, after: float) -> Cost:
    """One look at every SIM by its timer."""
    until("idiomatic: the timers begin", 1, lambda: _calls(stage) - calls, after + 120)
    before, own, began = stage.cpu(), cpu_seconds(pid), time.monotonic()
    until("idiomatic: every SIM is looked at", sims, lambda: _calls(stage) - calls, after)
    cost = stage.cpu().since(before)
    spent = cost.cpu | {"operator": cpu_seconds(pid) - own}
    return Cost(seconds=time.monotonic() - began, cpu=spent)


def _calls(stage: Arena) -> int:
    requests = stage.simulator.summary()["requests"]
    return sum(count for operation, count in requests.items() if operation != "token")


@contextmanager
def _kopf(stage: Arena, interval: float) -> Iterator[int]:
    environment = os.environ | {
        "KUBECONFIG": str(stage.kubeconfig),
        "ENDPOINT": stage.simulator.endpoint,
        "ONCE_CLIENT_ID": stage.simulator.client_id,
        "ONCE_CLIENT_SECRET": stage.simulator.client_secret,
        "INTERVAL": str(interval),
    }
    command = [sys.executable, "-m", "kopf", "run", "--standalone", "--all-namespaces", "--quiet"]
    with (stage.folder / "idiomatic.log").open("wb") as log:
        process = subprocess.Popen(
            tethered([*command, str(_MODULE)]), env=environment, stdout=log, stderr=log
        )
        try:
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
