"""The ClusterRole is enough, and nothing in it is there in vain."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import yaml

from tests.cluster import Cluster, audit_events, kubectl
from tests.integration.conftest import CLUSTER_ROLE, OPERATOR_NAMESPACE
from tests.integration.tenants import opened
from tests.integration.world import World

USER = f"system:serviceaccount:{OPERATOR_NAMESPACE}:sim-operator"
NOT_SEEN = {
    ("sim-operator.io", "sims", "get"): "after a conflict, or where a watch lags behind",
    ("sim-operator.io", "simaccounts", "get"): "after a conflict, or where a watch lags behind",
    ("sim-operator.io", "quotapolicies", "get"): "after a conflict, or where a watch lags behind",
    ("sim-operator.io", "quotapolicies/status", "patch"): "no QuotaPolicy is made here",
    ("coordination.k8s.io", "leases", "delete"): "only where replicas share the accounts",
    ("", "namespaces", "get"): "only where the watched namespaces are named",
    ("", "namespaces", "watch"): "only where the watched namespaces are named",
}
"""What is granted for a case that does not happen here."""

Right = tuple[str, str, str]


@pytest.fixture
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Watches the whole cluster."""
    folder = tmp_path_factory.mktemp("rights")
    with opened(
        cluster,
        operator_kubeconfig,
        folder,
        seed=4711,
        neighbours=("far",),
        watch_namespaces="",
        leader_election="true",
    ) as made:
        yield made


def granted() -> set[Right]:
    [role] = yaml.safe_load_all(CLUSTER_ROLE.read_text(encoding="utf-8"))
    return {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def test_in_the_whole_cluster_every_right_is_used_and_none_is_missing(world: World) -> None:
    log = world.cluster.audit_log
    if log is None:
        pytest.skip("this cluster gives no audit log")
    before = len(audit_events(log, USER))
    far = replace(world, namespace=f"{world.namespace}-far")

    exercise(world, far)
    assert world.operator.stop() == 0  # a watch is in the log when it has ended

    seen: set[Right] = set()
    refused: set[Right] = set()
    # What other tests left behind is on its way out: an event about it is refused for that.
    ours = ("", world.namespace, far.namespace)
    for event in (one for one in audit_events(log, USER)[before:] if one.namespace in ours):
        resource = f"{event.resource}/{event.subresource}".rstrip("/")
        right = (event.group, resource, event.verb)
        (refused if event.code == 403 else seen).add(right)
    assert refused == set()
    assert seen - granted() <= {right for right in seen if right[1] == ""}
    assert granted() - seen - NOT_SEEN.keys() == set()
    assert granted() >= NOT_SEEN.keys()


def exercise(world: World, far: World) -> None:
    """Everything that the operator ever does to the API server."""
    kubectl(world.cluster.kubeconfig, "label", "namespace", far.namespace, "zone=far")
    world.apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "corporate-ca", "namespace": world.namespace},
            "data": {"ca.crt": "not a certificate"},
        }
    )
    world.account(
        allowedNamespaces={"from": "Selector", "selector": {"matchLabels": {"zone": "far"}}},
        caBundleConfigMapRef={"name": "corporate-ca"},
    )
    iccid = far.sim("lamp", state="Enabled", deletionPolicy="Disable")
    world.operator.start()
    unusable = world.until_reason("default", "Unreachable", kind="simaccount")
    assert "certificate" in unusable["message"]
    patch = '[{"op": "remove", "path": "/spec/caBundleConfigMapRef"}]'
    world.kubectl("patch", "simaccount", "default", "--type=json", "-p", patch)
    far.until_reason("lamp", "Reconciled")
    for count in (1, 2):
        world.simulator.patch_sim(iccid, status="Disabled")
        far.until(partial(_told, far, count), "the correction is told")
    far.until_reason("lamp", "Reconciled")
    account = world.get("simaccount", "default")
    assert account is not None
    assert account["metadata"]["finalizers"] == ["sim-operator.io/in-use"]
    far.kubectl("delete", "sim", "lamp", "--timeout=30s")
    assert world.at_1nce(iccid)["status"] == "Disabled"
    world.kubectl("delete", "simaccount", "default", "--timeout=30s")


def _told(world: World, times: int) -> bool:
    told = world.events("lamp", "Reconciled")
    return sum(int(one.get("count") or 1) for one in told) >= times
