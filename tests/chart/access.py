"""Parts of a release at a real API server, with the rights that the chart gives them."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from tests.chart.rendering import Manifest, Rendered
from tests.cluster import Cluster, KubectlError, apply, kubectl
from tests.cluster.kubeconfig import current_cluster, write_kubeconfig

PATIENCE_SECONDS: Final = 30.0
OF_RIGHTS: Final = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")


def until(what: Callable[[], bool], why: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, why
        time.sleep(0.2)


def kubeconfig_of(
    cluster: Cluster, rendered: Rendered, namespace: str, account: str, folder: Path
) -> Path:
    """What a ServiceAccount of the release may do, and nothing else; in force when this returns."""
    rights = [one for kind in OF_RIGHTS for one in rendered.of(kind)]
    apply(cluster.kubeconfig, rights)
    token = kubectl(
        cluster.kubeconfig, "create", "token", account, f"--namespace={namespace}"
    ).strip()
    for binding in rendered.of("RoleBinding") + rendered.of("ClusterRoleBinding"):
        if binding["subjects"][0]["name"] == account:
            until(partial(in_force, cluster, rendered, binding), f"{account} gets no rights")
    destination = folder / f"{account}.kubeconfig"
    return write_kubeconfig(
        destination, current_cluster(cluster.kubeconfig), {"token": token}, namespace
    )


def in_force(cluster: Cluster, rendered: Rendered, binding: Manifest) -> bool:
    """Whether the authorizer, which follows writes by a watch, has seen a binding."""
    namespace = binding["metadata"].get("namespace")
    ref, (subject,) = binding["roleRef"], binding["subjects"]
    role = rendered.one(ref["kind"], ref["name"], namespace if ref["kind"] == "Role" else None)
    rule = role["rules"][0]
    resource = ".".join(filter(None, (rule["resources"][0], rule["apiGroups"][0])))
    where = f"--namespace={namespace}" if namespace else "--all-namespaces"
    user = f"--as=system:serviceaccount:{subject['namespace']}:{subject['name']}"
    return can(cluster, rule["verbs"][0], resource, where, user)


def can(cluster: Cluster, *question: str) -> bool:
    """`kubectl auth can-i`."""
    try:
        return kubectl(cluster.kubeconfig, "auth", "can-i", *question).strip() == "yes"
    except KubectlError as error:
        if error.output.strip().startswith("no"):
            return False
        raise


def sim_operator(
    kubeconfig: Path, container: Manifest, folder: Path, *more: str
) -> subprocess.CompletedProcess[str]:
    """Run what a container of the chart runs, with the files of `folder` as /manifests."""
    arguments = [str(one).replace("/manifests", str(folder)) for one in container["args"]]
    return subprocess.run(
        [sys.executable, "-m", "sim_operator", *arguments, *more],
        env={"KUBECONFIG": str(kubeconfig)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def waiting_sim(namespace: str) -> Manifest:
    """A SIM that only the operator can let go."""
    return {
        "apiVersion": "sim-operator.io/v1alpha1",
        "kind": "SIM",
        "metadata": {
            "name": "waiting",
            "namespace": namespace,
            "finalizers": ["sim-operator.io/disable"],
        },
        "spec": {"iccid": "8988303004496466699", "deletionPolicy": "Disable"},
    }


def let_go(cluster: Cluster, namespace: str) -> None:
    change = ("--type=merge", "-p", json.dumps({"metadata": {"finalizers": None}}))
    kubectl(cluster.kubeconfig, "patch", "sim", "waiting", "-n", namespace, *change)
