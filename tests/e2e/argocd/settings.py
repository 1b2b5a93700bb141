"""The objects without which Argo CD does not start."""

import base64
import secrets
from typing import Any, Final

NAMESPACE: Final = "argocd"
GROUP: Final = "/apis/argoproj.io/v1alpha1"
APPLICATIONS: Final = f"{GROUP}/namespaces/{NAMESPACE}/applications"
PROJECTS: Final = f"{GROUP}/namespaces/{NAMESPACE}/appprojects"
CONFIGURATION: Final = (
    "argocd-cm",
    "argocd-cmd-params-cm",
    "argocd-gpg-keys-cm",
    "argocd-rbac-cm",
    "argocd-ssh-known-hosts-cm",
    "argocd-tls-certs-cm",
)

Object = dict[str, Any]


def objects() -> list[Object]:
    """Namespace, configuration, secret and project."""
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        *(_config_map(name) for name in CONFIGURATION),
        _secret(),
        _project(),
    ]


def _config_map(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(name)}


def _secret() -> Object:
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": _metadata("argocd-secret"),
        "stringData": {"server.secretkey": key},
    }


def _project() -> Object:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default", "namespace": NAMESPACE},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"namespace": "*", "server": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        },
    }


def _metadata(name: str) -> Object:
    # Argo CD reads only what has this label.
    labels = {"app.kubernetes.io/part-of": "argocd", "app.kubernetes.io/name": name}
    return {"name": name, "namespace": NAMESPACE, "labels": labels}
