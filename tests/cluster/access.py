"""Gives a program the rights of its ServiceAccount and no more: as administrator all would work."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.cluster.commands import KubectlError, apply, kubectl
from tests.cluster.errors import ClusterError
from tests.cluster.kubeconfig import current_cluster, write_kubeconfig
from tests.cluster.model import Cluster

TOKEN_LIFETIME: Final = "6h"
EFFECT_LIMIT_SECONDS: Final = 20.0
EFFECT_POLL_SECONDS: Final = 0.2
RBAC: Final = "rbac.authorization.k8s.io"


def service_account_kubeconfig(
    cluster: Cluster, namespace: str, name: str, cluster_role_file: Path, destination: Path
) -> Path:
    """Write a kubeconfig (0600) that carries a ServiceAccount's token and the CA, nothing else.

    The namespace, the ServiceAccount, the ClusterRoles of the file and their bindings are made if
    they are not there. The token holds for six hours.

    Raises:
        ClusterError: the file has no ClusterRole, or the API server refuses something.
    """
    admin = cluster.kubeconfig
    roles = _cluster_roles(cluster_role_file)
    apply(admin, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    account = {"name": name, "namespace": namespace}
    apply(
        admin,
        [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account},
            *roles,
            *(_binding(role["metadata"]["name"], namespace, name) for role in roles),
        ],
    )
    token = kubectl(
        admin, "create", "token", name, f"--namespace={namespace}", f"--duration={TOKEN_LIFETIME}"
    ).strip()
    for role in roles:
        _wait_for_effect(admin, role, f"system:serviceaccount:{namespace}:{name}")
    return write_kubeconfig(destination, current_cluster(admin), {"token": token}, namespace)


def _cluster_roles(file: Path) -> list[dict[str, Any]]:
    documents = yaml.safe_load_all(file.read_text(encoding="utf-8"))
    roles = [one for one in documents if one and one.get("kind") == "ClusterRole"]
    if not roles:
        raise ClusterError(f"{file} has no ClusterRole")
    return roles


def _binding(role: str, namespace: str, name: str) -> dict[str, Any]:
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{namespace}:{name}:{role}"},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
    }


def _wait_for_effect(admin: Path, role: Mapping[str, Any], user: str) -> None:
    """Wait until the authorizer has seen the binding: it follows writes by a watch."""
    rules = [one for one in role.get("rules") or () if one.get("resources")]
    rule = next((one for one in rules if not one.get("resourceNames")), None)
    if rule is None:
        return
    group, resource = rule["apiGroups"][0], rule["resources"][0]
    kind = f"{resource.partition('/')[0]}.{group}" if group not in {"", "*"} else resource
    subresource = resource.partition("/")[2]
    question = [rule["verbs"][0], kind.partition("/")[0]]
    if subresource:
        question.append(f"--subresource={subresource}")
    deadline = time.monotonic() + EFFECT_LIMIT_SECONDS
    while not _can(admin, user, question):
        if time.monotonic() > deadline:
            raise ClusterError(f"{user} still may not {' '.join(question)}")
        time.sleep(EFFECT_POLL_SECONDS)


def _can(admin: Path, user: str, question: list[str]) -> bool:
    try:
        return kubectl(admin, "auth", "can-i", *question, f"--as={user}", "-A").strip() == "yes"
    except KubectlError as error:
        # "no" is an answer too, with exit code 1.
        if error.output.strip().startswith("no"):
            return False
        raise
