"""Consoles on a real API server, and people with different rights who ask them."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx

from sim_operator.clock.wall import SystemClock, WallClock
from sim_operator.console.running import Opened, open_console
from sim_operator.console.settings import ConsoleSettings
from tests.cluster import Cluster, apply, kubectl
from tests.cluster.access import service_account_kubeconfig
from tests.integration.conftest import connected

CLUSTER_ROLE = Path(__file__).parents[3] / "charts/sim-operator/files/console-clusterrole.yaml"
CONSOLE_NAMESPACE = "sim-operator-console-tests"
CONSOLE_USER = f"system:serviceaccount:{CONSOLE_NAMESPACE}:console"
RBAC = "rbac.authorization.k8s.io"
READS = ("get", "list", "watch")
LOOPBACK = ip_network("127.0.0.0/8")
PATIENCE = 60.0


async def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"in vain: {what}"
        await asyncio.sleep(0.05)


@dataclass
class Person:
    """A ServiceAccount, as who a person is known, with a token."""

    cluster: Cluster
    namespace: str
    name: str

    @property
    def user(self) -> str:
        return f"system:serviceaccount:{self.namespace}:{self.name}"

    def token(self, *options: str) -> str:
        """A token that holds for an hour."""
        given = (f"--namespace={self.namespace}", *options)
        return kubectl(self.cluster.kubeconfig, "create", "token", self.name, *given).strip()

    def allow(self, *verbs: str, namespace: str = "", resources: Sequence[str] = ()) -> None:
        """Give rights in a namespace, by default on our resources in their own."""
        where = namespace or self.namespace
        role = {
            "apiVersion": f"{RBAC}/v1",
            "kind": "Role",
            "metadata": {"name": self.name, "namespace": where},
            "rules": [
                {
                    "apiGroups": ["sim-operator.io"],
                    "resources": list(resources or ("sims", "simaccounts", "quotapolicies")),
                    "verbs": list(verbs),
                },
                {"apiGroups": [""], "resources": ["events"], "verbs": list(READS)},
            ],
        }
        apply(self.cluster.kubeconfig, [role, self._binding(where)])

    def forbid(self, namespace: str = "") -> None:
        """Take the rights away."""
        where = namespace or self.namespace
        kubectl(self.cluster.kubeconfig, "delete", "rolebinding", self.name, f"--namespace={where}")

    def _binding(self, namespace: str) -> dict[str, Any]:
        return {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": self.name, "namespace": namespace},
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": self.name},
            "subjects": [
                {"kind": "ServiceAccount", "name": self.name, "namespace": self.namespace}
            ],
        }


def person(cluster: Cluster, namespace: str, *verbs: str, name: str = "") -> Person:
    """Somebody new, who may do this to our resources of the namespace."""
    made = Person(cluster, namespace, name or f"person-{secrets.token_hex(3)}")
    kubectl(cluster.kubeconfig, "create", "serviceaccount", made.name, f"--namespace={namespace}")
    if verbs:
        made.allow(*verbs)
    return made


@dataclass
class Served:
    """A console that runs in this process, over real HTTP."""

    opened: Opened
    url: str

    @asynccontextmanager
    async def client(self, token: str = "", **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody who asks; with a token, or as a browser that keeps cookies."""
        given = ({"Authorization": f"Bearer {token}"} if token else {}) | headers
        async with httpx.AsyncClient(
            base_url=self.url, headers=given, timeout=30, trust_env=False
        ) as client:
            yield client

    async def knows(self, namespace: str, sims: int) -> None:
        """Wait until the cache has so many SIMs of the namespace."""

        def there() -> bool:
            fleet = self.opened.console.fleet
            return sum(key.namespace == namespace for key in fleet.sims) == sims

        await until(there, f"{sims} SIMs of {namespace} in the cache")


def console_kubeconfig(cluster: Cluster, folder: Path) -> Path:
    """The console's own ServiceAccount, with the rights of the chart and no more."""
    return service_account_kubeconfig(
        cluster, CONSOLE_NAMESPACE, "console", CLUSTER_ROLE, folder / "console.kubeconfig"
    )


@asynccontextmanager
async def serving(
    kubeconfig: Path, *, good_for: float = 0.2, clock: WallClock | None = None, **settings: Any
) -> AsyncIterator[Served]:
    """A console with these settings; everything of it ends with the context.

    `good_for`: seconds for which it remembers what somebody may. `clock`: its own.
    """
    given: Mapping[str, Any] = {"console_port": 0, "metrics_port": 0} | settings
    async with (
        connected(kubeconfig) as api,
        open_console(
            ConsoleSettings(**given),
            api,
            clock or SystemClock(),
            host="127.0.0.1",
            good_for=good_for,
        ) as opened,
    ):
        await until(lambda: opened.console.fleet.complete, "the cache to be complete")
        yield Served(opened, f"http://127.0.0.1:{opened.port}")


def sim(namespace: str, name: str, number: int, **spec: Any) -> dict[str, Any]:
    """The manifest of a SIM, with a number of its own."""
    labels = spec.pop("labels", {})
    annotations = spec.pop("annotations", {})
    return {
        "apiVersion": "sim-operator.io/v1alpha1",
        "kind": "SIM",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": labels,
            "annotations": annotations,
        },
        "spec": {"iccid": f"89883030{number:011d}", **spec},
    }


def write_status(cluster: Cluster, namespace: str, name: str, status: Mapping[str, Any]) -> None:
    """Write a status as the operator would."""
    kubectl(
        cluster.kubeconfig,
        *("patch", "sim", name, f"--namespace={namespace}", "--subresource=status"),
        *("--type=merge", "-p", json.dumps({"status": status})),
    )
