"""What of an object's metadata people wrote, and will want to write again.

What the API server fills in, and what programs note down for themselves, means nothing in another
cluster, or does harm there: with its tracking mark an object belongs to an Argo CD application or
a Helm release, which prunes what it does not know.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from sim_operator.api.names import ACCEPT_SWEEP_ANNOTATION, RECONCILE_ANNOTATION

_TRACKING: Final = frozenset(
    {
        "applyset.kubernetes.io/part-of",
        "argocd.argoproj.io/installation-id",
        "argocd.argoproj.io/instance",
        "argocd.argoproj.io/tracking-id",
        "config.k8s.io/owning-inventory",
        "helm.sh/chart",
        "helm.toolkit.fluxcd.io/name",
        "helm.toolkit.fluxcd.io/namespace",
        "internal.config.kubernetes.io/previousKinds",
        "internal.config.kubernetes.io/previousNames",
        "internal.config.kubernetes.io/previousNamespaces",
        "kapp.k14s.io/app",
        "kapp.k14s.io/association",
        "kapp.k14s.io/identity",
        "kapp.k14s.io/original",
        "kapp.k14s.io/original-diff-md5",
        "kubectl.kubernetes.io/last-applied-configuration",
        "kustomize.toolkit.fluxcd.io/checksum",
        "kustomize.toolkit.fluxcd.io/name",
        "kustomize.toolkit.fluxcd.io/namespace",
        "meta.helm.sh/release-name",
        "meta.helm.sh/release-namespace",
        "reconcile.fluxcd.io/requestedAt",
        "velero.io/backup-name",
        "velero.io/restore-name",
    }
)
_TRACKING_PREFIXES: Final = ("kopf.zalando.org/", "objectset.rio.cattle.io/")
_REQUESTS: Final = frozenset({RECONCILE_ANNOTATION, ACCEPT_SWEEP_ANNOTATION})
"""Asked for once, and answered. `release-hold` is not among them: it holds for a whole period."""

_HELM: Final = "Helm"
_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
_INSTANCE: Final = "app.kubernetes.io/instance"
_ARGO_CD: Final = "argocd"

Texts = Mapping[str, str]


def of_people(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Name, namespace, and the labels and annotations that no program wrote for itself, sorted.

    Finalizers and owners are left out: who needs them writes them again, and one that names an
    object or a program of another cluster would keep the resource from going, or let it go.
    """
    kept: dict[str, Any] = {"name": metadata["name"]}
    if metadata.get("namespace"):
        kept["namespace"] = metadata["namespace"]
    tracked = frozenset(_tracked_labels(metadata))
    for name in ("labels", "annotations"):
        told: Texts = metadata.get(name) or {}
        own = {
            key: told[key]
            for key in sorted(told)
            if _is_of_people(key, told[key]) and (name != "labels" or key not in tracked)
        }
        if own:
            kept[name] = own
    return kept


def _is_of_people(key: str, value: str) -> bool:
    if key == _MANAGED_BY:
        # A free text of people, unless Helm wrote it: then it looks for its release.
        return value != _HELM
    return key not in _TRACKING | _REQUESTS and not key.startswith(_TRACKING_PREFIXES)


def owned_by_trackers(managed_fields: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of the managed fields of an object those that `of_people` looks at."""
    return [
        entry for entry in managed_fields if str(entry.get("manager") or "").startswith(_ARGO_CD)
    ]


def _tracked_labels(metadata: Mapping[str, Any]) -> Iterator[str]:
    """The label by which Argo CD tracked objects before its third version.

    It is a common label of people too, so only who wrote it can tell.
    """
    for entry in owned_by_trackers(metadata.get("managedFields") or ()):
        fields = (entry.get("fieldsV1") or {}).get("f:metadata") or {}
        if f"f:{_INSTANCE}" in (fields.get("f:labels") or {}):
            yield _INSTANCE
