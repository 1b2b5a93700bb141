"""The SIM resources of a benchmark, and the requests that make, write and remove them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tests.bench.bare import APPLY, MERGE

PER_NAMESPACE = 1_000
GROUP = "/apis/sim-operator.io/v1alpha1"
ALL_SIMS = f"{GROUP}/sims"
_APPLIER = "?fieldManager=kubectl"


@dataclass(frozen=True, slots=True)
class Sim:
    """One resource: its name, and the card as it is at 1NCE (so that nothing has to be changed)."""

    namespace: str
    name: str
    iccid: str
    label: str

    @property
    def path(self) -> str:
        """Where the API server has it."""
        return f"{GROUP}/namespaces/{self.namespace}/sims/{self.name}"

    @property
    def manifest(self) -> bytes:
        """The resource as a person writes it."""
        return orjson.dumps(
            {
                "apiVersion": "sim-operator.io/v1alpha1",
                "kind": "SIM",
                "metadata": {
                    "name": self.name,
                    "namespace": self.namespace,
                    "labels": {"fleet": self.namespace},
                },
                "spec": {"iccid": self.iccid, "state": "Enabled", "label": self.label},
            }
        )

    def moved(self, prefix: str) -> "Sim":
        """The same card, claimed in another namespace."""
        number = self.namespace.rpartition("-")[2]
        return Sim(f"{prefix}-{number}", self.name, self.iccid, self.label)


def fleet(truth: Sequence[dict[str, Any]], prefix: str = "fleet") -> list[Sim]:
    """A resource for each SIM that the simulator has, a thousand to a namespace."""
    return [
        Sim(
            namespace=f"{prefix}-{place // PER_NAMESPACE:03d}",
            name=f"sim-{place:06d}",
            iccid=str(one["iccid"]),
            label=str(one["label"]),
        )
        for place, one in enumerate(truth)
    ]


def namespaces(sims: Sequence[Sim]) -> list[str]:
    """The namespaces in which they are."""
    return sorted({sim.namespace for sim in sims})


def applies(sims: Sequence[Sim]) -> Iterator[tuple[str, str, bytes, str]]:
    """Server-side apply, as `kubectl apply --server-side` sends it."""
    for sim in sims:
        yield "PATCH", sim.path + _APPLIER, sim.manifest, APPLY


def status_patches(
    sims: Sequence[Sim], versions: dict[str, str], statuses: dict[str, bytes]
) -> Iterator[tuple[str, str, bytes, str]]:
    """The operator's own request for each SIM: by name the resourceVersion and the status."""
    for sim in sims:
        body = b'{"metadata":{"resourceVersion":"%s"},"status":%s}' % (
            versions[sim.name].encode(),
            statuses[sim.name],
        )
        yield "PATCH", f"{sim.path}/status?fieldManager=sim-operator", body, MERGE
