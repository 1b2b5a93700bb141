"""The rights that the chart gives, at a real API server: they suffice, and they end."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.chart.access import can, kubeconfig_of, let_go, sim_operator, until, waiting_sim
from tests.chart.cases import ACCOUNT, UNSAFE_CRDS
from tests.chart.rendering import Manifest, render
from tests.cluster import Cluster, apply, kubectl
from tests.integration.operator_process import OperatorProcess
from tests.integration.world import World
from tests.simulated import SimulatorProcess


def test_with_its_rights_in_some_namespaces_the_operator_does_its_work(
    cluster: Cluster, crds: tuple[Path, ...], namespace: str, release: str, tmp_path: Path
) -> None:
    values = {"watchNamespaces": [namespace], "rbac": {"secretNames": ["default-credentials"]}}
    rendered = render(values, release=release, namespace=namespace)
    account = f"{release}-sim-operator"
    kubeconfig = kubeconfig_of(cluster, rendered, namespace, account, tmp_path)
    with SimulatorProcess(sims=3) as simulator:
        settings = {
            "namespace": namespace,
            "watch_namespaces": namespace,
            "default_account": f"{namespace}/default",
            "allowed_endpoints": simulator.url,
        }
        operator = OperatorProcess(kubeconfig, tmp_path / "operator.log", settings)
        world = World(cluster, namespace, simulator, operator, tmp_path)
        world.iccids = [str(one["iccid"]) for one in simulator.sims()]
        with operator:
            world.account()
            world.sim("first", 0, label="renamed")
            world.until_reason("first", "Reconciled")
            assert simulator.sim(world.iccids[0])["label"] == "renamed"
            assert world.get("lease", "sim-operator") is not None
            assert world.listed("event")
            assert "forbidden" not in operator.text().lower()
    user = f"--as=system:serviceaccount:{namespace}:{account}"
    assert not can(cluster, "get", "secrets", "--namespace=default", user)
    assert not can(cluster, "get", "secrets/other", f"--namespace={namespace}", user)
    assert not can(cluster, "list", "sims.sim-operator.io", "--namespace=default", user)


def test_the_job_makes_the_account_and_an_upgrade_leaves_it_and_what_people_changed(
    cluster: Cluster, crds: tuple[Path, ...], namespace: str, release: str, tmp_path: Path
) -> None:
    def applied(values: Mapping[str, Any]) -> Manifest:
        rendered = render(values, release=release, namespace=namespace)
        name = f"{release}-sim-operator-account"
        kubeconfig = kubeconfig_of(cluster, rendered, namespace, name, tmp_path)
        told = rendered.one("ConfigMap", name)["data"]["account.yaml"]
        (tmp_path / "account.yaml").write_text(told, encoding="utf-8")
        (container,) = rendered.one("Job", name)["spec"]["template"]["spec"]["containers"]
        done = sim_operator(kubeconfig, container, tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        found: Manifest = json.loads(
            kubectl(
                cluster.kubeconfig, "get", "simaccount", "default", "-n", namespace, "-o", "json"
            )
        )
        return found

    first = applied(ACCOUNT)
    change = json.dumps({"spec": {"mode": "Observe"}})
    patch = ("patch", "simaccount", "default", "-n", namespace, "--type=merge", "-p", change)
    kubectl(cluster.kubeconfig, *patch)
    more = {"account": {**ACCOUNT["account"], "spec": {"rateLimit": {"requestsPerSecond": 4}}}}
    second = applied(more)
    assert second["metadata"]["uid"] == first["metadata"]["uid"]
    assert second["spec"]["rateLimit"] == {"requestsPerSecond": 4}
    assert second["spec"]["allowedNamespaces"] == {"from": "All"}
    assert second["spec"]["mode"] == "Observe"


def test_an_uninstall_that_takes_the_crds_is_refused_while_a_sim_waits_for_the_operator(
    cluster: Cluster, crds: tuple[Path, ...], namespace: str, release: str, tmp_path: Path
) -> None:
    rendered = render(UNSAFE_CRDS, release=release, namespace=namespace)
    name = f"{release}-sim-operator-uninstall-check"
    kubeconfig = kubeconfig_of(cluster, rendered, namespace, name, tmp_path)
    apply(cluster.kubeconfig, waiting_sim(namespace))
    (container,) = rendered.one("Job", name)["spec"]["template"]["spec"]["containers"]
    try:
        refused = sim_operator(kubeconfig, container, tmp_path, "--timeout=1")
    finally:
        let_go(cluster, namespace)
    assert refused.returncode == 1
    assert "waiting" in refused.stdout + refused.stderr


def test_the_clusters_own_roles_learn_what_people_may_do_with_sims(
    cluster: Cluster, crds: tuple[Path, ...], namespace: str, release: str
) -> None:
    rendered = render(release=release, namespace=namespace)
    apply(cluster.kubeconfig, rendered.of("ClusterRole"))
    for who in ("view", "edit", "admin"):
        person = (f"--clusterrole={who}", f"--user={namespace}-{who}", "-n", namespace)
        kubectl(cluster.kubeconfig, "create", "rolebinding", who, *person)

    def may(who: str, verb: str, kind: str, *of: str) -> bool:
        where = ("-n", namespace, f"--as={namespace}-{who}")
        return can(cluster, verb, f"{kind}.sim-operator.io", *where, *of)

    until(lambda: may("admin", "patch", "simaccounts"), "nothing was aggregated")
    assert may("view", "get", "sims")
    assert not may("view", "patch", "sims")
    assert may("edit", "patch", "sims")
    assert may("edit", "create", "quotapolicies")
    assert may("edit", "get", "simaccounts")
    assert not may("edit", "patch", "simaccounts")
    assert may("admin", "delete", "sims")
    assert may("view", "get", "sims", "--subresource=status")
    assert not may("admin", "patch", "sims", "--subresource=status")
