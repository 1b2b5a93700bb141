"""Whether a change at 1NCE had a cause: a resource that asked for it at that time.

Deliberately simple: it names what must at least have been said, by somebody who may say it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.chaos.history import History, Version
from tests.integration.world import Json

DISABLE_FINALIZER: Final = "sim-operator.io/disable"
RELEASE_HOLD: Final = "sim-operator.io/release-hold"
_BY_FIELD: Final = {"label": "label", "imei_lock": "imeiLock"}


@dataclass(frozen=True)
class Case:
    """One change, the resources that name its SIM at that time, and everything else."""

    entry: Json
    resources: Sequence[Version]
    history: History
    begin: float
    end: float

    @property
    def before(self) -> Json:
        """The SIM before it."""
        return dict(self.entry["write"]["before"])

    @property
    def after(self) -> Json:
        """The SIM after it."""
        return dict(self.entry["write"]["after"])


def causes_missing(case: Case) -> Iterator[str]:
    """Each field that changed and that nobody asked for."""
    able = [one for one in case.resources if may_act(one, case)]
    if not able:
        yield "no resource that may act names this SIM"
        return
    for field, value in case.after.items():
        if case.before.get(field) == value:
            continue
        if field == "status":
            yield from _state(case, able)
        elif not any(_asks(one, field, value) for one in able):
            yield f"nobody asked for {field} {value!r}"


def may_act(sim: Version, case: Case) -> bool:
    """Whether the operator may write for this resource at all."""
    if sim.spec.get("managementPolicy", "Manage") != "Manage" or sim.spec.get("suspend"):
        return False
    reference = sim.spec.get("accountRef")
    accounts = list(case.history.between("simaccounts", case.begin, case.end))
    if reference is not None:
        namespace = reference.get("namespace") or sim.body["metadata"]["namespace"]
        accounts = [one for one in accounts if one.key == f"{namespace}/{reference['name']}"]
    return any(one.spec.get("mode", "Active") == "Active" for one in accounts)


def _asks(sim: Version, field: str, value: Any) -> bool:
    asked = sim.spec.get(_BY_FIELD[field])
    if field == "imei_lock":
        return bool(asked == ("Locked" if value else "Unlocked"))
    return bool(asked == value)


def _state(case: Case, able: Sequence[Version]) -> Iterator[str]:
    if case.after["status"] == "Enabled":
        yield from _enabled(case, able)
        return
    if not any(_off(one) for one in able):
        yield "nobody asked for it to be switched off, and no hold is on record"
    if not any(_reserved(case, one) for one in able):
        yield "no place in the disable budget was reserved for it"


def _off(sim: Version) -> bool:
    metadata = sim.body["metadata"]
    leaving = "deletionTimestamp" in metadata and DISABLE_FINALIZER in (
        metadata.get("finalizers") or ()
    )
    return sim.spec.get("state") == "Disabled" or leaving or hold_of(sim) is not None


def _reserved(case: Case, sim: Version) -> bool:
    accounts = case.history.between("simaccounts", case.begin, case.end)
    return any(sim.uid in reservations_of(one) for one in accounts)


def _enabled(case: Case, able: Sequence[Version]) -> Iterator[str]:
    alive = [one for one in able if "deletionTimestamp" not in one.body["metadata"]]
    asked = [one for one in alive if _on(one)]
    if not asked:
        yield "nobody asked for it to be switched on"
    elif all(_is_kept_off(case, one) for one in asked):
        yield "a policy kept it off, and nothing has ended that"


def _on(sim: Version) -> bool:
    hold = hold_of(sim)
    wish = sim.spec.get("state")
    return wish == "Enabled" or (
        wish is None and hold is not None and hold["stateBefore"] == "Enabled"
    )


def _is_kept_off(case: Case, sim: Version) -> bool:
    """Whether a hold stands that neither time, nor its policy, nor a person has ended."""
    hold = hold_of(sim)
    if hold is None:
        return False
    if sim.body["metadata"].get("annotations", {}).get(RELEASE_HOLD) == hold["since"]:
        return False
    if not case.entry["at"].startswith(hold["period"]):
        return False
    policies = [
        one for one in case.history.versions("quotapolicies") if one.uid == hold["policyUID"]
    ]
    if not any(one.until >= case.end for one in policies):
        return False
    held_from = min(one.since for one in _with_hold(case, sim, hold))
    changed = [one for one in policies if held_from < one.since <= case.end]
    generations = {one.body["metadata"]["generation"] for one in policies if one.until > held_from}
    return not (changed and len(generations) > 1) and not _relabelled(case, sim)


def _with_hold(case: Case, sim: Version, hold: Json) -> list[Version]:
    known = [one for one in case.history.versions("sims") if one.uid == sim.uid]
    return [one for one in known if (hold_of(one) or {}).get("since") == hold["since"]]


def _relabelled(case: Case, sim: Version) -> bool:
    """Whether the labels, by which policies choose, were changed meanwhile."""
    known = [one for one in case.history.versions("sims") if one.uid == sim.uid]
    labels = [one.body["metadata"].get("labels") for one in known]
    return any(one != labels[0] for one in labels)


def hold_of(sim: Version) -> Json | None:
    """The hold in the status of a SIM."""
    hold: Json | None = (sim.status.get("policy") or {}).get("hold")
    return hold


def reservations_of(account: Version) -> dict[str, str]:
    """When each SIM, by uid, took its place in the disable budget."""
    taken = (account.status.get("protection") or {}).get("reservations") or ()
    return {str(one["uid"]): str(one["at"]) for one in taken}
