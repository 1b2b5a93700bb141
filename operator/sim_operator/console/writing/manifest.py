"""The manifest that a person would commit: what somebody wished for, and nothing that was added."""

from collections.abc import Mapping
from typing import Any, Final

import yaml

from sim_operator.api.names import GROUP

_FOREIGN: Final = (
    "argocd.argoproj.io/",
    "helm.toolkit.fluxcd.io/",
    "kubectl.kubernetes.io/",
    "kustomize.toolkit.fluxcd.io/",
    f"{GROUP}/",
)
"""Annotations and labels that a tool or a moment left."""


def manifest_of(body: Mapping[str, Any]) -> str:
    """YAML of an object without status, of its metadata only what is meant to last."""
    metadata = body.get("metadata") or {}
    kept = {
        "name": metadata.get("name"),
        "namespace": metadata.get("namespace"),
        "labels": _own(metadata.get("labels")),
        "annotations": _own(metadata.get("annotations")),
    }
    document = {
        "apiVersion": body.get("apiVersion"),
        "kind": body.get("kind"),
        "metadata": {name: value for name, value in kept.items() if value},
        "spec": body.get("spec") or {},
    }
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, default_flow_style=False)


def _own(told: object) -> dict[str, str]:
    if not isinstance(told, Mapping):
        return {}
    return {key: value for key, value in sorted(told.items()) if not key.startswith(_FOREIGN)}
