"""Several customers of one simulated 1NCE under one operator.

Starting an operator takes seconds; most tests of accounts need only an account of their own.
"""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.cluster import Cluster, kubectl
from tests.integration.operator_process import OperatorProcess
from tests.integration.world import CLIENT_ID, CLIENT_SECRET, Json, World, remove_namespace
from tests.simulated import SimulatorProcess


@dataclass
class Tenant(World):
    """One customer: its SIMs at 1NCE, its SIMAccount and its share of the journal."""

    name: str = "default"
    client_id: str = CLIENT_ID
    client_secret: str = CLIENT_SECRET

    def account(self, name: str = "", **spec: Any) -> None:
        """The customer's SIMAccount, named as the customer."""
        super().account(name or self.name, **spec)

    def secret(self, name: str, client_id: str = "", client_secret: str = "") -> None:
        super().secret(name, client_id or self.client_id, client_secret or self.client_secret)

    def sim(self, name: str, iccid: str | int = 0, **spec: Any) -> str:
        return super().sim(name, iccid, **({"accountRef": {"name": self.name}} | spec))

    def is_ready(self) -> None:
        """Wait until the account is."""
        self.until_reason(self.name, "Reconciled", kind="simaccount")

    def account_becomes(self, reason: str) -> Json:
        """Wait for the reason of the account's Ready; the condition."""
        return self.until_reason(self.name, reason, kind="simaccount")

    def sweeps(self, count: int = 2, account: str = "") -> None:
        super().sweeps(count, account or self.name)

    def calls(self, since: int = 0) -> list[Json]:
        """What was asked with the customer's client id, token requests included."""
        entries = self.simulator.journal(since=since)
        return [dict(one) for one in entries if one["client_id"] == self.client_id]

    def writes(self) -> list[Json]:
        return [one for one in super().writes() if one["client_id"] == self.client_id]

    def fault(self, kind: str, match: Json | None = None, **spec: Any) -> None:
        """A fault for this customer only."""
        found = {"client_id": self.client_id} | (match or {})
        self.simulator.fault(kind, match=found, **spec)


class Tenants:
    """The customers of one simulated 1NCE, nine at most beside those of faults."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._numbers = count(1)
        self._pairs = [
            {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "customer": "default"}
        ]

    def new(self, sims: int = 10) -> Tenant:
        """A customer who has bought so many SIMs; no resource yet."""
        name = f"customer-{next(self._numbers)}"
        self.allow(f"{name}-client", f"{name}-secret", name, sims)
        return self._tenant(name, f"{name}-client", f"{name}-secret")

    def allow(self, client_id: str, client_secret: str, customer: str, sims: int = 10) -> None:
        """Accept one more pair; `sims` counts for a new customer."""
        self._pairs = [one for one in self._pairs if one["client_id"] != client_id]
        self._pairs.append(
            {"client_id": client_id, "client_secret": client_secret, "customer": customer}
        )
        self.world.simulator.rotate_credentials(*self._pairs, **{customer: sims})

    def again(self, tenant: Tenant, name: str, client_id: str) -> Tenant:
        """The same customer with another account resource and client id."""
        self.allow(client_id, f"{client_id}-secret", tenant.name)
        twin = self._tenant(tenant.name, client_id, f"{client_id}-secret")
        twin.name = name
        return twin

    def _tenant(self, customer: str, client_id: str, client_secret: str) -> Tenant:
        world = self.world
        return Tenant(
            world.cluster,
            world.namespace,
            world.simulator,
            world.operator,
            world.folder,
            [str(one["iccid"]) for one in world.simulator.sims(customer)],
            customer,
            client_id,
            client_secret,
        )


@contextmanager
def opened(
    cluster: Cluster,
    kubeconfig: Path,
    folder: Path,
    *,
    sims: int = 10,
    seed: int = 1,
    neighbours: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    **settings: str,
) -> Iterator[World]:
    """A world that lasts longer than a test, in a namespace of its own.

    `settings` win over those of the operator; without a Lease, so that it is back at once after
    it was killed. `seed`: another one gives SIMs that no other world has, for whoever looks at the
    whole cluster, where worlds of other tests may still be on their way out. `neighbours`:
    suffixes of more namespaces that are watched. `options`: more of the simulator's.
    """
    namespace = f"accounts-{secrets.token_hex(4)}"
    namespaces = (namespace, *(f"{namespace}-{one}" for one in neighbours))
    with ExitStack() as stack:
        for name in namespaces:
            kubectl(cluster.kubeconfig, "create", "namespace", name)
            stack.callback(remove_namespace, cluster, name)
        simulator = stack.enter_context(SimulatorProcess(sims=sims, seed=seed, **(options or {})))
        environment = {
            "namespace": namespace,
            "watch_namespaces": ",".join(namespaces),
            "default_account": f"{namespace}/default",
            "allowed_endpoints": simulator.url,
            "leader_election": "false",
            "log_level": "INFO",
            **settings,
        }
        operator = OperatorProcess(kubeconfig, folder / "operator.log", environment)
        stack.callback(operator.kill)
        iccids = [str(one["iccid"]) for one in simulator.sims()]
        yield World(cluster, namespace, simulator, operator, folder, iccids)
        assert "Traceback" not in operator.text(), operator.text()
