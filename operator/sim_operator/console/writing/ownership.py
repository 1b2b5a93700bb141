"""Whether Argo CD or Flux owns an object: what is changed here they would change back.

Told by the marks that they leave themselves. A mark that names another object was copied along and
counts for nothing, as the tools see it, too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

_TRACKING: Final = "argocd.argoproj.io/tracking-id"
_INSTANCES: Final = ("argocd.argoproj.io/instance", "app.kubernetes.io/instance")
_KUSTOMIZE: Final = "kustomize.toolkit.fluxcd.io"
_HELM: Final = "helm.toolkit.fluxcd.io"


class OwnerKind(StrEnum):
    """The kind of object that makes a tool apply ours."""

    APPLICATION = "Application"
    KUSTOMIZATION = "Kustomization"
    HELM_RELEASE = "HelmRelease"

    @property
    def tool(self) -> str:
        """Whose kind it is."""
        return "Argo CD" if self is OwnerKind.APPLICATION else "Flux"


_MANAGERS: Final[Mapping[str, OwnerKind]] = {
    "argocd-controller": OwnerKind.APPLICATION,
    "argocd-application-controller": OwnerKind.APPLICATION,
    "kustomize-controller": OwnerKind.KUSTOMIZATION,
    "helm-controller": OwnerKind.HELM_RELEASE,
}


@dataclass(frozen=True, slots=True)
class Owner:
    """The object that applies ours."""

    kind: OwnerKind
    namespace: str | None
    """None: not told; Applications are then in the namespace of Argo CD."""
    name: str | None
    """None: only the tool is known."""

    def __str__(self) -> str:
        """`Application pumps of Argo CD`."""
        name = f" {self.name}" if self.name else ""
        return f"{self.kind}{name} of {self.kind.tool}"


def owner_of(body: Mapping[str, Any]) -> Owner | None:
    """Who owns the object, as the API server sent it; None: nobody does."""
    metadata = body.get("metadata") or {}
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    managed = {str(one.get("manager")) for one in metadata.get("managedFields") or ()}
    return (
        _of_tracking(body, annotations)
        or _of_flux(labels, annotations)
        or _of_instance(labels, managed)
        or _of_managers(managed, annotations)
    )


def _of_tracking(body: Mapping[str, Any], annotations: Mapping[str, str]) -> Owner | None:
    """`APPLICATION:GROUP/KIND:NAMESPACE/NAME`; the application may be `NAMESPACE_NAME`."""
    application, _, about = str(annotations.get(_TRACKING) or "").partition(":")
    metadata = body.get("metadata") or {}
    group = str(body.get("apiVersion") or "").partition("/")[0]
    own = f"{group}/{body.get('kind')}:{metadata.get('namespace')}/{metadata.get('name')}"
    if not application or about != own:
        return None
    namespace, underscore, name = application.partition("_")
    if not underscore:
        return Owner(OwnerKind.APPLICATION, None, application)
    return Owner(OwnerKind.APPLICATION, namespace, name)


def _of_flux(labels: Mapping[str, str], annotations: Mapping[str, str]) -> Owner | None:
    for prefix, kind in ((_KUSTOMIZE, OwnerKind.KUSTOMIZATION), (_HELM, OwnerKind.HELM_RELEASE)):
        name, namespace = labels.get(f"{prefix}/name"), labels.get(f"{prefix}/namespace")
        if name and namespace and annotations.get(f"{prefix}/reconcile") != "disabled":
            return Owner(kind, namespace, name)
    return None


def _of_instance(labels: Mapping[str, str], managed: set[str]) -> Owner | None:
    """Helm sets the second label, too, so it counts only where Argo CD has written the object."""
    for label in _INSTANCES:
        written = any(_MANAGERS.get(one) is OwnerKind.APPLICATION for one in managed)
        if labels.get(label) and (written or label == _INSTANCES[0]):
            return Owner(OwnerKind.APPLICATION, None, labels[label])
    return None


def _of_managers(managed: set[str], annotations: Mapping[str, str]) -> Owner | None:
    for manager, kind in _MANAGERS.items():
        off = annotations.get(f"{_KUSTOMIZE}/reconcile") == "disabled"
        if manager in managed and not (off and kind is OwnerKind.KUSTOMIZATION):
            return Owner(kind, None, None)
    return None
