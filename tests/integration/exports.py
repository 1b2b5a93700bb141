"""Exports of a world, and a cluster from which everything of ours has gone."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.cluster import kubectl
from tests.integration.sim_worlds import SimWorld
from tests.integration.trials import Ended, tried
from tests.integration.world import Json, World

KINDS = ("simaccounts", "quotapolicies", "sims")
_WISHED = ("status", "label", "imei_lock")
_MOVING = frozenset({"observedGeneration", "lastTransitionTime", "finishedAt", "asOf"})
_COUNTED = frozenset({"lastSweep", "protection", "usage"})
"""What a new status begins anew."""


def export(world: World, *arguments: str, **options: Any) -> Ended:
    """`sim-operator export` with the settings of the world's operator."""
    return tried(world, "export", *arguments, **options)


def exported(world: World, *arguments: str, **options: Any) -> Ended:
    """An export that ended well."""
    made = export(world, *arguments, **options)
    assert made.code == 0, made.err
    return made


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def objects(world: SimWorld) -> Iterator[Json]:
    """Every object of ours in both namespaces of the world."""
    for namespace in (world.namespace, world.elsewhere):
        told = kubectl(
            world.cluster.kubeconfig, "get", ",".join(KINDS), "-n", namespace, "-o", "json"
        )
        yield from json.loads(told)["items"]


def specs(world: SimWorld) -> dict[tuple[str, str, str], Json]:
    """What every object asks for."""
    return {_name(one): one["spec"] for one in objects(world)}


def statuses(world: SimWorld) -> dict[tuple[str, str, str], Any]:
    """What every object tells, without moments and what counts from a beginning."""
    return {_name(one): _resting(one.get("status") or {}) for one in objects(world)}


def emptied(world: SimWorld) -> None:
    """End the operator, and let everything of ours go without it, as with the cluster."""
    world.operator.stop()
    for one in objects(world):
        if one["metadata"].get("finalizers"):
            kind, namespace, name = _name(one)
            free = json.dumps({"metadata": {"finalizers": None}})
            kubectl(
                world.cluster.kubeconfig,
                *("patch", kind, name, "-n", namespace, "--type=merge", "-p", free),
            )
    for namespace in (world.namespace, world.elsewhere):
        for kind in KINDS:
            every = f"/apis/sim-operator.io/v1alpha1/namespaces/{namespace}/{kind}"
            kubectl(world.cluster.kubeconfig, "delete", "--raw", every)
    world.until(lambda: not list(objects(world)), "everything is gone")


def applied(world: World, folder: Path) -> None:
    """`kubectl apply --server-side -k`, as the page on restoring has it."""
    kubectl(world.cluster.kubeconfig, "apply", "--server-side", "-k", str(folder))


def with_status(world: SimWorld, before: list[Json]) -> None:
    """Give the objects that are there the statuses of an earlier life, as Velero does."""
    for one in before:
        kind, namespace, name = _name(one)
        kubectl(
            world.cluster.kubeconfig,
            *("patch", kind, name, "-n", namespace, "--subresource=status", "--type=merge", "-p"),
            json.dumps({"status": one.get("status") or {}}),
        )


def truths(world: SimWorld) -> dict[str, Json]:
    """Every SIM as it is at 1NCE, without what its device moves."""
    return {
        str(one["iccid"]): {name: value for name, value in one.items() if name in _WISHED}
        for one in world.simulator.sims()
    }


def _name(one: Mapping[str, Any]) -> tuple[str, str, str]:
    metadata = one["metadata"]
    return str(one["kind"]).lower(), metadata["namespace"], metadata["name"]


def _resting(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            name: _resting(inner) for name, inner in value.items() if name not in _MOVING | _COUNTED
        }
    return [_resting(one) for one in value] if isinstance(value, list) else value
