"""Several replicas that share the accounts of several customers."""

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.cluster import Cluster
from tests.integration.operator_process import OperatorProcess
from tests.integration.tenants import Tenant, Tenants, opened
from tests.integration.world import Json, World

HAND_OVER_SECONDS = 90.0
RATE = 4
"""Requests a second that accounts allow here: low, so that a doubled rate would show."""


class Shards:
    """The replicas, and who works what."""

    def __init__(self, world: World, stack: ExitStack) -> None:
        self.world = world
        self.tenants = Tenants(world)
        self._stack = stack
        self.replicas: list[OperatorProcess] = []
        self.customers: list[Tenant] = []

    def new(self, kubeconfig: Path | None = None) -> OperatorProcess:
        """One more replica, which is ready; `kubeconfig`: its own way to the API server."""
        log = self.world.folder / f"replica-{len(self.replicas)}.log"
        one = self.world.operator.replica(log, kubeconfig)
        self._stack.callback(one.kill)
        self.replicas.append(one)
        one.start()
        return one

    def add(self, count: int, **spec: Any) -> list[Tenant]:
        """Customers with an account each."""
        made = [self.tenants.new() for _ in range(count)]
        for one in made:
            one.account(**({"rateLimit": {"requestsPerSecond": RATE}} | spec))
        self.customers += made
        return made

    def have_swept(self) -> None:
        """Wait until each account was swept by whoever works it."""
        for tenant in self.customers:
            tenant.operator = self.until_held(tenant)
            tenant.sweeps(1)

    @property
    def running(self) -> list[OperatorProcess]:
        return [one for one in self.replicas if one.runs]

    def held(self, replica: OperatorProcess) -> int:
        return int(replica.metric("sim_operator_accounts_held"))

    def holder(self, tenant: Tenant) -> OperatorProcess | None:
        """The replica that tells of a customer's account."""
        label = f"{tenant.namespace}/{tenant.name}"
        found = [one for one in self.running if label in one.get("/metrics")[1]]
        told = [one for one in found if one.metric("simaccount_ready", account=label)]
        return told[0] if len(told) == 1 else None

    def until_spread(self, counts: Sequence[int]) -> None:
        """Wait until the running replicas hold so many accounts each, in any order."""
        wanted = sorted(counts)
        self.world.until(
            lambda: sorted(map(self.held, self.running)) == wanted,
            f"accounts are spread as {wanted}",
            seconds=HAND_OVER_SECONDS,
        )

    def until_held(self, tenant: Tenant) -> OperatorProcess:
        """Wait until one replica works a customer's account."""
        found: OperatorProcess = self.world.until(
            lambda: self.holder(tenant), f"{tenant.name} is worked", seconds=HAND_OVER_SECONDS
        )
        return found

    def until_held_by_lease(self, tenant: Tenant) -> OperatorProcess:
        """Wait until one replica sweeps a customer's account, be it ready or not."""
        label = f"{tenant.namespace}/{tenant.name}"

        def sweeper() -> OperatorProcess | None:
            name = "simaccount_sweep_last_success_timestamp_seconds"
            return next((one for one in self.running if one.metric(name, account=label)), None)

        found: OperatorProcess = self.world.until(sweeper, f"{tenant.name} is swept")
        return found

    def leases(self, role: str) -> list[Json]:
        """The Leases that are there for members, or for accounts."""
        return [
            one
            for one in self.world.listed("lease")
            if (one["metadata"].get("labels") or {}).get("sim-operator.io/lease") == role
        ]

    def holders(self) -> dict[str, str]:
        """Who is named by the Lease of each account."""
        return {
            one["metadata"]["annotations"]["sim-operator.io/account"]: one["spec"].get(
                "holderIdentity", ""
            )
            for one in self.leases("account")
        }


@contextmanager
def shards(
    cluster: Cluster, kubeconfig: Path, folder: Path, replicas: int = 3, **settings: str
) -> Iterator[Shards]:
    """So many replicas, which run; `settings` are of each of them."""
    with (
        opened(cluster, kubeconfig, folder, leader_election="true", sharding="true") as world,
        ExitStack() as stack,
    ):
        for name, value in settings.items():
            world.operator.set(name, value)
        made = Shards(world, stack)
        world.operator.log.touch()
        for _ in range(replicas):
            made.new()
        yield made
        for one in made.replicas:
            assert "Traceback" not in one.text(), one.text()


def freeze(process: OperatorProcess) -> None:
    """Stop it where it stands: to everybody else it is dead, and it does not know."""
    os.kill(process.pid, signal.SIGSTOP)


def thaw(process: OperatorProcess) -> None:
    """Let it go on."""
    os.kill(process.pid, signal.SIGCONT)


# What the journal of the simulated 1NCE tells


def runs_by_token(calls: Sequence[Json]) -> list[str]:
    """The tokens of an account's calls in the order of their first, each once for each run."""
    runs: list[str] = []
    for call in calls:
        if not runs or runs[-1] != call["token"]:
            runs.append(call["token"])
    return runs


def busiest_second(calls: Sequence[Json]) -> int:
    """The most calls that one second holds."""
    times = sorted(call["monotonic"] for call in calls if call["operation"] != "token")
    return max((sum(1 for one in times if 0 <= one - first < 1.0) for first in times), default=0)
