"""Reads and writes kubeconfig files; what is written carries its certificates inside."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.cluster.certificates import KeyPair, write_private
from tests.cluster.commands import kubectl

CONTEXT: Final = "sim-operator-test"


def write_client_kubeconfig(path: Path, server: str, authority: Path, client: KeyPair) -> Path:
    """Write a kubeconfig with a client certificate, mode 0600."""
    user = {
        "client-certificate-data": _base64(client.certificate),
        "client-key-data": _base64(client.key),
    }
    cluster = {"server": server, "certificate-authority-data": _base64(authority)}
    return write_kubeconfig(path, cluster, user)


def write_kubeconfig(
    path: Path, cluster: Mapping[str, Any], user: Mapping[str, Any], namespace: str = "default"
) -> Path:
    """Write a kubeconfig with one context, mode 0600."""
    context = {"cluster": CONTEXT, "user": CONTEXT, "namespace": namespace}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": dict(cluster)}],
        "users": [{"name": CONTEXT, "user": dict(user)}],
        "contexts": [{"name": CONTEXT, "context": context}],
        "current-context": CONTEXT,
    }
    # JSON is YAML, and every reader of kubeconfig files takes it.
    return write_private(path, json.dumps(content, indent=1).encode())


def current_cluster(kubeconfig: Path) -> dict[str, Any]:
    """Give the cluster of the current context (server, CA inside), without any credentials."""
    text = kubectl(kubeconfig, "config", "view", "--raw", "--minify", "--flatten", "-o", "json")
    cluster: dict[str, Any] = json.loads(text)["clusters"][0]["cluster"]
    return cluster


def current_context(kubeconfig: Path) -> str:
    """Give the name of the current context, empty without one."""
    view = json.loads(kubectl(kubeconfig, "config", "view", "-o", "json"))
    return str(view.get("current-context") or "")


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
