"""How long N SIMs take to become Ready, beside a bare client that writes the same statuses."""

import time
from collections.abc import Sequence
from typing import Any

import orjson

from tests.bench.arena import Arena
from tests.bench.bare import IN_FLIGHT, Json
from tests.bench.fleet import ALL_SIMS, Sim, applies, namespaces, status_patches
from tests.bench.machine import Reading
from tests.bench.progress import NotWithinError, rest, step, until
from tests.bench.results import Cold, Convergence, Cost, Floor
from tests.bench.statuses import Statuses

APPLIERS = 16
"""Applies in flight: what a person's tool would have, with many hands."""
_FLOOR = "floor"


def patience(sims: int) -> float:
    """Seconds that may pass until so many SIMs are settled: a slow machine is no failure."""
    return 120 + sims / 15


def apply_all(arena: Arena, sims: Sequence[Sim], what: str) -> None:
    """Server-side apply of all."""
    arena.create_namespaces(namespaces(sims))
    with step(what, len(sims)) as tick:
        arena.run(lambda api: api.send_all(applies(sims), tick, APPLIERS), APPLIERS)


def converge(arena: Arena) -> Convergence:
    """Apply the whole fleet before a running operator."""
    arena.create_namespaces(namespaces(arena.sims))
    statuses, before = Statuses(arena), arena.cpu()
    apply_all(arena, arena.sims, "apply every SIM")
    applied = arena.cpu()
    after = _settle(arena, statuses)
    return Convergence(
        applying=applied.since(before),
        whole=_until(after.since(before), statuses.last_at - before.at),
        after_last=max(0.0, statuses.last_at - applied.at),
        status_writes=statuses.sent,
    )


def cold(arena: Arena) -> Cold:
    """Start an operator on SIMs that have no status."""
    apply_all(arena, arena.sims, "apply every SIM, without an operator")
    statuses, before = Statuses(arena), arena.cpu()
    arena.start_operator()
    after = _settle(arena, statuses)
    return Cold(
        whole=_until(after.since(before), statuses.last_at - before.at),
        writing=statuses.last_at - statuses.first_at,
        status_writes=statuses.sent,
    )


def floor(arena: Arena) -> Floor:
    """The same SIMs in namespaces of their own, and the operator's statuses, by a bare client.

    The operator must not run. What was made is removed again.
    """
    written = dict(arena.each(lambda one: (one["metadata"]["name"], orjson.dumps(one["status"]))))
    sims = [sim.moved(_FLOOR) for sim in arena.sims]
    arena.create_namespaces(namespaces(sims))
    before = arena.cpu()
    apply_all(arena, sims, "floor: apply every SIM")
    created = arena.cpu()
    found = arena.each(lambda one: one["metadata"])
    versions = {
        meta["name"]: str(meta["resourceVersion"])
        for meta in found
        if meta["namespace"].startswith(_FLOOR)
    }
    began = arena.cpu()
    with step("floor: patch every status", len(sims)) as tick:
        patches = status_patches(sims, versions, written)
        arena.run(lambda api: api.send_all(patches, tick, IN_FLIGHT))
    patched = arena.cpu()
    remove(arena, sims)
    return Floor(creating=created.since(before), patching=patched.since(began))


def remove(arena: Arena, sims: Sequence[Sim]) -> None:
    """Delete these resources, a namespace at a time."""
    names = namespaces(sims)
    with step("remove SIMs", len(names)) as tick:
        for number, name in enumerate(names, 1):
            path = ALL_SIMS.replace("/sims", f"/namespaces/{name}/sims")
            arena.run(lambda api, path=path: api.ask("DELETE", path))  # type: ignore[misc]
            tick(number)


def _settle(arena: Arena, statuses: Statuses) -> Reading:
    """Wait until all are Ready and nothing is written any more; the CPU when all had a status."""
    count = len(arena.sims)
    until("every SIM gets its status", count, statuses.look, patience(count))
    reading = arena.cpu()
    deadline = time.monotonic() + patience(count)
    while time.monotonic() - statuses.last_at < arena.pause or not _all_ready(arena):
        if time.monotonic() > deadline:
            raise NotWithinError(f"not all of {count:,} SIMs became Ready and stayed so")
        rest("nothing is written any more", arena.pause)
        statuses.look()
    return reading


def _all_ready(arena: Arena) -> bool:
    return all(arena.each(is_ready))


def is_ready(sim: Json) -> bool:
    """Whether Ready is true at the present generation."""
    status: dict[str, Any] = sim.get("status") or {}
    return any(
        one["type"] == "Ready"
        and one["status"] == "True"
        and one["observedGeneration"] == sim["metadata"]["generation"]
        for one in status.get("conditions") or ()
    )


def _until(cost: Cost, seconds: float) -> Cost:
    """The cost with the exact time: the CPU was read a moment later."""
    return cost.model_copy(update={"seconds": seconds})
