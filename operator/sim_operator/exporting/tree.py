"""Manifests as a kustomize tree: a folder for each namespace, and what ties them together.

One file for each object, because that is what people review in Git: the file's name says which SIM
a change is about, and its log is the story of that SIM. Beyond a thousand SIMs in a namespace they
stand in one file: GitHub and GitLab show no more than a thousand files of a folder, and then a
change is found by searching, not by looking.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.exporting.manifest import ORDER, Manifest
from sim_operator.exporting.readme import Needs, readme
from sim_operator.exporting.yaml_text import document, documents

MOST_FILES: Final = 1000
"""SIMs of a namespace that have a file each."""
README: Final = "README.md"

_FOLDERS: Final = {POLICY_KIND: "quotapolicies", SIM_KIND: "sims", ACCOUNT_KIND: "simaccounts"}
_KUSTOMIZATION: Final = "kustomization.yaml"
_LONGEST: Final = 200
"""Characters of a file's name: file systems take 255 bytes with the extension."""


def tree(manifests: Iterable[Manifest], needs: Needs) -> dict[str, str]:
    """The text of each file by its path, which has slashes."""
    by_namespace: defaultdict[str, list[Manifest]] = defaultdict(list)
    for one in sorted(manifests, key=lambda one: one.place):
        by_namespace[one.key.namespace].append(one)
    namespaces = sorted(by_namespace)
    files = {
        README: readme(needs),
        # kubectl sorts by kind, whatever stands here, and comes to the same order: see ORDER.
        _KUSTOMIZATION: _kustomization(namespaces),
    }
    for namespace in namespaces:
        found = _files(by_namespace[namespace])
        files[f"{namespace}/{_KUSTOMIZATION}"] = _kustomization(list(found))
        files.update((f"{namespace}/{path}", text) for path, text in found.items())
    return files


def _files(manifests: list[Manifest]) -> dict[str, str]:
    files: dict[str, str] = {}
    for kind in ORDER:
        mine = [one for one in manifests if one.kind == kind]
        if len(mine) > MOST_FILES:
            files[f"{_FOLDERS[kind]}.yaml"] = documents(mine)
        else:
            files.update(
                (f"{_FOLDERS[kind]}/{_file_name(one.key.name)}", document(one.body)) for one in mine
            )
    return files


def _file_name(name: str) -> str:
    if len(name) > _LONGEST:
        name = f"{name[:_LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    # Argo CD and Flux look for folders with a kustomization.yaml. No object's name ends in a dash.
    return f"{name}-.yaml" if f"{name}.yaml" == _KUSTOMIZATION else f"{name}.yaml"


def _kustomization(resources: list[str]) -> str:
    return document(
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": resources,
        }
    )
