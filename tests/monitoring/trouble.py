"""Everything that alerts are about, at once: accounts, SIMs, policies and streams in trouble.

Each kind of trouble has an account, or SIMs, of its own, so that none hides another.
"""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.cluster import Cluster, kubectl
from tests.integration.operator_process import OperatorProcess
from tests.integration.tenants import Tenant, Tenants, opened
from tests.integration.world import World
from tests.keeper import Bad, Keeper

USERNAME = "streamer"


@dataclass
class Fleet:
    """Seven customers of one simulated 1NCE, under one operator."""

    world: World
    sims: Tenant
    figures: Tenant
    limited: Tenant
    refused: Tenant
    failing: Tenant
    rejected: Tenant
    narrow: Tenant
    history: Keeper
    names: dict[str, str] = field(default_factory=dict)
    """ICCIDs of SIM resources, by name."""
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    """That of the Data Streamer."""

    # What is well

    def settle(self) -> None:
        """Every account but one is ready, and every SIM as its resource says."""
        self.world.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "streamer", "namespace": self.world.namespace},
                "stringData": {"username": USERNAME, "password": self.password},
            }
        )
        self.sims.account(
            protection={"maxDisablesPerHour": 1},
            dataStreamer={"credentialsSecretRef": {"name": "streamer"}},
        )
        self.figures.account(managementAPIVersion="v1", sync={"detailInterval": "1s"})
        self.limited.account(managementAPIVersion="v1", sync={"detailInterval": "1s"})
        for tenant in (self.failing, self.rejected):
            tenant.account(sync={"interval": "2s"})
        self.narrow.account(rateLimit={"requestsPerSecond": 1}, sync={"interval": "5s"})
        well = (self.sims, self.figures, self.limited, self.failing, self.rejected, self.narrow)
        for tenant in well:
            tenant.is_ready()
        for number, name in enumerate(
            ("twin", "observed", "refusing", "contested", "off-1", "off-2")
        ):
            self._claim(self.sims, name, number, state="Enabled")
        self._claim(self.rejected, "waiting", 0, state="Enabled")
        for number in range(8):
            self._claim(self.narrow, f"narrow-{number}", number, state="Enabled")
        for name in self.names:
            self.world.until_reason(name, "Reconciled")

    def _claim(self, tenant: Tenant, name: str, number: int, **spec: Any) -> None:
        """A SIM resource whose SIM is on at 1NCE and uses nothing by itself."""
        iccid = tenant.iccids[number]
        self.world.simulator.patch_sim(
            iccid, status="Enabled", profile="silent", hidden_fields=[], null_fields=[]
        )
        self.names[name] = tenant.sim(name, number, **spec)

    # What goes wrong

    def break_everything(self) -> None:
        """Let everything go wrong that can be seen in a minute."""
        self.history.bad = Bad(503)
        self._break_accounts()
        self._break_sims()
        self._break_figures()
        self._break_policies()

    def _break_accounts(self) -> None:
        self.refused.account(sync={"interval": "2s"})
        self.refused.secret(f"{self.refused.name}-credentials", client_secret="wrong")
        self.failing.fault("status", status=503)
        self.rejected.fault("empty-list")
        self.rejected.account_becomes("SweepRejected")
        self.world.patch("sim", "waiting", {"label": "never-sent"})
        for number in range(8):
            self.world.patch("sim", f"narrow-{number}", {"label": f"late-{number}"})

    def _break_sims(self) -> None:
        world, simulator = self.world, self.world.simulator
        self.sims.sim("copy", self.names["twin"])
        world.patch("sim", "observed", {"managementPolicy": "Observe", "label": "not-there"})
        refusing = {"operation": "updateSim", "path": self.names["refusing"]}
        self.sims.fault("status", match=refusing, status=400)
        world.patch("sim", "refusing", {"label": "refused"})
        for name in ("off-1", "off-2"):
            world.patch("sim", name, {"state": "Disabled"})
        for change in range(1, 4):
            simulator.patch_sim(self.names["contested"], status="Disabled")
            self._until_corrected("contested", change)
        simulator.patch_sim(self.names["contested"], status="Disabled")

    def _until_corrected(self, name: str, times: int) -> None:
        def corrected() -> bool:
            events = self.world.events(name, "Reconciled")
            return sum(int(one.get("count") or 1) for one in events) >= times

        self.world.until(corrected, f"{name} is corrected {times} times")

    def _break_figures(self) -> None:
        patch = self.world.simulator.patch_sim
        for number, (name, left) in enumerate(
            (("low", 50), ("empty", 0), ("old", 400), ("mute", 400), ("greedy", 200))
        ):
            self._claim(self.figures, name, number)
            patch(self.names[name], remaining_data_mb=left, session="OFFLINE")
        patch(self.names["old"], expired=True)
        patch(self.names["greedy"], session="ONLINE")

    def _break_policies(self) -> None:
        for number, name in enumerate(("spender", "saver")):
            self._claim(self.limited, name, number, state="Enabled", labels={"fleet": "limited"})
        body = self.world.manifest(
            "QuotaPolicy",
            "limited",
            {
                "selector": {"matchLabels": {"fleet": "limited"}},
                "mode": "Enforce",
                "action": "Disable",
                "maxDisabled": 0,
                "data": {"perSIM": "40Mi", "pool": "50Mi"},
            },
        )
        self.world.apply(body)
        self.world.until_reason("limited", "Reconciled", kind="quotapolicy")
        self.world.simulator.patch_sim(self.names["spender"], use_data_mb=47)
        self.world.until(
            lambda: self.world.status("limited", "quotapolicy").get("held") == 1, "one is held"
        )
        # From here on the figures grow old.
        for operation in ("getUsage", "getDataQuota"):
            self.limited.fault("status", match={"operation": operation}, status=503)

    def use(self) -> None:
        """The greedy one goes on."""
        self.world.simulator.patch_sim(self.names["greedy"], use_data_mb=2)

    # The stream

    def stream(self, password: str = "") -> int:
        """An empty batch of the Data Streamer; the answer's code."""
        world = self.world
        answer = httpx.post(
            f"http://127.0.0.1:{world.operator.hooks_port}/hooks/1nce/{world.namespace}/{self.sims.name}",
            content=json.dumps([]),
            auth=(USERNAME, password or self.password),
            trust_env=False,
            timeout=30,
        )
        return answer.status_code

    def heal(self) -> None:
        """1NCE is well again, and whoever had a write refused asks for another one."""
        self.world.simulator.clear_faults()
        self.world.patch("sim", "refusing", {"label": "taken"})


@contextmanager
def fleet(cluster: Cluster, kubeconfig: Path, folder: Path) -> Iterator[Fleet]:
    """The customers and their operator, which is not started."""
    with (
        Keeper() as history,
        opened(cluster, kubeconfig, folder, sims=1, history_url=history.url) as world,
    ):
        tenants = Tenants(world)
        yield Fleet(
            world,
            sims=tenants.new(),
            figures=tenants.new(),
            limited=tenants.new(),
            refused=tenants.new(),
            failing=tenants.new(),
            rejected=tenants.new(),
            narrow=tenants.new(),
            history=history,
        )


@contextmanager
def standby(
    cluster: Cluster, kubeconfig: Path, folder: Path, name: str
) -> Iterator[OperatorProcess]:
    """An operator in the namespace `name` whose Lease somebody holds who is not there."""
    kubectl(cluster.kubeconfig, "create", "namespace", name)
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "sim-operator", "namespace": name},
        "spec": {
            "holderIdentity": "somebody-who-is-gone",
            "leaseDurationSeconds": 3600,
            "acquireTime": "2026-01-01T00:00:00.000000Z",
            "renewTime": "2026-01-01T00:00:00.000000Z",
            "leaseTransitions": 0,
        },
    }
    kubectl(cluster.kubeconfig, "create", "-f", "-", stdin=json.dumps(lease))
    settings = {"namespace": name, "watch_namespaces": name}
    process = OperatorProcess(kubeconfig, folder / "standby.log", settings)
    try:
        process.start()
        yield process
    finally:
        process.kill()
        kubectl(cluster.kubeconfig, "delete", "namespace", name, "--wait=false")
