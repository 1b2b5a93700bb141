"""A small account for one fault in one phase: a few SIMs, each for one promise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from tests.integration.tenants import Tenant
from tests.integration.world import Json

SIMS: Final = 12
LIMIT: Final = "40Mi"
_NEVER: Final = "by nobody"
"""The label of SIMs that nothing may be written for."""
_UNCLAIMED: Final = range(8, SIMS)


class Role(StrEnum):
    """What a SIM is there for; its place among them is its place at 1NCE."""

    MANAGED = "managed"
    OFF = "off"
    WATCHED = "watched"
    RESTING = "resting"
    LEAVING = "leaving"
    LIMITED = "limited"


_SPECS: Final[Mapping[Role, Json]] = {
    Role.MANAGED: {"state": "Enabled", "label": "managed"},
    Role.OFF: {"state": "Disabled", "imeiLock": "Unlocked"},
    Role.WATCHED: {"managementPolicy": "Observe", "state": "Disabled", "label": "x"},
    Role.RESTING: {"suspend": True, "state": "Disabled", "label": "x"},
    Role.LEAVING: {"state": "Enabled", "deletionPolicy": "Disable"},
    Role.LIMITED: {"state": "Enabled"},
}


@dataclass
class Cell:
    """One customer, what its resources say, and what is wrong at the moment."""

    tenant: Tenant
    version: str
    limited: bool = False
    details: bool = False
    off: bool = False
    """The policy is to keep the limited SIM off."""
    left: str = ""
    """What the managed SIM has left of its data, where details are read."""
    specs: dict[Role, Json] = field(default_factory=dict)
    leaving: bool = False

    def __post_init__(self) -> None:
        """At 1NCE all are on, as they come; one that is to be off is off already."""
        for role in Role:
            if role is not Role.LIMITED or self.limited:
                self.specs[role] = dict(_SPECS[role])
        self.in_portal(Role.OFF, status="Disabled")
        for role in (Role.WATCHED, Role.RESTING):
            self.in_portal(role, label=_NEVER)
        if self.limited:
            self.in_portal(Role.LIMITED, profile="silent")

    # Its resources

    def name(self, role: Role) -> str:
        """The name of a SIM resource."""
        return f"{self.tenant.name}-{role}"

    def iccid(self, role: Role) -> str:
        """The SIM of a role."""
        return self.tenant.iccids[list(Role).index(role)]

    def bodies(self) -> list[Json]:
        """All of them."""
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"{self.tenant.name}-credentials"},
            "stringData": {
                "ONCE_CLIENT_ID": self.tenant.client_id,
                "ONCE_CLIENT_SECRET": self.tenant.client_secret,
            },
        }
        secret["metadata"] |= {"namespace": self.tenant.namespace}  # type: ignore[operator]
        sims = [self.sim(role) for role in self.specs]
        return [secret, self.account(), *sims, *([self.limit(LIMIT)] if self.limited else [])]

    def account(self) -> Json:
        """Its SIMAccount."""
        reads = "1s" if self.details or self.limited else "0s"
        spec = {
            "endpoint": self.tenant.simulator.endpoint,
            "managementAPIVersion": self.version,
            "credentialsSecretRef": {"name": f"{self.tenant.name}-credentials"},
            "sync": {"interval": "1s", "detailInterval": reads},
            "protection": {"maxDisablesPerHour": "100%"},
        }
        return self.tenant.manifest("SIMAccount", self.tenant.name, spec)

    def sim(self, role: Role) -> Json:
        """The SIM resource of a role."""
        spec = {
            "iccid": self.iccid(role),
            "accountRef": {"name": self.tenant.name},
            **self.specs[role],
        }
        body = self.tenant.manifest("SIM", self.name(role), spec)
        body["metadata"]["labels"] = {"customer": self.tenant.name, "role": str(role)}
        return body

    def limit(self, volume: str) -> Json:
        """The policy over the limited SIM."""
        self.off = self.off and volume == LIMIT
        spec = {
            "selector": {"matchLabels": {"customer": self.tenant.name, "role": "limited"}},
            "mode": "Enforce",
            "action": "Disable",
            "maxDisabled": "100%",
            "data": {"perSIM": volume},
        }
        return self.tenant.manifest("QuotaPolicy", self.tenant.name, spec)

    def changed(self, role: Role, **spec: Any) -> Json:
        """A SIM resource with another spec."""
        self.specs[role] |= spec
        return self.sim(role)

    def leave(self) -> None:
        """Delete the SIM that is to be disabled before it goes."""
        self.leaving = True
        self.tenant.kubectl("delete", "sim", self.name(Role.LEAVING), "--wait=false")

    # 1NCE's side

    def in_portal(self, role: Role, **truth: Any) -> None:
        """A person changes a SIM at 1NCE."""
        self.tenant.simulator.patch_sim(self.iccid(role), **truth)

    def use(self, megabytes: float) -> None:
        """The limited device uses more than it may."""
        self.off = True
        self.in_portal(Role.LIMITED, use_data_mb=megabytes)

    # What has to be true in the end

    def wrong(self, resources: Mapping[str, Json]) -> Iterator[str]:
        """What is not, or not yet, as the resources say; `resources`: all SIMs by name."""
        yield from self._wrong_account()
        truth = {str(one["iccid"]): one for one in self.tenant.simulator.sims(self.tenant.name)}
        for role in self.specs:
            yield from self._wrong_truth(role, truth.get(self.iccid(role)) or {})
            yield from self._wrong_status(role, resources.get(self.name(role)))
        yield from self.touched(truth)

    def touched(self, truth: Mapping[str, Json]) -> Iterator[str]:
        """SIMs that were changed though nothing may be written for them."""
        for role in (Role.WATCHED, Role.RESTING):
            one = truth.get(self.iccid(role)) or {}
            if (one.get("status"), one.get("label")) != ("Enabled", _NEVER):
                yield f"{role} is {one.get('status')} and {one.get('label')!r} at 1NCE"
        for place in _UNCLAIMED:
            if truth.get(self.tenant.iccids[place], {}).get("status") != "Enabled":
                yield f"SIM {place}, which nobody claims, is not on"

    def wanted(self, role: Role) -> str:
        """The state that a SIM is to have in the end."""
        if role is Role.LIMITED and self.off:
            return "Disabled"
        if role is Role.LEAVING and self.leaving:
            return "Disabled"
        if role in (Role.WATCHED, Role.RESTING):
            return "Enabled"
        return str(self.specs[role]["state"])

    def _wrong_account(self) -> Iterator[str]:
        one = self.tenant.condition(self.tenant.name, kind="simaccount")
        if one.get("status") != "True":
            yield f"the account is {one.get('reason')}: {one.get('message')}"

    def _wrong_truth(self, role: Role, truth: Json) -> Iterator[str]:
        spec = self.specs[role]
        if truth.get("status") != self.wanted(role):
            yield f"{role} is {truth.get('status')} at 1NCE, wanted {self.wanted(role)}"
        if role in (Role.WATCHED, Role.RESTING):
            return
        if spec.get("label") and truth.get("label") != spec["label"]:
            yield f"{role} has the label {truth.get('label')!r}, wanted {spec['label']!r}"
        if spec.get("imeiLock") and truth.get("imei_lock") != (spec["imeiLock"] == "Locked"):
            yield f"{role} has the lock {truth.get('imei_lock')}, wanted {spec['imeiLock']}"

    def _wrong_status(self, role: Role, found: Json | None) -> Iterator[str]:
        if role is Role.LEAVING and self.leaving:
            if found is not None:
                yield f"{role} is still there: {_conditions(found)}"
            return
        status = (found or {}).get("status") or {}
        if found is None or not status:
            yield f"{role} has no status"
            return
        ready, synced = _conditions(found)
        if (ready, synced) != self._reasons(role):
            yield f"{role} is {ready}, {synced}; wanted {self._reasons(role)}"
        behind = [status.get("observedGeneration")]
        behind += [one.get("observedGeneration") for one in status["conditions"]]
        if set(behind) != {found["metadata"]["generation"]}:
            yield f"{role}: generations {behind} of {found['metadata']['generation']}"
        if role is not Role.RESTING and status.get("state") != self.wanted(role):
            yield f"{role} shows {status.get('state')}"
        if role is Role.MANAGED and self.left:
            left = (status.get("quota") or {}).get("data", {}).get("remaining")
            if left != self.left:
                yield f"{role} shows {left} left, there are {self.left}"

    def _reasons(self, role: Role) -> tuple[str, str]:
        if role is Role.WATCHED:
            return "Observing", "Drifted"
        if role is Role.RESTING:
            return "Suspended", "Drifted"
        if role is Role.LIMITED and self.off:
            return "DisabledByPolicy", "InSync"
        return "Reconciled", "InSync"

    # What may not be said meanwhile

    def lies(self, resources: Mapping[str, Json]) -> Iterator[str]:
        """SIMs that are said to be as they should though they are not.

        Asked after the fault has lasted for a while: what was true a moment ago may be said.
        """
        account = self.tenant.condition(self.tenant.name, kind="simaccount")
        if account.get("status") != "True":
            return
        truth = {str(one["iccid"]): one for one in self.tenant.simulator.sims(self.tenant.name)}
        for role in self.specs:
            found = resources.get(self.name(role))
            wrong = list(self._wrong_truth(role, truth.get(self.iccid(role)) or {}))
            if found is None or not wrong:
                continue
            if role is Role.LIMITED and not _is_over(found):
                continue  # its use has not been read yet
            if _conditions(found) == ("Reconciled", "InSync"):
                yield f"{role} is said to be in sync: {wrong}"


def _is_over(found: Json) -> bool:
    """Whether the status says that a policy wants the SIM off."""
    policy: Json = (found.get("status") or {}).get("policy") or {}
    return policy.get("action") == "Disable"


def _conditions(found: Json) -> tuple[str, str]:
    conditions = {one["type"]: one for one in (found.get("status") or {}).get("conditions") or ()}
    return tuple(conditions.get(of, {}).get("reason", "") for of in ("Ready", "Synced"))
