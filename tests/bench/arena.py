"""Where one size is measured: an API server, a simulated 1NCE, an operator. Gone afterwards."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson

from tests.bench.audit_tail import AuditTail, Written
from tests.bench.bare import IN_FLIGHT, Bare, Json, bare
from tests.bench.fleet import ALL_SIMS, GROUP, Sim, fleet
from tests.bench.machine import Reading, descendant, read_cpu
from tests.bench.progress import until
from tests.cluster import Cluster, ClusterError, apply, kubectl, service_account_kubeconfig, start
from tests.integration.operator_process import OperatorProcess
from tests.simulated import SimulatorProcess

ROOT = Path(__file__).resolve().parents[2]
ROLE = ROOT / "charts/sim-operator/files/clusterrole.yaml"
NAMESPACE = "sim-operator"
USER = f"system:serviceaccount:{NAMESPACE}:sim-operator"
ACCOUNT = f"{NAMESPACE}/default"
RATE = 8
"""Requests a second: the SIMAccount's default."""
_LIMIT_AT_1NCE = 10
_BEFORE_RUNAWAYS = "2026-05-15T12:00:00Z"
"""No device has used its volume up yet, so that every SIM can become Ready."""
_CREDENTIALS = {"ONCE_CLIENT_ID": "demo-client", "ONCE_CLIENT_SECRET": "demo-secret"}
_T = TypeVar("_T")


@dataclass
class Arena:
    """Everything that runs, and hands to steer it."""

    cluster: Cluster
    simulator: SimulatorProcess
    kubeconfig: Path
    audit: AuditTail
    folder: Path
    runner: asyncio.Runner
    operator: OperatorProcess
    pause: float
    """Seconds of silence after which nothing more is expected."""
    sims: list[Sim] = field(default_factory=list)

    # The operator

    def start_operator(self) -> None:
        """Start it, without waiting."""
        self.operator.start(ready=False)

    def stop_operator(self) -> None:
        """End it as Kubernetes does."""
        self.operator.stop()

    def cpu(self) -> Reading:
        """CPU seconds of all who take part."""
        running = self.operator.pid if self.operator.runs else None
        return read_cpu(
            (
                ("operator", running),
                ("API server", descendant("kube-apiserver")),
                ("etcd", descendant("etcd")),
                ("simulator", self.simulator.pid),
            )
        )

    def writes(self) -> list[Written]:
        """What the operator wrote since the last call."""
        return self.audit.writes(USER)

    # 1NCE

    def add_sims(self, count: int) -> None:
        """So many SIMs are bought; `sims` are the resources for them."""
        self.simulator.add_sims(count)
        self.sims = fleet(self.simulator.sims())

    def sweeps_of(self, sims: int, seconds: float = 300.0) -> None:
        """Wait until a sweep has seen so many SIMs."""
        until(
            "a sweep sees every SIM",
            sims,
            lambda: int((self.account_status().get("lastSweep") or {}).get("sims") or 0),
            seconds,
        )

    # Kubernetes

    def run(self, work: Callable[[Bare], Awaitable[_T]], in_flight: int = IN_FLIGHT) -> _T:
        """Do something with a bare client of so many connections."""

        async def connected() -> _T:
            async with bare(self.cluster.kubeconfig, in_flight) as api:
                return await work(api)

        return self.runner.run(connected())

    def account(self, **sync: str) -> None:
        """The SIMAccount, with these intervals."""
        endpoint = {"endpoint": self.simulator.endpoint}
        apply(self.cluster.kubeconfig, _account(endpoint | {"sync": sync}))

    def account_status(self) -> dict[str, Any]:
        """The status of the SIMAccount."""
        path = f"{GROUP}/namespaces/{NAMESPACE}/simaccounts/default"
        found = orjson.loads(self.run(lambda api: api.ask("GET", path)))
        status: dict[str, Any] = found.get("status") or {}
        return status

    def create_namespaces(self, names: Sequence[str]) -> None:
        """Namespaces to put SIMs into."""
        apply(self.cluster.kubeconfig, [_object("v1", "Namespace", name) for name in names])

    def server_version(self) -> str:
        """What the API server calls itself."""
        answer = orjson.loads(self.run(lambda api: api.ask("GET", "/version")))
        return f"kube-apiserver {answer['gitVersion']}"

    def each(self, take: Callable[[Json], _T]) -> list[_T]:
        """What `take` makes of every SIM resource of the cluster; the bodies are not kept."""

        async def listed(api: Bare) -> list[_T]:
            return [take(item) async for item in api.listed(ALL_SIMS)]

        return self.run(listed)


@contextmanager
def arena(*, limit_at_1nce: int = _LIMIT_AT_1NCE, pause: float = 3.0) -> Iterator[Arena]:
    """A fresh control plane with our CRDs, an empty 1NCE, and an operator that does not run yet."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sim-bench-")))
        cluster = start(audit=True)
        stack.callback(cluster.stop)
        if cluster.audit_log is None:
            raise ClusterError("an API server without an audit log cannot say who wrote what")
        apply(cluster.kubeconfig, ROOT / "crds")
        established = ("wait", "--for=condition=Established", "--timeout=60s")
        kubectl(cluster.kubeconfig, *established, "-f", str(ROOT / "crds"))
        kubeconfig = service_account_kubeconfig(
            cluster, NAMESPACE, "sim-operator", ROLE, folder / "kubeconfig"
        )
        simulator = stack.enter_context(
            SimulatorProcess(
                sims=0,
                oddities=False,
                rate_limit=limit_at_1nce,
                speed=0,
                start_time=_BEFORE_RUNAWAYS,
            )
        )
        secret = _object("v1", "Secret", "credentials") | {"stringData": _CREDENTIALS}
        secret["metadata"] |= {"namespace": NAMESPACE}
        apply(cluster.kubeconfig, secret)
        environment = {
            "namespace": NAMESPACE,
            "default_account": ACCOUNT,
            "allowed_endpoints": simulator.url,
        }
        operator = OperatorProcess(kubeconfig, folder / "operator.log", environment)
        stack.callback(operator.kill)
        runner = stack.enter_context(asyncio.Runner())
        audit = AuditTail(cluster.audit_log)
        yield Arena(cluster, simulator, kubeconfig, audit, folder, runner, operator, pause)


def _account(spec: dict[str, Any]) -> dict[str, Any]:
    made = _object("sim-operator.io/v1alpha1", "SIMAccount", "default")
    made["metadata"]["namespace"] = NAMESPACE
    made["spec"] = {
        "credentialsSecretRef": {"name": "credentials"},
        "allowedNamespaces": {"from": "All"},
        "rateLimit": {"requestsPerSecond": RATE},
        **spec,
    }
    return made


def _object(version: str, kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}}
