"""Which namespaces may use an account: its own word counts, for the default account too."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cluster import Cluster, kubectl
from tests.integration.tenants import opened
from tests.integration.world import World


@pytest.fixture(scope="module")
def home(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("tenancy")
    with opened(cluster, operator_kubeconfig, folder, neighbours=("east", "west")) as world:
        world.operator.start()
        yield world


@pytest.fixture
def east(home: World) -> World:
    return replace(home, namespace=f"{home.namespace}-east")


@pytest.fixture
def west(home: World) -> World:
    return replace(home, namespace=f"{home.namespace}-west")


def label(world: World, value: str) -> None:
    name = world.namespace
    kubectl(world.cluster.kubeconfig, "label", "namespace", name, f"zone={value}", "--overwrite")


def test_an_account_says_which_namespaces_may_use_it(home: World, east: World, west: World) -> None:
    home.account()
    by_name = {"name": "default", "namespace": home.namespace}
    home.sim("lamp", 0)
    east.sim("lamp", 1, state="Disabled")
    west.sim("lamp", 2, accountRef=by_name)

    home.until_reason("lamp", "Reconciled")
    for neighbour in (east, west):
        refused = neighbour.until_reason("lamp", "AccountNotAllowed")
        assert "spec.allowedNamespaces" in refused["message"]
        assert neighbour.condition("lamp", "Stalled")["status"] == "True"
        assert "state" not in neighbour.status("lamp")
    assert home.writes() == []
    assert east.events("lamp", "AccountNotAllowed")

    home.patch("simaccount", "default", {"allowedNamespaces": {"from": "All"}})
    east.until_reason("lamp", "Reconciled")
    west.until_reason("lamp", "Reconciled")
    assert east.status("lamp")["state"] == "Disabled"

    label(west, "allowed")
    chosen = {"from": "Selector", "selector": {"matchLabels": {"zone": "allowed"}}}
    home.patch("simaccount", "default", {"allowedNamespaces": chosen})
    east.until_reason("lamp", "AccountNotAllowed")
    # The selector speaks for the account's own namespace as well.
    home.until_reason("lamp", "AccountNotAllowed")
    assert west.condition("lamp")["reason"] == "Reconciled"

    label(east, "allowed")
    label(west, "another")
    east.until_reason("lamp", "Reconciled")
    west.until_reason("lamp", "AccountNotAllowed")

    writes = len(home.writes())
    home.simulator.patch_sim(home.iccids[2], label="changed while nobody may act")
    home.sweeps()
    assert len(home.writes()) == writes


def test_an_account_that_does_not_exist_is_said_and_its_creation_is_enough(east: World) -> None:
    east.sim("mast", 3, accountRef={"name": "coming"})

    missing = east.until_reason("mast", "AccountNotFound")

    assert f"{east.namespace}/coming" in missing["message"]
    assert east.condition("mast", "Stalled")["status"] == "True"
    east.account("coming", mode="Observe")
    east.until_reason("mast", "Observing")
    east.kubectl("delete", "simaccount", "coming")
    east.until_reason("mast", "AccountNotFound")
