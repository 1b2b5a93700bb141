"""What can be done with a SIM here, as a patch of its resource; decided without asking anybody."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sim_operator.api.choices import ManagementPolicy, SimState
from sim_operator.api.names import RECONCILE_ANNOTATION, ReadyReason
from sim_operator.console.fleet.rows import SimRow


class Verb(StrEnum):
    """What a person asks for."""

    ENABLE = "enable"
    DISABLE = "disable"
    LABEL = "label"
    SUSPEND = "suspend"
    RESUME = "resume"
    RECONCILE = "reconcile"

    @property
    def writes_spec(self) -> bool:
        """Whether it changes what Git would change back; a request to look again is none."""
        return self is not Verb.RECONCILE


def patch_of(verb: Verb, label: str | None, now: datetime) -> dict[str, Any]:
    """The merge patch. `label`: for the verb of that name."""
    match verb:
        case Verb.ENABLE:
            return {"spec": {"state": SimState.ENABLED.value}}
        case Verb.DISABLE:
            return {"spec": {"state": SimState.DISABLED.value}}
        case Verb.LABEL:
            return {"spec": {"label": label}}
        case Verb.SUSPEND:
            return {"spec": {"suspend": True}}
        case Verb.RESUME:
            return {"spec": {"suspend": False}}
        case Verb.RECONCILE:
            moment = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            return {"metadata": {"annotations": {RECONCILE_ANNOTATION: moment}}}


def is_so_already(body: Mapping[str, Any], patch: Mapping[str, Any]) -> bool:
    """Whether the object says already what the patch would make it say."""
    spec = body.get("spec") or {}
    wanted = patch.get("spec")
    return wanted is not None and all(
        spec.get(name, False if name == "suspend" else None) == value
        for name, value in wanted.items()
    )


def effects(row: SimRow, verb: Verb) -> tuple[str, ...]:
    """Why it will have no effect at 1NCE, or not at once; empty where nothing stands in its way."""
    told = []
    if verb is Verb.ENABLE and row.reason == ReadyReason.DISABLED_BY_POLICY and row.policy:
        told.append(held_by_policy(row))
    if verb.writes_spec and verb is not Verb.RESUME and row.wished.suspended:
        told.append("The SIM is suspended: nothing is sent to 1NCE until it is resumed.")
    if verb.writes_spec and row.wished.management == ManagementPolicy.OBSERVE:
        told.append("The SIM is in Observe: the difference is shown, and nothing is sent to 1NCE.")
    elif verb.writes_spec and row.reason == ReadyReason.OBSERVING and not told:
        told.append("The account is in Observe: the difference is shown, and nothing is sent.")
    if row.reason == ReadyReason.ACCOUNT_NOT_READY and row.ready is not None:
        told.append(f"The account is not ready: {row.ready.message}")
    if row.deleting:
        told.append("The resource is being deleted.")
    return tuple(told)


def held_by_policy(row: SimRow) -> str:
    """That a policy keeps the SIM off, whatever its own resource says, and what ends that."""
    name = row.policy.name if row.policy is not None else "a policy"
    why = f" {row.ready.message}" if row.ready is not None else ""
    hold = row.policy.hold if row.policy is not None else None
    release = (
        f" To release this SIM alone, set its annotation sim-operator.io/release-hold to "
        f"{hold.since}."
        if hold is not None
        else ""
    )
    what = f"QuotaPolicy {name} keeps the SIM off, so that enabling it changes nothing."
    return f"{what}{why}{release}"
