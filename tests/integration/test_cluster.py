"""The cluster that all other integration tests rely on is what it says it is."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.cluster import (
    Cluster,
    KubectlError,
    Provider,
    apply,
    audit_events,
    kubectl,
    service_account_kubeconfig,
    start,
)
from tests.cluster.compile import kubernetes_version

ROOT: Final = Path(__file__).parents[2]
LIMIT_SECONDS: Final = 120.0
STARTED_HERE: Final = frozenset({Provider.BINARIES, Provider.BUILD})
ROLE: Final = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ROLE}
rules:
  - {apiGroups: [""], resources: [RESOURCE], verbs: [get, list]}
"""


def wait_for(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"not within {LIMIT_SECONDS:.0f} s: {what}"
        time.sleep(0.1)


def account_that_may_list(
    resource: str, cluster: Cluster, namespace: str, folder: Path
) -> tuple[Path, str]:
    role = folder / "role.yaml"
    role.write_text(
        ROLE.replace("ROLE", f"{namespace}-reader").replace("RESOURCE", resource), encoding="utf-8"
    )
    kubeconfig = service_account_kubeconfig(
        cluster, namespace, "reader", role, folder / "reader.kubeconfig"
    )
    return kubeconfig, f"system:serviceaccount:{namespace}:reader"


def remove_role(cluster: Cluster, namespace: str) -> None:
    role = f"{namespace}-reader"
    kubectl(cluster.kubeconfig, "delete", "clusterrole", role)
    kubectl(cluster.kubeconfig, "delete", "clusterrolebinding", f"{namespace}:reader:{role}")


def test_the_api_server_is_ready(cluster: Cluster) -> None:
    assert kubectl(cluster.kubeconfig, "get", "--raw", "/readyz").strip() == "ok"


def test_a_built_api_server_reports_the_pinned_version(cluster: Cluster) -> None:
    if cluster.provider is not Provider.BUILD:
        pytest.skip(f"the version of a cluster from {cluster.provider} is not pinned here")
    version = json.loads(kubectl(cluster.kubeconfig, "get", "--raw", "/version"))
    assert version["gitVersion"] == kubernetes_version()


def test_a_written_kubeconfig_is_for_its_owner_alone(cluster: Cluster) -> None:
    if cluster.provider is Provider.KUBECONFIG:
        pytest.skip("a given kubeconfig has the mode its owner gave it")
    assert cluster.kubeconfig.stat().st_mode & 0o777 == 0o600


def test_a_service_account_may_do_what_its_role_says_and_no_more(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    kubeconfig, user = account_that_may_list("configmaps", cluster, namespace, tmp_path)
    try:
        kubectl(kubeconfig, "get", "configmaps", "--all-namespaces")
        with pytest.raises(KubectlError, match=rf'"{user}" cannot list resource "secrets"'):
            kubectl(kubeconfig, "get", "secrets", "--all-namespaces")
    finally:
        remove_role(cluster, namespace)


def test_a_service_account_may_list_secrets_when_its_role_says_so(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    kubeconfig, _ = account_that_may_list("secrets", cluster, namespace, tmp_path)
    try:
        kubectl(kubeconfig, "get", "secrets", "--all-namespaces")
    finally:
        remove_role(cluster, namespace)


def test_the_kubeconfig_of_a_service_account_carries_its_token_and_nothing_else(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    kubeconfig, _ = account_that_may_list("configmaps", cluster, namespace, tmp_path)
    remove_role(cluster, namespace)
    content = json.loads(kubeconfig.read_text(encoding="utf-8"))
    assert [set(user["user"]) for user in content["users"]] == [{"token"}]
    assert kubeconfig.stat().st_mode & 0o777 == 0o600


def test_a_deleted_namespace_goes_with_all_that_is_in_it(cluster: Cluster, namespace: str) -> None:
    config = {"name": "left-behind", "namespace": namespace}
    apply(cluster.kubeconfig, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": config})
    kubectl(cluster.kubeconfig, "delete", "namespace", namespace, "--timeout=100s", timeout=110)
    with pytest.raises(KubectlError, match="NotFound"):
        kubectl(cluster.kubeconfig, "get", "namespace", namespace)


def test_an_aggregated_role_takes_the_rules_of_the_labelled_ones(
    cluster: Cluster, namespace: str
) -> None:
    label = {f"{namespace}.test/aggregate": "true"}
    base = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"}
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}
    part = {**base, "metadata": {"name": f"{namespace}-part", "labels": label}, "rules": [rule]}
    selector = {"clusterRoleSelectors": [{"matchLabels": label}]}
    whole = {**base, "metadata": {"name": f"{namespace}-whole"}, "aggregationRule": selector}
    apply(cluster.kubeconfig, [part, whole])
    show = ("get", "clusterrole", f"{namespace}-whole", "-o", "json")
    wait_for(
        lambda: json.loads(kubectl(cluster.kubeconfig, *show)).get("rules") == [rule],
        "the aggregated rules",
    )
    names = (f"{namespace}-part", f"{namespace}-whole")
    kubectl(cluster.kubeconfig, "delete", "clusterrole", *names)


def test_the_audit_log_shows_the_writes_of_one_user(
    cluster: Cluster, namespace: str, tmp_path: Path
) -> None:
    if cluster.audit_log is None:
        pytest.skip(f"a cluster from {cluster.provider} has no audit log")
    admin = kubectl(
        cluster.kubeconfig, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"
    )
    config = {"name": "seen", "namespace": namespace}
    apply(cluster.kubeconfig, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": config})
    writes = [
        (event.verb, event.resource, event.name, event.code)
        for event in audit_events(cluster.audit_log, admin)
        if event.is_write and event.namespace == namespace and event.resource == "configmaps"
    ]
    assert writes == [("patch", "configmaps", "seen", 201)]


def test_what_was_stored_outlives_a_restart_of_the_api_server(cluster: Cluster) -> None:
    if cluster.provider not in STARTED_HERE:
        pytest.skip(f"the API server of a cluster from {cluster.provider} is not restarted")
    own = start()
    try:
        kubectl(own.kubeconfig, "create", "namespace", "kept")
        own.restart_apiserver()
        assert kubectl(own.kubeconfig, "get", "namespace", "kept", "-o", "name").strip()
        assert own.failure() is None
    finally:
        own.stop()
    assert not own.kubeconfig.exists()


def _names(owner: int) -> set[str]:
    """What runs under a process; the kernel keeps fifteen characters of a name."""
    names = set()
    for process in psutil.Process(owner).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            names.add(process.name()[:15])
    return names


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_everything_stops_when_its_owner_ends(
    number: signal.Signals, cluster: Cluster, tmp_path: Path
) -> None:
    if cluster.provider not in STARTED_HERE:
        pytest.skip(f"a cluster from {cluster.provider} has no processes here")
    kubeconfig = tmp_path / "up.kubeconfig"
    command = [sys.executable, "-m", "tests.cluster", "up", "--kubeconfig", str(kubeconfig)]
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stderr=subprocess.DEVNULL) as owner:
        try:
            wait_for(lambda: kubeconfig.exists() or owner.poll() is not None, "a kubeconfig")
            assert owner.poll() is None
            # The controllers may follow a moment later, and have their name only once they run.
            wait_for(lambda: not {"kube-controller"} - _names(owner.pid), "the controllers")
            started = psutil.Process(owner.pid).children(recursive=True)
            assert {"etcd", "kube-apiserver"} <= _names(owner.pid)
        finally:
            owner.send_signal(number)
    _, alive = psutil.wait_procs(started, timeout=LIMIT_SECONDS)
    assert alive == []
    wait_for(lambda: not list(tmp_path.glob("sim-op-*")), "the end of the temporary folder")
