"""Worlds in which many SIMs live side by side: one operator and one simulated 1NCE for a module.

Each test takes SIMs that no other test has, so that none disturbs another, and counts the calls
of its own SIMs only.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster import Cluster, kubectl
from tests.integration.operator_process import OperatorProcess
from tests.integration.world import Json, World, remove_namespace
from tests.simulated import SimulatorProcess

FINALIZER = "sim-operator.io/disable"


@dataclass
class SimWorld(World):
    """A world that hands out SIMs and counts what is asked about each."""

    taken: int = 0
    elsewhere: str = ""
    """A second namespace that the operator watches."""

    def fresh(self) -> str:
        """The ICCID of a SIM that no test has."""
        assert self.taken < len(self.iccids), "the world needs more SIMs"
        self.taken += 1
        return self.iccids[self.taken - 1]

    def new(self, name: str, reason: str | None = "Reconciled", **spec: Any) -> str:
        """A resource for a fresh SIM, waited for until Ready has `reason`; the ICCID."""
        iccid = self.sim(name, self.fresh(), **spec)
        if reason is not None:
            self.until_reason(name, reason)
        return iccid

    def all_sims(self) -> dict[str, Json]:
        """Every SIM resource of the namespace by its name."""
        return {one["metadata"]["name"]: one for one in self.listed("sim")}

    def calls(self, iccid: str, operation: str | None = None, since: int = 0) -> list[Json]:
        """What 1NCE was asked about one SIM, oldest first; accepted changes are no calls."""
        return [
            dict(one)
            for one in self.simulator.journal(since=since)
            if f"/{iccid}" in one["path"]
            and one["method"] != "APPLY"
            and (operation is None or one["operation"] == operation)
        ]

    def puts(self, iccid: str, since: int = 0) -> list[Json]:
        """The writes that 1NCE was asked for, whatever became of them."""
        return self.calls(iccid, "updateSim", since)

    def fault(self, kind: str, iccid: str, operation: str, **spec: Any) -> None:
        """A fault for one SIM and one kind of call."""
        match = {"path": iccid, "operation": operation}
        self.simulator.fault(kind, match=match, **spec)

    def told(self, name: str, reason: str = "Reconciled") -> int:
        """How often events with this reason were told of an object."""
        return sum(int(one.get("count") or 1) for one in self.events(name, reason))

    def until_told(self, name: str, times: int = 1, reason: str = "Reconciled") -> None:
        """Wait until events with this reason were told so often."""
        self.until(lambda: self.told(name, reason) == times, f"{reason} is told {times} times")

    def becomes(self, iccid: str, **truth: Any) -> None:
        """Wait until the SIM is so at 1NCE."""
        self.until(lambda: self.at_1nce(iccid).items() >= truth.items(), f"{iccid} becomes {truth}")

    def request(self, name: str, value: str) -> None:
        """Ask for a reconciliation and wait for its echo."""
        self.annotate("sim", name, "reconcile-requested-at", value)
        self.until(
            lambda: self.status(name).get("lastHandledReconcileAt") == value, f"{value} is echoed"
        )

    def delete(self, name: str, kind: str = "sim") -> None:
        """Delete a resource without waiting for its end."""
        self.kubectl("delete", kind, name, "--wait=false")

    def is_gone(self, name: str, kind: str = "sim") -> None:
        """Wait until a resource is no more."""
        self.until(lambda: self.get(kind, name) is None, f"{kind} {name} is gone")

    def has_finalizer(self, name: str) -> None:
        """Wait until a SIM resource cannot go without the operator."""
        self.until(
            lambda: FINALIZER in self.finalizers(name),
            f"{name} has the finalizer",
        )

    def finalizers(self, name: str, kind: str = "sim") -> list[str]:
        """Those of an object; none where it is gone."""
        found = self.get(kind, name) or {"metadata": {}}
        return list(found["metadata"].get("finalizers") or ())


@contextmanager
def opened(
    cluster: Cluster,
    kubeconfig: Path,
    folder: Path,
    *,
    sims: int = 20,
    account: Mapping[str, Any] | None = None,
    truth: Mapping[str, Any] | None = None,
    start: bool = True,
    **options: Any,
) -> Iterator[SimWorld]:
    """A simulated 1NCE with plain SIMs, its SIMAccount, and the operator.

    No Lease, so that the operator is back at once after it was stopped. `truth` is how every SIM
    is from the start, `options` are the simulator's; `start=False` leaves the operator and the
    account to the test.
    """
    suffix = secrets.token_hex(4)
    namespaces = (f"sims-{suffix}", f"elsewhere-{suffix}")
    with ExitStack() as stack:
        for namespace in namespaces:
            kubectl(cluster.kubeconfig, "create", "namespace", namespace)
            stack.callback(remove_namespace, cluster, namespace)
        given = {"oddities": False, "rate_limit": 0} | options
        simulator = stack.enter_context(SimulatorProcess(sims=sims, **given))
        environment = {
            "namespace": namespaces[0],
            "watch_namespaces": ",".join(namespaces),
            "default_account": f"{namespaces[0]}/default",
            "allowed_endpoints": simulator.url,
            "leader_election": "false",
            "log_level": "INFO",
        }
        operator = OperatorProcess(kubeconfig, folder / f"operator-{suffix}.log", environment)
        stack.callback(operator.kill)
        iccids = [str(one["iccid"]) for one in simulator.sims()]
        for iccid in iccids if truth else ():
            simulator.patch_sim(iccid, **(truth or {}))
        world = SimWorld(cluster, namespaces[0], simulator, operator, folder, iccids)
        world.elsewhere = namespaces[1]
        if start:
            spec = {"rateLimit": {"requestsPerSecond": 10}} | dict(account or {})
            # A number: a percentage is of the SIMs that are claimed, which tests have few of.
            spec["protection"] = {"maxDisablesPerHour": 1_000} | spec.get("protection", {})
            world.account(**spec)
            operator.start()
            world.until_reason("default", "Reconciled", kind="simaccount")
        yield world
        assert "Traceback" not in operator.text(), operator.text()


OpenWorld = Callable[..., AbstractContextManager[SimWorld]]
