"""What happens to resources while the operator is not there, and what it makes of that later."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster, kubectl
from tests.integration.sim_worlds import FINALIZER, SimWorld, opened

MANY = 60


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimWorld]:
    folder = tmp_path_factory.mktemp("absence")
    with opened(cluster, operator_kubeconfig, folder, sims=MANY + 20) as made:
        yield made


def held(world: SimWorld) -> float:
    """SIM resources that the operator knows."""
    return world.operator.metric("sim_operator_store_objects", kind="SIM")


def is_gone(world: SimWorld, namespace: str) -> bool:
    found = kubectl(world.cluster.kubeconfig, "get", "namespace", namespace, "--ignore-not-found")
    return not found.strip()


def delete(world: SimWorld, namespace: str) -> None:
    kubectl(world.cluster.kubeconfig, "delete", "namespace", namespace, "--wait=false")


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


def test_namespaces_go_with_the_operator_or_without_it_as_their_sims_say(world: SimWorld) -> None:
    world.kubectl("delete", "sims", "--all")
    there = SimWorld(
        world.cluster, world.elsewhere, world.simulator, world.operator, world.folder, world.iccids
    )
    world.patch("simaccount", "default", {"allowedNamespaces": {"from": "All"}})
    retained = {f"pump-{number}": world.fresh() for number in range(MANY)}
    there.many(retained, {"state": "Enabled"})
    disabled = {f"pump-{number}": world.fresh() for number in range(5)}
    world.many(disabled, {"state": "Enabled", "deletionPolicy": "Disable"})
    there.until(
        lambda: all(one.get("status", {}).get("iccid") for one in there.all_sims().values()),
        "all are shown",
    )
    for name in disabled:
        world.has_finalizer(name)

    # Without the operator: nothing holds what is retained, and the rest waits for it.
    world.operator.stop()
    there.kubectl("delete", "sims", "--all", "--timeout=20s")
    delete(world, world.elsewhere)
    delete(world, world.namespace)
    there.until(lambda: is_gone(world, world.elsewhere), "the retained ones are gone")
    assert {world.at_1nce(iccid)["status"] for iccid in retained.values()} == {"Enabled"}
    assert all(FINALIZER in world.finalizers(name) for name in disabled)
    # Its credentials went with the namespace: what comes back can only let the SIMs go.
    world.operator.start()
    for name in disabled:
        world.is_gone(name)
    assert {world.at_1nce(iccid)["status"] for iccid in disabled.values()} == {"Enabled"}


def test_a_deleted_namespace_ends_with_its_sims_disabled(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path: Path
) -> None:
    with opened(cluster, operator_kubeconfig, tmp_path) as world:
        disabled = {f"pump-{number}": world.fresh() for number in range(5)}
        world.many(disabled, {"state": "Enabled", "deletionPolicy": "Disable"})
        for name in disabled:
            world.has_finalizer(name)

        # Account, Secret and SIMs at once: the account lasts as long as it is needed.
        delete(world, world.namespace)

        world.until(lambda: is_gone(world, world.namespace), "the namespace is gone")
        assert {world.at_1nce(iccid)["status"] for iccid in disabled.values()} == {"Disabled"}
