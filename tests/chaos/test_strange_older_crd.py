"""Objects that an older CRD let through: counted, named in the log, and otherwise left alone."""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.chaos.table import Tried
from tests.cluster import Cluster, apply, kubectl
from tests.integration.sim_worlds import SimWorld, opened
from tests.integration.world import Json

_STRANGE: Final[dict[str, Json]] = {
    "a-state-of-tomorrow": {"state": "Sleeping"},
    "a-lock-of-tomorrow": {"imeiLock": "Glued"},
    "a-policy-of-tomorrow": {"managementPolicy": "Dream"},
    "a-deletion-of-tomorrow": {"state": "Disabled", "deletionPolicy": "Shred"},
    "a-suspension-in-words": {"state": "Disabled", "suspend": "maybe"},
    "a-label-that-is-a-list": {"label": ["pump"], "state": "Disabled"},
}
"""By the name of a SIM: its spec beside the ICCID."""


@contextmanager
def relaxed(cluster: Cluster, crds: tuple[Path, ...]) -> Iterator[None]:
    """Without what the schemas ask for, as if their versions were older; then as they are."""
    try:
        for file in crds:
            crd = yaml.safe_load(file.read_text(encoding="utf-8"))
            loose = copy.deepcopy(crd)
            version = loose["spec"]["versions"][0]
            open_: Any = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
            schema = version["schema"]["openAPIV3Schema"]["properties"]
            schema["spec"] = open_
            version.pop("selectableFields", None)
            apply(cluster.kubeconfig, [loose])
        yield
    finally:
        for file in crds:
            apply(cluster.kubeconfig, file)
            established = ("wait", "--for=condition=Established", "--timeout=60s", "-f", str(file))
            kubectl(cluster.kubeconfig, *established)


@pytest.fixture
def world(cluster: Cluster, operator_kubeconfig: Path, tmp_path: Path) -> Iterator[SimWorld]:
    with opened(cluster, operator_kubeconfig, tmp_path, start=False) as made:
        yield made


def test_what_an_older_crd_let_through_is_left_alone_and_told(
    cluster: Cluster, crds: tuple[Path, ...], world: SimWorld, tried: Tried
) -> None:
    tried("strange objects", "objects that an older CRD let through")
    world.account(rateLimit={"requestsPerSecond": 10})
    good = world.sim("a-good-one", world.fresh(), state="Disabled")
    strange = {name: world.fresh() for name in _STRANGE}
    short = {"a-short-iccid": {"iccid": "12"}, "no-iccid": {"state": "Disabled"}}
    with relaxed(cluster, crds):
        bodies = [
            world.manifest("SIM", name, {"iccid": strange[name], **spec})
            for name, spec in _STRANGE.items()
        ]
        bodies += [world.manifest("SIM", name, spec) for name, spec in short.items()]
        bodies.append(world.manifest("SIMAccount", "of-tomorrow", {"mode": "Sleep"}))
        policy = {"selector": {}, "mode": "Enforce", "action": "Disable", "period": "Weekly"}
        policy["data"] = {"perSIM": "0"}
        bodies.append(world.manifest("QuotaPolicy", "of-tomorrow", policy))
        _until_taken(world, bodies)
    world.operator.start()

    world.becomes(good, status="Disabled")
    for name in short:
        world.until_reason(name, "InvalidICCID")
    world.until(lambda: _unreadable(world, "SIM") >= len(strange), "all of them are counted")
    assert _unreadable(world, "SIMAccount") == _unreadable(world, "QuotaPolicy") == 1
    world.sweeps(2)
    assert {one["write"]["iccid"] for one in world.writes()} == {good}
    for name, spec in _STRANGE.items():
        assert world.status(name) == {}
        field = next(reversed(spec))
        lines = [line for line in world.operator.text().splitlines() if f"/{name}," in line]
        assert lines, f"the log says nothing of {name} and its {field}"

    # Somebody puts one right.
    wanted = [{"op": "replace", "path": "/spec/state", "value": "Disabled"}]
    args = ("sim", "a-state-of-tomorrow", "--type=json", "-p", json.dumps(wanted))
    world.kubectl("patch", *args)
    world.becomes(strange["a-state-of-tomorrow"], status="Disabled")
    world.until_reason("a-state-of-tomorrow", "Reconciled")
    assert _unreadable(world, "SIM") == len(strange) - 1


def _unreadable(world: SimWorld, kind: str) -> float:
    return world.operator.metric("sim_operator_unreadable_objects", kind=kind)


def _until_taken(world: SimWorld, bodies: list[Json]) -> None:
    """The API server needs a moment until it goes by another schema."""
    from tests.cluster import ClusterError

    def taken() -> bool:
        try:
            world.apply(*bodies)
        except ClusterError:
            return False
        return True

    world.until(taken, "the loose schema is in force")
