"""Which repository and path to edit: read from the owner, with the rights of the person.

Who may not read an Application or a Kustomization is told its name, and no more.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sim_operator.console.writing.ownership import Owner, OwnerKind
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient, quoted

ARGO_NAMESPACE: Final = "argocd"
"""Where Argo CD looks for Applications, unless its tracking says otherwise."""
_LONGEST: Final = 512
_USER: Final = re.compile(r"(://)[^/@\s]*@")
_APPLICATION: Final = "argoproj.io/v1alpha1", "applications"
_KUSTOMIZATION: Final = "kustomize.toolkit.fluxcd.io/v1", "kustomizations"
_HELM_RELEASE: Final = "helm.toolkit.fluxcd.io/v2", "helmreleases"
_FLUX_SOURCES: Final = {
    "GitRepository": ("source.toolkit.fluxcd.io/v1", "gitrepositories"),
    "OCIRepository": ("source.toolkit.fluxcd.io/v1", "ocirepositories"),
    "Bucket": ("source.toolkit.fluxcd.io/v1", "buckets"),
    "HelmRepository": ("source.toolkit.fluxcd.io/v1", "helmrepositories"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where the manifest of an object lies; None where it could not be read."""

    repository: str | None
    path: str | None
    revision: str | None


async def sources_of(api: ApiClient, owner: Owner) -> tuple[Source, ...]:
    """Read them; empty where the person may not, or they are not there. `api`: as the person.

    Raises:
        ApiError: the API server could not be asked.
    """
    if owner.name is None:
        return ()
    match owner.kind:
        case OwnerKind.APPLICATION:
            namespace = owner.namespace or ARGO_NAMESPACE
            spec = await _spec(api, _APPLICATION, namespace, owner.name)
            told = [_mapping(spec.get("source")), *map(_mapping, spec.get("sources") or ())]
            return tuple(
                _source(one.get("repoURL"), one.get("path") or one.get("chart"), one)
                for one in told
                if one
            )
        case OwnerKind.KUSTOMIZATION:
            spec = await _spec(api, _KUSTOMIZATION, owner.namespace or "", owner.name)
            return await _flux(api, _mapping(spec.get("sourceRef")), owner, spec.get("path"))
        case OwnerKind.HELM_RELEASE:
            spec = await _spec(api, _HELM_RELEASE, owner.namespace or "", owner.name)
            chart = _mapping(_mapping(spec.get("chart")).get("spec"))
            reference = _mapping(chart.get("sourceRef")) or _mapping(spec.get("chartRef"))
            return await _flux(api, reference, owner, chart.get("chart"))


async def _flux(
    api: ApiClient, reference: Mapping[str, Any], owner: Owner, path: object
) -> tuple[Source, ...]:
    kind = _FLUX_SOURCES.get(str(reference.get("kind")))
    name = reference.get("name")
    if kind is None or not isinstance(name, str):
        return ()
    namespace = str(reference.get("namespace") or owner.namespace or "")
    spec = await _spec(api, kind, namespace, name)
    where = spec.get("url") or spec.get("endpoint")
    return (_source(where, path, _mapping(spec.get("ref"))),)


async def _spec(
    api: ApiClient, kind: tuple[str, str], namespace: str, name: str
) -> Mapping[str, Any]:
    version, plural = kind
    path = f"/apis/{version}/namespaces/{quoted(namespace)}/{plural}/{quoted(name)}"
    try:
        return _mapping((await api.request("GET", path)).body.get("spec"))
    except ApiError as error:
        if error.not_found or error.forbidden:
            return {}
        raise


def _source(repository: object, path: object, revision: Mapping[str, Any]) -> Source:
    names = ("targetRevision", "branch", "tag", "semver", "commit")
    told = next((revision[name] for name in names if revision.get(name)), None)
    return Source(_shown(repository), _shown(path), _shown(told))


def _shown(value: object) -> str | None:
    """A text without a user or password in it, should a URL carry one."""
    if not isinstance(value, str) or not value:
        return None
    return _USER.sub(r"\1", value)[:_LONGEST]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
