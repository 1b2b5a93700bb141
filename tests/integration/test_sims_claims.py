"""Several resources that name the same SIM: one holds it, and the others say so."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened
from tests.integration.world import Json


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimWorld]:
    folder = tmp_path_factory.mktemp("claims")
    account = {"allowedNamespaces": {"from": "All"}}
    with opened(cluster, operator_kubeconfig, folder, account=account) as made:
        yield made


@pytest.fixture
def elsewhere(world: SimWorld) -> SimWorld:
    """The second namespace, with the same hands."""
    return SimWorld(
        world.cluster,
        world.elsewhere,
        world.simulator,
        world.operator,
        world.folder,
        world.iccids,
        elsewhere=world.namespace,
    )


def next_second(world: SimWorld, name: str) -> None:
    """Wait until a resource created now is younger than `name`: the API counts in seconds."""
    found = world.get("sim", name)
    assert found is not None
    created = str(found["metadata"]["creationTimestamp"])
    world.until(
        lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) > created, "the next second"
    )


def observed(status: Json) -> set[str]:
    """The fields of a status that come from 1NCE."""
    return status.keys() - {"observedGeneration", "account", "conditions", "lastHandledReconcileAt"}


def test_three_claimants_in_two_namespaces_take_over_by_age(
    world: SimWorld, elsewhere: SimWorld
) -> None:
    iccid = world.fresh()
    elsewhere.sim("eldest", iccid, state="Enabled")
    elsewhere.until_reason("eldest", "Reconciled")
    next_second(elsewhere, "eldest")
    world.sim("middle", iccid, state="Disabled")
    world.until_reason("middle", "Conflict")
    next_second(world, "middle")
    elsewhere.sim("youngest", iccid, label="youngest")

    near = elsewhere.until_reason("youngest", "Conflict")
    far = world.condition("middle")

    assert "SIM eldest in this namespace" in near["message"]
    assert "eldest" not in far["message"]
    assert elsewhere.namespace not in far["message"]
    for status in (world.status("middle"), elsewhere.status("youngest")):
        assert observed(status) == set()
    # The holder keeps it whatever comes, and nobody else acts.
    elsewhere.patch("sim", "eldest", {"label": "eldest"})
    elsewhere.until(lambda: elsewhere.status("eldest").get("label") == "eldest", "it still acts")
    assert elsewhere.condition("eldest")["reason"] == "Reconciled"
    assert world.at_1nce(iccid)["status"] == "Enabled"
    assert len(world.puts(iccid)) == 1
    elsewhere.delete("eldest")
    world.becomes(iccid, status="Disabled", label="eldest")
    world.until_reason("middle", "Reconciled")
    assert elsewhere.condition("youngest")["reason"] == "Conflict"
    world.delete("middle")
    elsewhere.until_reason("youngest", "Reconciled")
    assert world.at_1nce(iccid)["label"] == "youngest"


def test_the_long_and_the_short_form_are_the_same_sim(world: SimWorld) -> None:
    iccid = world.fresh()
    long = str(world.at_1nce(iccid)["iccid_with_luhn"])
    assert (len(iccid), len(long)) == (19, 20)
    world.sim("long", long, state="Enabled")
    world.until_reason("long", "Reconciled")

    world.sim("short", iccid, state="Disabled")

    world.until_reason("short", "Conflict")
    assert world.status("long")["iccid"] == iccid
    assert world.puts(iccid) == []
    world.until_told("short", 1, "Conflict")


def test_the_holder_keeps_its_sim_over_a_restart(world: SimWorld, elsewhere: SimWorld) -> None:
    iccid = world.fresh()
    elsewhere.sim("older", iccid, suspend=True)
    elsewhere.until_reason("older", "Suspended")
    elsewhere.sim("holder", iccid, state="Enabled")
    elsewhere.until_reason("holder", "Conflict")
    elsewhere.delete("older")
    elsewhere.until_reason("holder", "Reconciled")

    world.operator.stop()
    # Names and age speak for the newcomer; the present holder has the SIM.
    elsewhere.sim("a-newcomer", iccid, state="Disabled")
    world.operator.start()

    elsewhere.until_reason("a-newcomer", "Conflict")
    assert elsewhere.condition("holder")["reason"] == "Reconciled"
    assert world.puts(iccid) == []


def test_a_claimant_whose_account_is_not_allowed_does_not_compete(
    world: SimWorld, elsewhere: SimWorld
) -> None:
    iccid = world.fresh()
    elsewhere.sim("outsider", iccid, accountRef={"name": "nobody"}, state="Disabled")
    elsewhere.until_reason("outsider", "AccountNotFound")

    world.sim("insider", iccid, state="Enabled")

    world.until_reason("insider", "Reconciled")
    assert elsewhere.condition("outsider")["reason"] == "AccountNotFound"
    assert world.puts(iccid) == []
