"""`sim-operator check uninstall` where SIMs wait for the operator, and where nothing does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.installing import (
    bare_cluster,
    granted,
    ran,
    rule,
    service_account,
)
from tests.integration.tenants import opened
from tests.integration.trials import Ended
from tests.integration.world import World

pytestmark = pytest.mark.cluster

NAME = "uninstaller"
RIGHTS = rule("list", on=["sims", "simaccounts", "quotapolicies"])
"""What the command needs, and no more."""


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("uninstall")
    with opened(cluster, operator_kubeconfig, folder) as made:
        made.account()
        made.operator.start()
        made.until_reason("default", "Reconciled", kind="simaccount")
        yield made


@pytest.fixture
def kubeconfig(world: World, tmp_path: Path) -> Path:
    made = service_account(world.cluster, world.namespace, NAME, tmp_path)
    granted(world.cluster, world.namespace, NAME, RIGHTS)
    return made


def checked(world: World, kubeconfig: Path, *arguments: str) -> Ended:
    # Other tests of the same cluster have SIMs of their own.
    where = ("--namespace", world.namespace)
    return ran(kubeconfig, "check", "uninstall", *where, *arguments)


def test_sims_that_only_the_operator_lets_go_stop_an_uninstall_until_it_has(
    world: World, kubeconfig: Path
) -> None:
    world.sim("kept", 0)
    world.sim("pump", 1, deletionPolicy="Disable")
    world.until(
        lambda: (world.get("simaccount", "default") or {})["metadata"].get("finalizers"),
        "the account is in use",
    )
    refused = checked(world, kubeconfig, "--timeout", "2")
    assert (refused.code, refused.out) == (1, "")
    told = refused.err
    assert told.startswith("1 SIM would be stuck for good")
    assert f"\n  {world.namespace}/pump\n" in told
    assert "1 SIMAccount would be stuck as well" in told
    assert f"\n  {world.namespace}/default\n" in told
    assert "kept" not in told
    [line] = [line.strip() for line in told.splitlines() if "Retain" in line]
    assert line == (
        f"kubectl patch sims -n {world.namespace} pump --type=merge -p "
        """'{"spec":{"deletionPolicy":"Retain"}}'"""
    )

    # The advice helps, and the check waits until the operator has followed.
    world.patch("sim", "pump", {"deletionPolicy": "Retain"})
    allowed = checked(world, kubeconfig)
    assert (allowed.code, allowed.err) == (0, "")
    assert allowed.out.startswith(
        "With the CustomResourceDefinitions go: 2 SIMs, 1 SIMAccount, 0 QuotaPolicies."
    )
    world.kubectl("delete", "sims", "--all", "--timeout=20s")
    world.kubectl("delete", "simaccount", "default", "--timeout=20s")


def test_sims_that_a_policy_keeps_off_are_told_of(
    cluster: Cluster, crds: tuple[Path, ...], world: World, namespace: str, kubeconfig: Path
) -> None:
    there = World(cluster, namespace, world.simulator, world.operator, world.folder)
    for name, mode in (("limit", "Enforce"), ("trial", "Audit")):
        spec = {"selector": {}, "data": {"perSIM": "40Mi"}, "mode": mode}
        there.apply(there.manifest("QuotaPolicy", name, spec))
        there.kubectl(
            *("patch", "quotapolicy", name, "--subresource=status", "--type=merge"),
            *("-p", '{"status":{"disabled":3}}'),
        )
    done = ran(kubeconfig, "check", "uninstall", "--namespace", namespace)
    # That namespace is another one than that of the Role.
    assert done.code == 1
    assert "cannot list resource" in done.err
    assert "helm uninstall --no-hooks" in done.err

    granted(cluster, world.namespace, NAME, RIGHTS, everywhere=True)
    try:
        done = ran(kubeconfig, "check", "uninstall", "--namespace", namespace)
    finally:
        world.kubectl("delete", "clusterrole,clusterrolebinding", f"{world.namespace}-{NAME}")
    assert done.code == 0, done.err
    assert "0 SIMs, 0 SIMAccounts, 2 QuotaPolicies" in done.out
    assert "3 SIMs that a QuotaPolicy keeps off will stay off" in done.out


def test_where_the_kinds_are_not_installed_nothing_is_left() -> None:
    with bare_cluster() as bare:
        done = ran(bare.kubeconfig, "check", "uninstall")
    assert done.code == 0, done.err
    assert done.out == "There are no SIMs, SIMAccounts or QuotaPolicies.\n"
