"""Where to edit what Git owns: read from Argo CD's and Flux's own objects, as the person."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Cluster, apply, kubectl
from tests.integration.console.people import RBAC, READS, Person, person, serving, sim

pytestmark = pytest.mark.cluster

KINDS = (
    ("argoproj.io", "v1alpha1", "applications", "Application"),
    ("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization"),
    ("source.toolkit.fluxcd.io", "v1", "gitrepositories", "GitRepository"),
)
ARGO = "argocd.argoproj.io/tracking-id"
FLUX = "kustomize.toolkit.fluxcd.io"


def crd(group: str, version: str, plural: str, kind: str) -> dict[str, Any]:
    """As much of the tool's own as a reader of its spec needs."""
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": anything}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": kind.lower(), "kind": kind},
            "versions": [{"name": version, "served": True, "storage": True, "schema": schema}],
        },
    }


@pytest.fixture(scope="module")
def tools(cluster: Cluster, crds: tuple[Path, ...]) -> Iterator[None]:
    """The kinds of both tools, which nobody works here."""
    names = [f"crd/{plural}.{group}" for group, _, plural, _ in KINDS]
    apply(cluster.kubeconfig, [crd(*one) for one in KINDS])
    kubectl(cluster.kubeconfig, "wait", "--for=condition=Established", "--timeout=60s", *names)
    yield
    kubectl(cluster.kubeconfig, "delete", *names)


@pytest.fixture
def reader(cluster: Cluster, namespace: str, tools: None) -> Person:
    """Somebody who may change SIMs, and read what the tools have."""
    made = person(cluster, namespace, *READS, "patch")
    role = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "Role",
        "metadata": {"name": "tools", "namespace": namespace},
        "rules": [
            {"apiGroups": [group], "resources": [plural], "verbs": ["get"]}
            for group, _, plural, _ in KINDS
        ],
    }
    kubectl_bind(cluster, namespace, made, role)
    return made


def kubectl_bind(cluster: Cluster, namespace: str, who: Person, role: dict[str, Any]) -> None:
    apply(cluster.kubeconfig, [role])
    kubectl(
        cluster.kubeconfig,
        *("create", "rolebinding", "tools", f"--namespace={namespace}", "--role=tools"),
        f"--serviceaccount={who.namespace}:{who.name}",
    )


def own(kind: str, group_version: str, namespace: str, name: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": group_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


async def refused(kubeconfig: Path, who: Person) -> Any:
    async with serving(kubeconfig) as console, console.client(who.token()) as client:
        answer = await client.post(f"/api/v1/sims/{who.namespace}/pump/disable")
    assert answer.status_code == 409, answer.text
    return answer.json()


async def test_an_application_says_its_repository_path_and_revision(
    kubeconfig: Path, cluster: Cluster, reader: Person
) -> None:
    namespace = reader.namespace
    tracking = f"{namespace}_plants:sim-operator.io/SIM:{namespace}/pump"
    source = {
        "repoURL": "https://user:hunter2@git.example.com/fleet.git",
        "path": "plants/a",
        "targetRevision": "main",
    }
    number = secrets.randbelow(10**10)
    apply(
        cluster.kubeconfig,
        [
            sim(namespace, "pump", number, annotations={ARGO: tracking}),
            own("Application", "argoproj.io/v1alpha1", namespace, "plants", source=source),
        ],
    )
    problem = await refused(kubeconfig, reader)
    assert problem["sources"] == [
        {"repository": "https://git.example.com/fleet.git", "path": "plants/a", "revision": "main"}
    ]
    assert "Edit plants/a in https://git.example.com/fleet.git (at main)." in problem["detail"]
    assert "hunter2" not in str(problem)


async def test_a_kustomization_says_it_by_its_git_repository(
    kubeconfig: Path, cluster: Cluster, reader: Person
) -> None:
    namespace = reader.namespace
    labels = {f"{FLUX}/name": "sims", f"{FLUX}/namespace": namespace}
    number = secrets.randbelow(10**10)
    reference = {"kind": "GitRepository", "name": "fleet"}
    repository = {"url": "ssh://git@git.example.com/fleet", "ref": {"branch": "live"}}
    apply(
        cluster.kubeconfig,
        [
            sim(namespace, "pump", number, labels=labels),
            own(
                "Kustomization",
                f"{FLUX}/v1",
                namespace,
                "sims",
                path="./plants",
                sourceRef=reference,
            ),
            own("GitRepository", "source.toolkit.fluxcd.io/v1", namespace, "fleet", **repository),
        ],
    )
    problem = await refused(kubeconfig, reader)
    assert problem["owner"] == {"kind": "Kustomization", "namespace": namespace, "name": "sims"}
    assert problem["sources"] == [
        {"repository": "ssh://git.example.com/fleet", "path": "./plants", "revision": "live"}
    ]


async def test_who_may_not_read_the_application_is_told_its_name_alone(
    kubeconfig: Path, cluster: Cluster, owner: Person, tools: None
) -> None:
    namespace = owner.namespace
    tracking = f"{namespace}_plants:sim-operator.io/SIM:{namespace}/pump"
    source = {"repoURL": "https://git.example.com/secret.git", "path": "a"}
    number = secrets.randbelow(10**10)
    apply(
        cluster.kubeconfig,
        [
            sim(namespace, "pump", number, annotations={ARGO: tracking}),
            own("Application", "argoproj.io/v1alpha1", namespace, "plants", source=source),
        ],
    )
    problem = await refused(kubeconfig, owner)
    assert problem["sources"] == []
    assert "Application plants of Argo CD" in problem["detail"]
    assert "secret.git" not in str(problem)
