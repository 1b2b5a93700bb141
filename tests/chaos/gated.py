"""Worlds whose operator reaches the API server, 1NCE or both through a gate."""

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.gate import Gate
from tests.cluster import Cluster
from tests.cluster.kubeconfig import write_kubeconfig
from tests.integration.sim_worlds import SimWorld, opened


def api_gate(kubeconfig: Path) -> Gate:
    """A gate, not entered yet, to the API server of a kubeconfig that this project wrote."""
    cluster = _parts(kubeconfig)[0]
    ca = base64.b64decode(cluster["certificate-authority-data"]).decode()
    return Gate(cluster["server"], ca)


def through(gate: Gate, kubeconfig: Path, destination: Path) -> Path:
    """The same user as in `kubeconfig`, whose API server is the gate."""
    _, user, namespace = _parts(kubeconfig)
    return write_kubeconfig(destination, {"server": gate.url}, user, namespace)


def _parts(kubeconfig: Path) -> tuple[dict[str, Any], dict[str, Any], str]:
    content = json.loads(kubeconfig.read_text(encoding="utf-8"))
    context = content["contexts"][0]["context"]
    namespace = str(context.get("namespace") or "default")
    return content["clusters"][0]["cluster"], content["users"][0]["user"], namespace


@dataclass
class GatedWorld(SimWorld):
    """A world with gates; the world itself looks past them."""

    api: Gate | None = None
    onence: Gate | None = None

    @property
    def api_gate(self) -> Gate:
        """That in front of the API server."""
        assert self.api is not None, "this world has no gate there"
        return self.api

    @property
    def onence_gate(self) -> Gate:
        """That in front of 1NCE."""
        assert self.onence is not None, "this world has no gate there"
        return self.onence

    def account(self, name: str = "default", **spec: Any) -> None:
        """A SIMAccount as in any world; its endpoint is the gate, where there is one."""
        if self.onence is not None:
            spec = {"endpoint": f"{self.onence.url}/management-api"} | spec
        super().account(name, **spec)

    def begin(self, **account: Any) -> None:
        """Create the account as `sim_worlds.opened` does, start the operator, wait for both."""
        spec = {"rateLimit": {"requestsPerSecond": 10}} | account
        spec["protection"] = {"maxDisablesPerHour": 1_000} | spec.get("protection", {})
        self.account(**spec)
        self.operator.start()
        self.until_reason("default", "Reconciled", kind="simaccount")


@contextmanager
def gated(
    cluster: Cluster,
    kubeconfig: Path,
    folder: Path,
    *,
    sims: int = 20,
    api: bool = True,
    onence: bool = False,
    start: bool = True,
    account: dict[str, Any] | None = None,
    operator: dict[str, str] | None = None,
    **options: Any,
) -> Iterator[GatedWorld]:
    """As `sim_worlds.opened`, with a gate in front of the API server, 1NCE or both.

    `kubeconfig`: the operator's own; `operator`: more of its settings, without their prefix;
    `options`: those of `opened` and of the simulator. The gates outlive the operator.
    """
    with ExitStack() as stack:
        front = stack.enter_context(api_gate(kubeconfig)) if api else None
        if front is not None:
            kubeconfig = through(front, kubeconfig, folder / "gated.kubeconfig")
        behind: list[Gate] = []
        plain = stack.enter_context(
            opened(cluster, kubeconfig, folder, sims=sims, start=False, **options)
        )
        if onence:
            behind.append(Gate(plain.simulator.url))
            stack.enter_context(behind[0])
            # The operator ends before the gate does.
            stack.callback(plain.operator.kill)
            urls = f"{plain.simulator.url},{behind[0].url}"
            plain.operator.set("allowed_endpoints", urls)
        for name, value in (operator or {}).items():
            plain.operator.set(name, value)
        world = GatedWorld(
            cluster,
            plain.namespace,
            plain.simulator,
            plain.operator,
            folder,
            plain.iccids,
            elsewhere=plain.elsewhere,
            api=front,
            onence=behind[0] if behind else None,
        )
        if start:
            world.begin(**(account or {}))
        yield world
