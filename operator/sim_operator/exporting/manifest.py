"""A resource as people would write it down."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from sim_operator.api.choices import AccountMode, ManagementPolicy
from sim_operator.api.names import ACCOUNT_KIND, API_VERSION, POLICY_KIND, SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.exporting.metadata import of_people
from sim_operator.exporting.spec import chosen, schema_of

ORDER: Final = (POLICY_KIND, SIM_KIND, ACCOUNT_KIND)
"""In which kinds are written, and applied: nothing acts on a SIM before its account is there, and
a policy that keeps SIMs off is there before the specs that want them on."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A resource without what servers and programs wrote; `metadata` names its namespace."""

    kind: str
    key: Key
    metadata: Mapping[str, Any]
    spec: Mapping[str, Any]

    @property
    def body(self) -> dict[str, Any]:
        """The object, in the order in which people write one."""
        return {
            "apiVersion": API_VERSION,
            "kind": self.kind,
            "metadata": dict(self.metadata),
            "spec": dict(self.spec),
        }

    @property
    def place(self) -> tuple[int, Key]:
        """Where it stands among others."""
        return ORDER.index(self.kind), self.key


def manifest(kind: str, body: Mapping[str, Any]) -> Manifest:
    """The manifest of an object as the API server sent it."""
    metadata = body["metadata"]
    return Manifest(
        kind,
        Key(str(metadata.get("namespace") or ""), str(metadata["name"])),
        of_people(metadata),
        chosen(body.get("spec") or {}, schema_of(kind)),
    )


def observing(one: Manifest) -> Manifest:
    """The manifest that lets nothing be written at 1NCE.

    A paused account stays so: that is less still.
    """
    if one.kind == SIM_KIND:
        return _with(one, "managementPolicy", ManagementPolicy.OBSERVE)
    if one.kind == ACCOUNT_KIND and one.spec.get("mode") != AccountMode.PAUSED:
        return _with(one, "mode", AccountMode.OBSERVE)
    return one


def _with(one: Manifest, field: str, value: str) -> Manifest:
    return replace(one, spec=chosen({**one.spec, field: str(value)}, schema_of(one.kind)))
