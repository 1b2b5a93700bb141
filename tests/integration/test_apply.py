"""`sim-operator apply` on a real API server."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Cluster, kubectl
from tests.conftest import CRDS
from tests.integration.installing import (
    Command,
    bare_cluster,
    granted,
    ran,
    rule,
    service_account,
    text,
)

pytestmark = pytest.mark.cluster

ICCID = "8988303000123456789"
KINDS = ["sims", "simaccounts", "quotapolicies"]
RIGHTS = (
    rule("create", on=KINDS),
    rule("get", "patch", on=KINDS) | {"resourceNames": ["default", "second", "pump", "pumps"]},
)
"""What the command needs, and no more: only a create cannot be bound to names."""


def resource(kind: str, name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "sim-operator.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }


def account(name: str = "default", credentials: str = "onence", **spec: Any) -> dict[str, Any]:
    return resource("SIMAccount", name, credentialsSecretRef={"name": credentials}, **spec)


def read(cluster: Cluster, namespace: str, kind: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        kubectl(
            cluster.kubeconfig,
            *("get", kind, name, "-n", namespace, "-o", "json", "--show-managed-fields"),
        )
    )
    return found


@pytest.fixture
def kubeconfig(cluster: Cluster, crds: tuple[Path, ...], namespace: str, tmp_path: Path) -> Path:
    """Of a ServiceAccount with the rights of the command."""
    made = service_account(cluster, namespace, "applier", tmp_path)
    granted(cluster, namespace, "applier", *RIGHTS)
    return made


def test_resources_are_made_in_their_order_and_told_as_kubectl_tells_them(
    cluster: Cluster, namespace: str, kubeconfig: Path
) -> None:
    sim = resource("SIM", "pump", iccid=ICCID)
    policy = resource("QuotaPolicy", "pumps", selector={}, data={"perSIM": "40Mi"})
    first = ran(kubeconfig, "apply", "-f", "-", stdin=text(sim, account(), policy))
    assert (first.code, first.out.splitlines()) == (
        0,
        [
            "sim.sim-operator.io/pump created",
            "simaccount.sim-operator.io/default created",
            "quotapolicy.sim-operator.io/pumps created",
        ],
    ), first.err

    again = ran(
        kubeconfig, "apply", "-f", "-", stdin=text(sim, account(credentials="other"), policy)
    )
    assert (again.code, again.out.splitlines()) == (
        0,
        [
            "sim.sim-operator.io/pump unchanged",
            "simaccount.sim-operator.io/default configured",
            "quotapolicy.sim-operator.io/pumps unchanged",
        ],
    )
    made = read(cluster, namespace, "simaccount", "default")
    assert made["spec"]["credentialsSecretRef"] == {"name": "other"}
    managers = {(one["manager"], one["operation"]) for one in made["metadata"]["managedFields"]}
    assert managers == {("sim-operator-chart", "Apply")}


def test_a_field_that_somebody_else_applied_is_taken_over_and_what_is_left_out_goes(
    cluster: Cluster, namespace: str, kubeconfig: Path, tmp_path: Path
) -> None:
    file = tmp_path / "account.yaml"
    file.write_text(text(account(mode="Paused")), encoding="utf-8")
    ran(kubeconfig, "apply", "-f", str(file))
    kubectl(
        cluster.kubeconfig,
        *("patch", "simaccount", "default", "-n", namespace, "--type=merge"),
        *("-p", '{"spec":{"mode":"Observe"},"metadata":{"labels":{"theirs":"stays"}}}'),
    )
    assert ran(kubeconfig, "apply", "-f", str(file)).out.endswith("configured\n")
    made = read(cluster, namespace, "simaccount", "default")
    assert made["spec"]["mode"] == "Paused"
    assert made["metadata"]["labels"] == {"theirs": "stays"}

    file.write_text(text(account()), encoding="utf-8")
    assert (
        ran(kubeconfig, "apply", "-f", str(file), "--field-manager", "sim-operator-chart").code == 0
    )
    assert read(cluster, namespace, "simaccount", "default")["spec"]["mode"] == "Active"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (account(speed=3), ".spec.speed: field not declared in schema"),
        (account(mode="Sometimes"), 'spec.mode: Unsupported value: "Sometimes"'),
        (account(mode=7), ".spec.mode: expected string"),
        (resource("SIMAccount", "default"), "spec.credentialsSecretRef: Required value"),
        (resource("SIM", "pump", iccid="12"), "spec.iccid"),
    ],
)
def test_what_the_schema_refuses_is_not_waited_for_and_the_rest_is_applied(
    kubeconfig: Path, body: dict[str, Any], said: str
) -> None:
    began = time.monotonic()
    done = ran(kubeconfig, "apply", "-f", "-", stdin=text(body, account("second")))
    assert done.code == 1
    assert done.out == "simaccount.sim-operator.io/second created\n"
    assert said in done.err
    assert "Correct the" in done.err
    assert "Waiting" not in done.err
    assert time.monotonic() - began < 60


def test_a_file_with_another_kind_changes_nothing(
    cluster: Cluster, namespace: str, kubeconfig: Path
) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "onence"}}
    done = ran(kubeconfig, "apply", "-f", "-", stdin=text(account(), secret))
    assert done.code == 2
    assert done.out == ""
    assert "standard input, document 2 is of kind Secret (v1)" in done.err
    assert kubectl(cluster.kubeconfig, "get", "simaccounts", "-n", namespace, "-o", "name") == ""


def test_a_namespace_that_does_not_exist_is_not_waited_for(
    cluster: Cluster, crds: tuple[Path, ...]
) -> None:
    done = ran(cluster.kubeconfig, "apply", "-n", "nowhere", "-f", "-", stdin=text(account()))
    assert done.code == 1
    assert "the namespace nowhere does not exist" in done.err
    assert "kubectl create namespace nowhere" in done.err


def test_rights_that_come_a_moment_later_are_waited_for(
    cluster: Cluster, crds: tuple[Path, ...], namespace: str, tmp_path: Path
) -> None:
    kubeconfig = service_account(cluster, namespace, "late", tmp_path)
    with Command(kubeconfig, "apply", "-f", "-", stdin=text(account())) as command:
        command.says("Waiting (0 s of 120 s): simaccount.sim-operator.io/default cannot be applied")
        granted(cluster, namespace, "late", *RIGHTS)
        done = command.ended()
    assert done.code == 0, done.err
    assert "forbidden" in done.err


def test_rights_that_never_come_are_named(
    cluster: Cluster, crds: tuple[Path, ...], namespace: str, tmp_path: Path
) -> None:
    kubeconfig = service_account(cluster, namespace, "powerless", tmp_path)
    granted(cluster, namespace, "powerless", rule("get", on=["simaccounts"]))
    done = ran(kubeconfig, "apply", "-f", "-", "--timeout", "3", stdin=text(account()))
    assert done.code == 1
    assert 'cannot patch resource "simaccounts"' in done.err
    assert f"Role of the namespace {namespace}" in done.err
    assert done.out == ""


def test_an_object_that_is_being_deleted_is_made_anew_when_it_has_gone(
    cluster: Cluster, namespace: str, kubeconfig: Path
) -> None:
    ran(kubeconfig, "apply", "-f", "-", stdin=text(account()))
    before = read(cluster, namespace, "simaccount", "default")["metadata"]["uid"]
    ours = ("simaccount", "default", "-n", namespace)
    held = '{"metadata":{"finalizers":["example.org/held"]}}'
    kubectl(cluster.kubeconfig, "patch", *ours, "--type=merge", "-p", held)
    kubectl(cluster.kubeconfig, "delete", *ours, "--wait=false")

    late = ran(kubeconfig, "apply", "-f", "-", "--timeout", "2", stdin=text(account()))
    assert late.code == 1
    assert "is being deleted (finalizers: example.org/held)" in late.err
    assert "was not applied within 2 s" in late.err

    with Command(kubeconfig, "apply", "-f", "-", stdin=text(account())) as command:
        command.says("is being deleted")
        free = '{"metadata":{"finalizers":[]}}'
        kubectl(cluster.kubeconfig, "patch", *ours, "--type=merge", "-p", free)
        done = command.ended()
    assert (done.code, done.out) == (0, "simaccount.sim-operator.io/default created\n"), done.err
    assert read(cluster, namespace, "simaccount", "default")["metadata"]["uid"] != before


def test_an_api_server_that_nobody_answers_for_is_given_up(tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:1"}}],
                "users": [{"name": "a", "user": {}}],
                "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
                "current-context": "a",
            }
        ),
        encoding="utf-8",
    )
    done = ran(file, "apply", "-f", "-", "--timeout", "2", stdin=text(account()))
    assert done.code == 1
    assert "Waiting (0 s of 2 s)" in done.err
    assert "the API server cannot be reached" in done.err


@pytest.fixture(scope="module")
def bare() -> Iterator[Cluster]:
    with bare_cluster() as made:
        yield made


def test_a_kind_that_is_installed_meanwhile_is_waited_for_and_sigterm_ends_the_wait(
    bare: Cluster,
) -> None:
    with Command(bare.kubeconfig, "apply", "-f", "-", stdin=text(account())) as command:
        command.says("does not serve SIMAccount yet")
        command.terminate()
        done = command.ended()
    assert done.code == 143
    assert done.err.endswith("Interrupted by SIGTERM.\n")

    never = ran(bare.kubeconfig, "apply", "-f", "-", "--timeout", "1", stdin=text(account()))
    assert never.code == 1
    assert "kubectl get crd simaccounts.sim-operator.io" in never.err

    bodies = text(account(), resource("SIM", "pump", iccid=ICCID))
    with Command(bare.kubeconfig, "apply", "-f", "-", stdin=bodies) as command:
        command.says("does not serve SIMAccount yet")
        kubectl(bare.kubeconfig, "apply", "--server-side", "-f", str(CRDS))
        done = command.ended()
    assert done.code == 0, done.err
    assert done.out.splitlines() == [
        "simaccount.sim-operator.io/default created",
        "sim.sim-operator.io/pump created",
    ]
    assert read(bare, "default", "sim", "pump")["spec"]["iccid"] == ICCID
