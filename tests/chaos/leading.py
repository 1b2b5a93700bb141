"""Two replicas, each with an API server that it alone may lose, and a portal that never rests.

The portal changes SIMs all the time, so whoever believes to lead has something to write at every
moment.
"""

import os
import re
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from tests.chaos.gate import Asked, Gate, Passed
from tests.chaos.gated import api_gate, through
from tests.chaos.history import History
from tests.cluster import Cluster, kubectl
from tests.integration.operator_process import OperatorProcess
from tests.integration.sim_worlds import SimWorld
from tests.integration.world import Json, remove_namespace
from tests.simulated import SimulatorProcess

SIMS: Final = 60
LEASE_SECONDS: Final = 15.0
PATIENCE: Final = 90.0
_HELD = re.compile(r"(\S+) holds the Lease")


@dataclass
class Replica:
    """One operator process and the gate through which it sees the API server."""

    name: str
    process: OperatorProcess
    gate: Gate

    @property
    def leads(self) -> bool:
        """Whether it says so itself."""
        return self.process.metric("sim_operator_leader") == 1

    @property
    def identity(self) -> str:
        """What stood in the Lease when it took it last."""
        return str(_HELD.findall(self.process.text())[-1])

    def statuses(self) -> list[Passed]:
        """What it has written of resources at the API server."""
        done = self.gate.passed
        return [one for one in done if one.is_write and "/sim-operator.io/" in one.path]

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, number)


@dataclass
class Pair(SimWorld):
    """A world with two replicas of which one leads."""

    replicas: list[Replica] = field(default_factory=list)
    history: History | None = None

    def choose(self) -> tuple[Replica, Replica]:
        """Wait until one leads and the other one is ready; both, the leader first."""

        def chosen() -> list[Replica]:
            leading = [one for one in self.replicas if one.leads]
            ready = all(one.process.get("/readyz")[0] == 200 for one in self.replicas)
            return leading if len(leading) == 1 and ready else []

        leader: Replica = self.until(chosen, "one replica leads", seconds=PATIENCE)[0]
        self.operator = leader.process
        return leader, next(one for one in self.replicas if one is not leader)

    def tokens(self) -> list[str]:
        """Each token that was used at 1NCE, in order: a process has one."""
        used = (one["token"] for one in self.simulator.journal() if one["token"])
        return list(dict.fromkeys(used))

    def terms(self) -> list["Term"]:
        """When each process wrote, in order."""
        terms: dict[str, Term] = {}
        for one in self.simulator.journal():
            if one["method"] == "PUT":
                begin = float(one["monotonic"])
                end = begin + one["duration_ms"] / 1000
                term = terms.setdefault(one["token"], Term(one["token"], begin, end))
                term.first, term.last = min(begin, term.first), max(end, term.last)
                term.writes += 1
        return sorted(terms.values(), key=lambda term: term.first)

    def lease(self) -> Json:
        """The Lease as it is now."""
        found = self.get("lease", "sim-operator")
        assert found is not None, "there is no Lease"
        return found


@dataclass
class Term:
    """The time from a process's first write to the end of its last one, on the monotonic clock."""

    token: str
    first: float
    last: float
    writes: int = 0


def is_about_the_lease(asked: Asked) -> bool:
    """Whether a request reads or writes the Lease."""
    return "/leases" in asked.path


class Portal:
    """Somebody who changes SIMs at 1NCE, one after another, until the end; a context manager.

    Each SIM is changed twice at most, in different fields, so that none is contested.
    """

    def __init__(self, simulator: SimulatorProcess, iccids: list[str], *, every: float) -> None:
        """`every`: seconds between two changes."""
        self._url = simulator.url
        self._changes = [(iccid, {"status": "Disabled"}) for iccid in iccids]
        self._changes += [(iccid, {"label": "somebody"}) for iccid in iccids]
        self._every = every
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="portal", daemon=True)
        self.ran_out = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join(30)
        assert not self._thread.is_alive(), "the portal does not end"

    def _run(self) -> None:
        with httpx.Client(timeout=30, trust_env=False) as client:
            for iccid, change in self._changes:
                client.patch(f"{self._url}/_control/sims/{iccid}", json=change).raise_for_status()
                if self._end.wait(self._every):
                    return
        self.ran_out = True


@contextmanager
def pair(cluster: Cluster, kubeconfig: Path, folder: Path) -> Iterator[Pair]:
    """Two replicas, not started yet, SIMs whose state and label are managed, and their account."""
    suffix = secrets.token_hex(4)
    namespace = f"leading-{suffix}"
    with ExitStack() as stack:
        kubectl(cluster.kubeconfig, "create", "namespace", namespace)
        stack.callback(remove_namespace, cluster, namespace)
        simulator = stack.enter_context(SimulatorProcess(SIMS, oddities=False, rate_limit=0))
        environment = {
            "namespace": namespace,
            "watch_namespaces": namespace,
            "default_account": f"{namespace}/default",
            "allowed_endpoints": simulator.url,
            "log_level": "INFO",
        }
        replicas = []
        for name in ("one", "two"):
            gate = stack.enter_context(api_gate(kubeconfig))
            config = through(gate, kubeconfig, folder / f"{name}-{suffix}.kubeconfig")
            process = OperatorProcess(config, folder / f"{name}-{suffix}.log", environment)
            stack.callback(process.kill)
            replicas.append(Replica(name, process, gate))
        iccids = [str(one["iccid"]) for one in simulator.sims()]
        for iccid in iccids:
            told = {"status": "Enabled", "label": "ours", "imei_lock": False, "profile": "silent"}
            simulator.patch_sim(iccid, **told)
        world = Pair(cluster, namespace, simulator, replicas[0].process, folder, iccids)
        world.replicas = replicas
        world.account(rateLimit={"requestsPerSecond": 10}, protection={"maxDisablesPerHour": 1_000})
        wishes = {"state": "Enabled", "label": "ours"}
        world.many({f"sim-{number}": iccid for number, iccid in enumerate(iccids)}, wishes)
        world.history = stack.enter_context(History(cluster, [namespace]))
        yield world


def start(world: Pair) -> tuple[Replica, Replica]:
    """Start both and wait until all is well; the leader first."""
    for one in world.replicas:
        if not one.process.runs:
            one.process.kill()
            one.process.start()
    chosen = world.choose()
    world.until(lambda: all_is_well(world), "all SIMs are as they should be", seconds=PATIENCE)
    return chosen


def all_is_well(world: Pair) -> bool:
    """Whether every SIM is as its resource says."""
    truth = world.simulator.sims()
    return all(one["status"] == "Enabled" and one["label"] == "ours" for one in truth)


def acts_after(world: Pair, known: list[str], began: float) -> float:
    """Wait for the first write of a process that had made none; seconds from `began` to it."""

    def first() -> list[Term]:
        return [one for one in world.terms() if one.token not in known]

    term: Term = world.until(first, "another process writes", seconds=PATIENCE)[0]
    return term.first - began


def overlapping(world: Pair) -> list[str]:
    """Processes that wrote while another one did; by the simulator's journal alone."""
    terms = world.terms()
    return [
        f"{two.token} began {one.last - two.first:.3f} s before {one.token} had ended"
        for one, two in pairwise(terms)
        if two.first < one.last
    ]


def out_of_office(world: Pair, identities: dict[str, str]) -> list[str]:
    """Writes of processes (token to identity) outside of the time that the Lease gave them.

    A term begins when the Lease is seen with its name, and is over at the latest when the Lease's
    duration has passed since the last version that says so, or when another name stands in it.
    """
    assert world.history is not None
    world.history.catch_up()
    versions = sorted(world.history.versions("leases"), key=lambda one: one.since)
    broken = []
    for term in world.terms():
        mine = [one for one in versions if one.spec.get("holderIdentity") == identities[term.token]]
        if not mine:
            broken.append(f"{term.token} never held the Lease")
            continue
        end = mine[-1].since + LEASE_SECONDS
        others = [
            one.since
            for one in versions
            if one.since > mine[-1].since and one.spec.get("holderIdentity")
        ]
        end = min([end, *others])
        if term.last > end:
            broken.append(f"{term.token} wrote {term.last - end:.3f} s after its term")
    return broken
