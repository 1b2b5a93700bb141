"""Our resources in files or on standard input, in their order."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sim_operator.api.names import API_VERSION, GROUP
from sim_operator.domain.resources import Key
from sim_operator.installing.complaints import BadInputError
from sim_operator.kube.kinds import KINDS, Kind
from sim_operator.kube.yaml_faults import told

STDIN: Final = "-"
_MOST_CHARACTERS: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """A resource as it was written down; `body` names its namespace."""

    kind: Kind
    key: Key
    body: Mapping[str, Any]

    @property
    def shown(self) -> str:
        """As kubectl names an object: `simaccount.sim-operator.io/default`."""
        return f"{self.kind.name.lower()}.{GROUP}/{self.key.name}"


def read(sources: Iterable[str], namespace: str) -> list[Manifest]:
    """The resources of some files (`-`: standard input); `namespace` of those that name none.

    Raises:
        BadInputError: a file cannot be read, or holds anything but our resources, or nothing.
    """
    found: dict[tuple[str, Key], Manifest] = {}
    for source in sources:
        for manifest in _read(source, namespace):
            name = (manifest.kind.name, manifest.key)
            if name in found:
                raise BadInputError(f"{manifest.kind.name} {manifest.key} is there twice.")
            found[name] = manifest
    if not found:
        raise BadInputError(f"{_named(*sources)} holds no resource.")
    return list(found.values())


def _read(source: str, namespace: str) -> Iterable[Manifest]:
    where = _named(source)
    try:
        bodies = list(yaml.safe_load_all(_text(source)))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{where} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise BadInputError(f"{where} is no YAML: {told(error)}") from None
    for number, body in enumerate(bodies, 1):
        if body is not None:
            yield _manifest(f"{where}, document {number}", body, namespace)


def _named(*sources: str) -> str:
    return ", ".join("standard input" if one == STDIN else one for one in sources)


def _text(source: str) -> str:
    if source == STDIN:
        text = sys.stdin.read(_MOST_CHARACTERS + 1)
    else:
        with Path(source).open(encoding="utf-8") as stream:
            text = stream.read(_MOST_CHARACTERS + 1)
    if len(text) > _MOST_CHARACTERS:
        raise BadInputError(f"{_named(source)} is longer than {_MOST_CHARACTERS} characters.")
    return text


def _manifest(where: str, body: object, namespace: str) -> Manifest:
    if not isinstance(body, dict):
        raise BadInputError(f"{where} is no Kubernetes object.")
    name, version = body.get("kind"), body.get("apiVersion")
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None or version != API_VERSION:
        raise BadInputError(
            f"{where} is of kind {name} ({version}): only {', '.join(KINDS)} of {API_VERSION} are "
            "applied here. Use kubectl or the chart for the rest."
        )
    metadata = body.get("metadata")
    own = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(own, str) or not own:
        raise BadInputError(f"{where} has no metadata.name.")
    place = metadata.get("namespace", namespace)
    if not isinstance(place, str) or not place:
        raise BadInputError(f"{where}: metadata.namespace is not the name of a namespace.")
    whole = {str(field): value for field, value in body.items()}
    return Manifest(kind, Key(place, own), whole | {"metadata": metadata | {"namespace": place}})
