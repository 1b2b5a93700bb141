"""Where a scene is played again and again: each time anew, with the operator killed elsewhere.

One simulated 1NCE and two gates serve all plays; each has a namespace of its own, so that nothing
of the last one is left. An operator that is dead is started again, as a kubelet does, whenever the
play waits for something.
"""

import json
import os
import re
import secrets
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.gate import Gate
from tests.chaos.gated import GatedWorld, api_gate, through
from tests.chaos.history import History
from tests.cluster import Cluster, kubectl
from tests.integration.operator_process import OperatorProcess
from tests.integration.world import Json, remove_namespace
from tests.simulated import SimulatorProcess

START = "2026-11-15T12:00:00Z"
_SIMS = 40
_PATIENCE = 60.0
_MOVING = frozenset(
    {"lastTransitionTime", "asOf", "since", "policyUID", "base", "lastSweep", "uid", "at"}
    | {"forecast", "exhaustsAt", "maxOvershoot", "top"}
)
"""Fields that tell of times, of this very object, or of how often and how fast use was read."""
_SESSION_AT_1NCE = re.compile(r"/sims/(\d{19})\d?/status$")
_KOPF_CLOSES = re.compile(
    r"an error occurred during closing of asynchronous generator <async_generator object "
    r"infinite_watch .*?RuntimeError: generator didn't stop after athrow\(\)\n",
    re.DOTALL,
)
"""What asyncio says where kopf has to end while it takes in an event, and leaves a watch open."""


@dataclass
class Stage(GatedWorld):
    """A world whose operator may die at any moment and comes back."""

    history: History | None = None
    deaths: int = 0
    """How often it was found dead."""
    actors: list[str] = field(default_factory=list)
    """The ICCIDs of the SIMs that take part, in order of appearance."""
    _struck: set[int] = field(default_factory=set)

    def until(self, holds: Callable[[], object], what: str, seconds: float = _PATIENCE) -> Any:
        """Wait as in any world; start the operator again where it is dead."""

        def attended() -> object:
            self.attend()
            return holds()

        return super().until(attended, what, max(seconds, _PATIENCE))

    def attend(self) -> None:
        """Start the operator again where it has ended, as the kubelet does."""
        if self.operator.runs:
            return
        self.operator.kill()
        self.deaths += 1
        self.operator.start(ready=False)

    def strike(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send the operator a signal that ends it, once in its life."""
        pid = self.operator.pid
        if pid not in self._struck:
            self._struck.add(pid)
            os.kill(pid, number)

    @property
    def expected_deaths(self) -> int:
        """How often somebody has ended the operator."""
        return len(self._struck)

    def actor(self, **truth: Any) -> str:
        """A silent SIM that takes part, as it is at 1NCE: Enabled unless `truth` says else."""
        iccid = self.fresh()
        told = {"status": "Enabled", "imei_lock": False, "label": "", "profile": "silent"} | truth
        self.simulator.patch_sim(iccid, **told)
        self.actors.append(iccid)
        return iccid

    def sim_body(self, name: str, iccid: str, *, fleet: str = "", **spec: Any) -> Json:
        """The manifest of a SIM."""
        body = self.manifest("SIM", name, {"iccid": iccid, **spec})
        if fleet:
            body["metadata"]["labels"] = {"fleet": fleet}
        return body

    def all_reasons(self, reason: str, *names: str) -> None:
        """Wait until SIMs are Ready with a reason, each at its generation."""
        for name in names:
            self.until_acknowledged(name, reason)

    def truth(self, iccid: str) -> Json:
        """What can be written of a SIM, as it is at 1NCE."""
        found = self.at_1nce(iccid)
        return {name: found[name] for name in ("status", "label", "imei_lock")}

    # The end

    def ending(self) -> Json:
        """Everything that is so after a play, apart from times and identities."""
        told: Json = {"1NCE": {iccid: self.truth(iccid) for iccid in self.actors}}
        for kind in ("sim", "quotapolicy", "simaccount"):
            told[kind] = {one["metadata"]["name"]: _still(one) for one in self.listed(kind)}
        named: Json = json.loads(json.dumps(told).replace(self.namespace, "here"))
        return named

    def rests(self, *, seconds: float = 2.5) -> Json:
        """Wait until the ending stays the same for some time, and is read anew; that one."""
        seen: list[tuple[float, Json]] = [(time.time(), self.ending())]

        def same() -> bool:
            now = self.ending()
            if now != seen[0][1]:
                seen[0] = time.time(), now
            return time.time() - seen[0][0] >= seconds and self._read_since(seen[0][0])

        self.until(same, "nothing changes any more")
        return seen[0][1]

    def _read_since(self, moment: float) -> bool:
        """Whether what is shown of each SIM was read again: the first time, and told by now."""
        shown = [one for one in self.listed("sim") if "session" in (one.get("status") or {})]
        counts = Counter(
            found[1]
            for one in self.onence_gate.passed
            if one.at > moment and (found := _SESSION_AT_1NCE.search(one.path))
        )
        return all(counts[one["spec"]["iccid"][:19]] >= 2 for one in shown)

    def deeds(self) -> dict[str, list[Json]]:
        """What the operator changed of each SIM at 1NCE, in order."""
        found: dict[str, list[Json]] = {}
        for one in self.writes():
            write = one["write"]
            found.setdefault(write["iccid"], []).append(write["after"])
        return found


def differences(one: Any, other: Any, path: str = "") -> list[str]:
    """Where two endings differ, a line each."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted(one.keys() | other.keys())
        return [
            line
            for name in names
            for line in differences(one.get(name), other.get(name), f"{path}/{name}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [line for n, pair in pairs for line in differences(*pair, f"{path}/{n}")]
    return [] if one == other else [f"{path}: {one!r}, not {other!r}"]


def _still(body: Json) -> Json:
    """An object's finalizers and status, apart from what moves by itself."""
    status: Json = _without(body.get("status") or {})
    finalizers = body["metadata"].get("finalizers") or []
    # Which generation a person's two changes in a row led to is the API server's affair.
    return {"status": status, "finalizers": finalizers}


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without(one) for name, one in value.items() if name not in _MOVING}
    if isinstance(value, list):
        return [_without(one) for one in value]
    return value


class Theatre:
    """What all plays share."""

    def __init__(
        self, cluster: Cluster, kubeconfig: Path, folder: Path, simulator: SimulatorProcess
    ) -> None:
        """`kubeconfig` leads through the gate to the API server."""
        self.cluster = cluster
        self.kubeconfig = kubeconfig
        self.folder = folder
        self.simulator = simulator
        self.api: Gate | None = None
        self.onence: Gate | None = None

    @contextmanager
    def stage(self, **settings: str) -> Iterator[Stage]:
        """A namespace, 1NCE as it was at the start, an operator that is not started yet."""
        assert self.api is not None
        assert self.onence is not None
        self.simulator.reset()
        self.api.clear()
        self.onence.clear()
        namespace = f"scene-{secrets.token_hex(4)}"
        kubectl(self.cluster.kubeconfig, "create", "namespace", namespace)
        environment = {
            "namespace": namespace,
            "watch_namespaces": namespace,
            "default_account": f"{namespace}/default",
            "allowed_endpoints": f"{self.simulator.url},{self.onence.url}",
            "leader_election": "false",
            "clock_url": self.simulator.url,
            "log_level": "INFO",
        } | settings
        log = self.folder / f"{namespace}.log"
        operator = OperatorProcess(self.kubeconfig, log, environment)
        iccids = [str(one["iccid"]) for one in self.simulator.sims()]
        with ExitStack() as stack:
            stack.callback(remove_namespace, self.cluster, namespace)
            history = stack.enter_context(History(self.cluster, [namespace]))
            stack.callback(operator.kill)
            yield Stage(
                self.cluster,
                namespace,
                self.simulator,
                operator,
                self.folder,
                iccids,
                api=self.api,
                onence=self.onence,
                history=history,
            )
            words = _KOPF_CLOSES.sub("", operator.text())
            assert "Traceback" not in words, words


@contextmanager
def theatre(cluster: Cluster, kubeconfig: Path, folder: Path) -> Iterator[Theatre]:
    """The simulated 1NCE, in which time stands still, and both gates."""
    with ExitStack() as stack:
        simulator = stack.enter_context(
            SimulatorProcess(_SIMS, start_time=START, speed=0.0, oddities=False, rate_limit=0)
        )
        api = stack.enter_context(api_gate(kubeconfig))
        gated = through(api, kubeconfig, folder / "gated.kubeconfig")
        made = Theatre(cluster, gated, folder, simulator)
        made.api = api
        made.onence = stack.enter_context(Gate(simulator.url))
        yield made


def account_body(stage: Stage, **spec: Any) -> list[Json]:
    """The account and its Secret, to be applied with the rest."""
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "default-credentials", "namespace": stage.namespace},
        "stringData": {
            "ONCE_CLIENT_ID": stage.simulator.client_id,
            "ONCE_CLIENT_SECRET": stage.simulator.client_secret,
        },
    }
    told = {
        "endpoint": f"{stage.onence_gate.url}/management-api",
        "credentialsSecretRef": {"name": "default-credentials"},
        "rateLimit": {"requestsPerSecond": 10},
        "sync": {"interval": "1s", "detailInterval": "2s"},
        "protection": {"maxDisablesPerHour": 1_000},
        **json.loads(json.dumps(spec)),
    }
    return [secret, stage.manifest("SIMAccount", "default", told)]
