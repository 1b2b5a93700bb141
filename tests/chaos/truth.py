"""Whether what the resources say is true, by looking at 1NCE itself."""

import time
from collections.abc import Collection

from sim_operator.domain.iccid import InvalidIccidError, canonical
from tests.integration.world import Json, World

_STATES = {"status": "state", "label": "label"}
_OBSERVED = ("state", "label", "imeiLock", "imsi")
_DENIED = frozenset({"Conflict", "AccountNotAllowed", "AccountNotFound", "InvalidICCID"})


def lies(world: World, fine: Collection[str] = ()) -> list[str]:
    """What is not as the resources of the namespace say, or not as they want it.

    `fine`: reasons of Ready that a SIM may end with beside Reconciled and Observing.
    """
    truth = {str(one["iccid"]): one for one in world.simulator.sims()}
    found = []
    for sim in world.listed("sim"):
        name = sim["metadata"]["name"]
        found += [f"{name}: {why}" for why in _lies_of(sim, truth, fine)]
    return found


def _lies_of(sim: Json, truth: dict[str, Json], fine: Collection[str]) -> list[str]:
    status, generation = sim.get("status") or {}, sim["metadata"]["generation"]
    conditions = {one["type"]: one for one in status.get("conditions") or ()}
    ready = conditions.get("Ready", {})
    found = [
        f"{name} is of generation {one}, not {generation}"
        for name, one in [
            ("status", status.get("observedGeneration")),
            *((name, each.get("observedGeneration")) for name, each in conditions.items()),
        ]
        if one != generation
    ]
    reason = ready.get("reason", "absent")
    if reason in _DENIED and any(field in status for field in _OBSERVED):
        found.append(f"{reason}, and yet it shows what it may not see")
    if reason in fine:
        return found
    if reason not in {"Reconciled", "Observing", "DisabledByPolicy"}:
        return [*found, f"Ready is {reason}: {ready.get('message')}"]
    real = truth.get(_iccid(sim))
    if real is None:
        return [*found, f"Ready is {reason} without a SIM at 1NCE"]
    found += [
        f"status.{field} is {status.get(field)!r}, 1NCE has {real[theirs]!r}"
        for theirs, field in _STATES.items()
        if status.get(field) != real[theirs]
    ]
    if status.get("imeiLock") != ("Locked" if real["imei_lock"] else "Unlocked"):
        found.append(f"status.imeiLock is {status.get('imeiLock')!r}")
    if reason == "Reconciled":
        found += [
            f"spec.{field} is {sim['spec'][field]!r}, status {status.get(field)!r}"
            for field in ("state", "label", "imeiLock")
            if field in sim["spec"] and sim["spec"][field] != status.get(field)
        ]
    return found


def _iccid(sim: Json) -> str:
    try:
        return canonical(str(sim["spec"]["iccid"]))
    except InvalidIccidError:
        return ""


def settle(world: World, fine: Collection[str] = (), seconds: float = 90.0) -> None:
    """Wait until everything is true and as wanted; fails with what is not."""
    deadline = time.monotonic() + seconds
    while found := lies(world, fine):
        if time.monotonic() > deadline:
            words = "\n".join(world.operator.text().splitlines()[-40:])
            raise AssertionError("\n".join([f"not true within {seconds:g} s:", *found, words]))
        time.sleep(0.25)
