"""The chart before a real API server: it takes every object, and a release comes and goes."""

import json
import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.access import let_go, waiting_sim
from tests.chart.cases import CASES, CREDENTIALS, OF_OTHERS
from tests.chart.rendering import CHART, RELEASE, ROOT, Manifest, helm, notes, render
from tests.cluster import Cluster, KubectlError, apply, kubectl


def dry_run(cluster: Cluster, *manifests: Manifest) -> None:
    """Have the API server judge objects; unknown fields and warnings count as errors.

    Raises:
        KubectlError: it would not take them, or would complain.
    """
    flags = ("--dry-run=server", "--validate=strict", "--warnings-as-errors")
    kubectl(cluster.kubeconfig, "apply", *flags, "-f", "-", stdin=yaml.safe_dump_all(manifests))


@pytest.mark.parametrize(
    "case", ["nothing said", "demo", "production", "everything", "history in PostgreSQL"]
)
def test_the_api_server_takes_every_object_and_restricted_pod_security_every_pod(
    case: str, cluster: Cluster, home: str
) -> None:
    files, values = CASES[case]
    rendered = render({**values, "watchNamespaces": [home]}, files=files, namespace=home)
    known = [one for one in rendered if one["apiVersion"].partition("/")[0] not in OF_OTHERS]
    for one in known:
        if "namespace" in one["metadata"]:
            one["metadata"]["namespace"] = home  # also what lies in the namespace of a test's SIM
    accounts = [one for one in known if one["kind"] == "ServiceAccount"]
    accounts.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "given"}})
    for account in accounts:
        account["metadata"]["namespace"] = home
    apply(cluster.kubeconfig, accounts)
    # Pods too, so that admission judges them and does not only warn.
    dry_run(cluster, *known, *rendered.pods())


def test_restricted_pod_security_lets_the_restore_of_the_documentation_in(
    cluster: Cluster, home: str
) -> None:
    job = yaml.safe_load((ROOT / "docs/examples/history/restore.yaml").read_text(encoding="utf-8"))
    job["metadata"]["namespace"] = home
    dry_run(cluster, job)


def test_pod_security_would_refuse_a_pod_that_is_less_restricted(
    cluster: Cluster, home: str
) -> None:
    values = {"securityContext": {"allowPrivilegeEscalation": True}, "tests": {"enabled": False}}
    rendered = render(values, namespace=home)
    apply(cluster.kubeconfig, rendered.of("ServiceAccount"))
    with pytest.raises(KubectlError, match="violates PodSecurity"):
        dry_run(cluster, *rendered.pods())
    with pytest.raises(KubectlError, match="would violate PodSecurity"):
        dry_run(cluster, *rendered.of("Deployment"))


def test_helm_installs_upgrades_and_uninstalls_and_leaves_sims_and_crds(
    cluster: Cluster, crds: tuple[Path, ...], home: str, release: str
) -> None:
    where = (f"--namespace={home}", f"--kubeconfig={cluster.kubeconfig}")

    def run(verb: str, *flags: str) -> str:
        return helm(verb, release, *where, *flags)

    # The CRDs are there already, as where somebody had applied them by hand.
    shown = run("install", str(CHART), "--take-ownership")
    assert "Next:" in shown
    apply(cluster.kubeconfig, waiting_sim(home))
    try:
        run("upgrade", str(CHART), "--set=replicas=3")
        deployment = ("get", "deployment", f"{release}-sim-operator", "-n", home, "-o", "json")
        assert json.loads(kubectl(cluster.kubeconfig, *deployment))["spec"]["replicas"] == 3
        kept = run("uninstall")
        assert "sims.sim-operator.io" in kept
        left = json.loads(kubectl(cluster.kubeconfig, "get", "sims", "-n", home, "-o", "json"))
        assert [one["metadata"]["name"] for one in left["items"]] == ["waiting"]
        assert "deletionTimestamp" not in left["items"][0]["metadata"]
        selector = f"--selector=app.kubernetes.io/instance={release}"
        kinds = "deployments,services,configmaps,secrets,serviceaccounts,roles,rolebindings"
        assert kubectl(cluster.kubeconfig, "get", kinds, "-n", home, selector, "-o", "name") == ""
        # Again, over the CRDs that were left.
        run("install", str(CHART), *given(CREDENTIALS))
        run("uninstall")
    finally:
        let_go(cluster, home)


def test_the_command_of_the_notes_gives_the_health_checks_to_argo_cd(
    cluster: Cluster, namespace: str, release: str, tmp_path: Path
) -> None:
    values = {"argocd": {"healthChecks": True}}
    (checks,) = render(values, release=release, namespace=namespace).of("ConfigMap")
    own = {"name": "argocd-cm", "namespace": namespace}
    argo = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": own, "data": {"url": "kept"}}
    apply(cluster.kubeconfig, [checks, argo])
    told = re.search(
        r"^kubectl get configmap .*\n.*--patch-file=.*$", notes(tmp_path, values), re.MULTILINE
    )
    assert told is not None
    command = told[0].replace(f"{RELEASE}-argocd-health", checks["metadata"]["name"])
    command = re.sub(r" -n \S+", f" -n {namespace}", command)
    environment = os.environ | {"KUBECONFIG": str(cluster.kubeconfig)}
    subprocess.run(["bash", "-c", command], env=environment, check=True, timeout=60)
    show = ("get", "configmap", "argocd-cm", "-n", namespace, "-o", "json")
    after = json.loads(kubectl(cluster.kubeconfig, *show))
    assert after["data"] == {"url": "kept", **checks["data"]}


def given(values: Mapping[str, Any]) -> list[str]:
    """Values as flags of Helm."""
    return [f"--set-json={key}={json.dumps(value)}" for key, value in values.items()]
