"""What happens to resources while the operator is not there, and what it makes of that later."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster, kubectl
from tests.integration.sim_worlds import SimWorld, opened

MANY = 60


@pytest.fixture
def world(cluster: Cluster, operator_kubeconfig: Path, tmp_path: Path) -> Iterator[SimWorld]:
    with opened(cluster, operator_kubeconfig, tmp_path, sims=MANY + 10) as made:
        yield made


def held(world: SimWorld) -> float:
    """SIM resources that the operator knows."""
    return world.operator.metric("sim_operator_store_objects", kind="SIM")


def namespace_is_gone(world: SimWorld) -> bool:
    found = kubectl(
        world.cluster.kubeconfig, "get", "namespace", world.namespace, "--ignore-not-found"
    )
    return not found.strip()


def test_a_deleted_namespace_ends_with_its_sims_disabled(world: SimWorld) -> None:
    names = {f"pump-{number}": world.fresh() for number in range(5)}
    world.many(names, {"state": "Enabled", "deletionPolicy": "Disable"})
    for name in names:
        world.has_finalizer(name)

    kubectl(world.cluster.kubeconfig, "delete", "namespace", world.namespace, "--wait=false")

    world.until(lambda: namespace_is_gone(world), "the namespace is gone", seconds=60)
    assert {world.at_1nce(iccid)["status"] for iccid in names.values()} == {"Disabled"}


def test_resources_of_yesterday_leave_nothing_behind(world: SimWorld) -> None:
    names = {f"pump-{number}": world.fresh() for number in range(3)}
    world.many(names, {"state": "Enabled"})
    for name in names:
        world.until_reason(name, "Reconciled")
    world.operator.stop()
    world.kubectl("delete", "sim", "pump-1", "pump-2")
    other = world.fresh()
    world.sim("pump-2", other, label="the new one")
    before = len(world.simulator.journal(writes=True))

    world.operator.start()
    world.until_reason("pump-2", "Reconciled")

    # The new resource speaks of its own SIM, and nobody of the one that has none.
    truth, shown = world.at_1nce(other), world.status("pump-2")
    assert (shown["iccid"], shown["imsi"][-4:]) == (other, shown["imsi"][-4:])
    assert (shown["label"], truth["label"]) == ("the new one", "the new one")
    assert held(world) == 2
    for iccid in (names["pump-1"], names["pump-2"]):
        world.simulator.patch_sim(iccid, status="Disabled")
    world.sweeps(2)
    written = world.simulator.journal(writes=True)[before:]
    assert {one["write"]["iccid"] for one in written} == {other}
    # Deleted and created again while it runs, for another SIM.
    world.kubectl("delete", "sim", "pump-0")
    another = world.fresh()
    world.sim("pump-0", another, suspend=True)
    world.until_reason("pump-0", "Suspended")
    assert world.status("pump-0").get("iccid") in (None, another)
    assert world.status("pump-0").get("imsi") != shown["imsi"]
    world.until(lambda: world.status("pump-0").get("iccid") == another, "its own SIM is shown")
    assert held(world) == 2


def test_a_namespace_of_retained_sims_goes_without_the_operator(world: SimWorld) -> None:
    names = {f"pump-{number}": world.fresh() for number in range(MANY)}
    world.many(names, {"state": "Enabled"})
    world.until(
        lambda: all(one.get("status", {}).get("iccid") for one in world.all_sims().values()),
        "all are shown",
    )
    world.operator.stop()

    world.kubectl("delete", "sims", "--all")
    kubectl(world.cluster.kubeconfig, "delete", "namespace", world.namespace, "--wait=false")

    world.until(lambda: namespace_is_gone(world), "the namespace is gone", seconds=60)
    assert {world.at_1nce(iccid)["status"] for iccid in names.values()} == {"Enabled"}
    assert world.simulator.journal(writes=True) == []
