"""A small world for one test.

A namespace, a simulated 1NCE, the operator, and hands to steer them.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster import Cluster, apply, kubectl
from tests.cluster.reader import Reader
from tests.integration.operator_process import OperatorProcess
from tests.simulated import SimulatorProcess

PATIENCE_SECONDS = 40.0
_POLL_SECONDS = 0.15
CLIENT_ID, CLIENT_SECRET = "demo-client", "demo-secret"

Json = dict[str, Any]

_OURS = "/apis/sim-operator.io/v1alpha1/namespaces/{namespace}"
_PATHS = {
    "sim": f"{_OURS}/sims",
    "simaccount": f"{_OURS}/simaccounts",
    "quotapolicy": f"{_OURS}/quotapolicies",
    "event": "/api/v1/namespaces/{namespace}/events",
    "secret": "/api/v1/namespaces/{namespace}/secrets",
    "lease": "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases",
}
_readers: dict[Path, Reader] = {}


def reader_of(kubeconfig: Path) -> Reader:
    """The connection that all worlds of a cluster share."""
    if kubeconfig not in _readers:
        _readers[kubeconfig] = Reader(kubeconfig)
    return _readers[kubeconfig]


def close_readers() -> None:
    """Close every connection."""
    while _readers:
        _readers.popitem()[1].close()


def remove_namespace(cluster: Cluster, namespace: str) -> None:
    """Delete a namespace without waiting, after its operator has ended.

    Nobody is left who would let go of what carries our finalizers, and what lingers keeps its SIMs
    from tests whose operator looks at the whole cluster.
    """
    reader = reader_of(cluster.kubeconfig)
    for kind in ("sim", "simaccount"):
        found = reader.get(_PATHS[kind].format(namespace=namespace)) or {}
        for one in found.get("items") or ():
            if one["metadata"].get("finalizers"):
                _let_go(cluster, namespace, kind, one["metadata"]["name"])
    kubectl(
        cluster.kubeconfig, "delete", "namespace", namespace, "--wait=false", "--ignore-not-found"
    )


def _let_go(cluster: Cluster, namespace: str, kind: str, name: str) -> None:
    free = json.dumps({"metadata": {"finalizers": None}})
    kubectl(
        cluster.kubeconfig,
        "patch",
        kind,
        name,
        f"--namespace={namespace}",
        "--type=merge",
        "-p",
        free,
    )


@dataclass
class World:
    """What a test works with."""

    cluster: Cluster
    namespace: str
    simulator: SimulatorProcess
    operator: OperatorProcess
    folder: Path
    iccids: list[str] = field(default_factory=list)

    # Resources

    def account(self, name: str = "default", **spec: Any) -> None:
        """A SIMAccount for the simulator with its Secret.

        Sweeps come every second, details never.
        """
        self.secret(f"{name}-credentials")
        sync = {"interval": "1s", "detailInterval": "0s"} | spec.pop("sync", {})
        protection = {"maxDisablesPerHour": "100%"} | spec.pop("protection", {})
        self.apply(
            self.manifest(
                "SIMAccount",
                name,
                {
                    "endpoint": self.simulator.endpoint,
                    "credentialsSecretRef": {"name": f"{name}-credentials"},
                    "sync": sync,
                    "protection": protection,
                    **spec,
                },
            )
        )

    def secret(
        self, name: str, client_id: str = CLIENT_ID, client_secret: str = CLIENT_SECRET
    ) -> None:
        """The credentials of an account."""
        self.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": self.namespace},
                "stringData": {"ONCE_CLIENT_ID": client_id, "ONCE_CLIENT_SECRET": client_secret},
            }
        )

    def sim(self, name: str, iccid: str | int = 0, **spec: Any) -> str:
        """A SIM resource; a number stands for the place of the SIM at the simulator. Its ICCID."""
        number = self.iccids[iccid] if isinstance(iccid, int) else iccid
        annotations = spec.pop("annotations", {})
        labels = spec.pop("labels", {})
        body = self.manifest("SIM", name, {"iccid": number, **spec})
        body["metadata"] |= {"annotations": annotations, "labels": labels}
        self.apply(body)
        return number

    def many(self, names: Mapping[str, str], spec: Mapping[str, Any]) -> None:
        """Resources by name and ICCID, all with the same spec, in one request of kubectl's."""
        self.apply(
            *(self.manifest("SIM", name, {"iccid": iccid, **spec}) for name, iccid in names.items())
        )

    def manifest(self, kind: str, name: str, spec: Mapping[str, Any]) -> Json:
        return {
            "apiVersion": "sim-operator.io/v1alpha1",
            "kind": kind,
            "metadata": {"name": name, "namespace": self.namespace},
            "spec": dict(spec),
        }

    def apply(self, *bodies: Json) -> None:
        apply(self.cluster.kubeconfig, list(bodies))

    def kubectl(self, *args: str, stdin: str | None = None) -> str:
        return kubectl(self.cluster.kubeconfig, "--namespace", self.namespace, *args, stdin=stdin)

    def patch(self, kind: str, name: str, spec: Mapping[str, Any]) -> None:
        """A change of spec, as `kubectl patch --type merge`."""
        self.kubectl("patch", kind, name, "--type=merge", "-p", json.dumps({"spec": spec}))

    def annotate(self, kind: str, name: str, annotation: str, value: str) -> None:
        self.kubectl("annotate", kind, name, f"sim-operator.io/{annotation}={value}", "--overwrite")

    @property
    def reader(self) -> Reader:
        """One connection for the many looks that waiting takes."""
        return reader_of(self.cluster.kubeconfig)

    def get(self, kind: str, name: str) -> Json | None:
        """The object, or None where it does not exist."""
        return self.reader.get(f"{_PATHS[kind].format(namespace=self.namespace)}/{name}")

    def listed(self, kind: str) -> list[Json]:
        """Every object of a kind in the namespace."""
        found = self.reader.get(_PATHS[kind].format(namespace=self.namespace))
        items: list[Json] = (found or {}).get("items") or []
        return items

    def status(self, name: str, kind: str = "sim") -> Json:
        found = self.get(kind, name)
        return {} if found is None else found.get("status") or {}

    def condition(self, name: str, type_: str = "Ready", kind: str = "sim") -> Json:
        conditions = self.status(name, kind).get("conditions") or ()
        return next((one for one in conditions if one["type"] == type_), {})

    def events(self, name: str, reason: str | None = None) -> list[Json]:
        """Events about an object, oldest first."""
        mine = [one for one in self.listed("event") if one["involvedObject"]["name"] == name]
        return [one for one in mine if reason is None or one["reason"] == reason]

    # Waiting

    def until(
        self,
        holds: Callable[[], object],
        what: str,
        seconds: float = PATIENCE_SECONDS,
    ) -> Any:
        """Wait until something is true; what it gave. On failure: the operator's last words."""
        deadline = time.monotonic() + seconds
        while True:
            found = holds()
            if found:
                return found
            if time.monotonic() > deadline:
                state = self.kubectl("get", "sims,simaccounts,quotapolicies", "-o", "yaml")
                shown = "\n".join(self.operator.text().splitlines()[-40:])
                raise AssertionError(f"not within {seconds:g} s: {what}\n{shown}\n{state[-6000:]}")
            time.sleep(_POLL_SECONDS)

    def until_reason(self, name: str, reason: str, type_: str = "Ready", kind: str = "sim") -> Json:
        """Wait for a condition's reason; the condition."""
        found: Json = self.until(
            lambda: (one := self.condition(name, type_, kind)).get("reason") == reason and one,
            f"{kind} {name} {type_}={reason}",
        )
        return found

    def until_acknowledged(
        self, name: str, reason: str, type_: str = "Ready", kind: str = "sim"
    ) -> Json:
        """Wait for a condition's reason at the present generation, not the one before."""

        def answered() -> Json | None:
            body = self.get(kind, name) or {}
            conditions = (body.get("status") or {}).get("conditions") or ()
            one: Json = next((one for one in conditions if one["type"] == type_), {})
            fits = one.get("observedGeneration") == body.get("metadata", {}).get("generation")
            return one if fits and one.get("reason") == reason else None

        found: Json = self.until(answered, f"{kind} {name} {type_}={reason} at its generation")
        return found

    def sweeps(self, count: int = 2, account: str = "default") -> None:
        """Let `count` whole sweeps, begun from now on, be believed."""
        name = "simaccount_sweep_duration_seconds_count"
        label = f"{self.namespace}/{account}"
        before = self.operator.metric(name, account=label)
        self.until(
            lambda: self.operator.metric(name, account=label) >= before + count + 1,
            f"{count} more sweeps",
        )

    # 1NCE's side

    def writes(self) -> list[Json]:
        """Every change that the API was asked for, oldest first."""
        return [dict(entry) for entry in self.simulator.journal(writes=True)]

    def at_1nce(self, iccid: str) -> Json:
        """The SIM as it really is."""
        found: Json = dict(self.simulator.sim(iccid))
        return found
