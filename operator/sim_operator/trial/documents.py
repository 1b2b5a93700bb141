"""The policies in a file or on standard input."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sim_operator.api.names import API_VERSION, POLICY_KIND
from sim_operator.domain.resources import Key
from sim_operator.kube.yaml_faults import told
from sim_operator.trial.complaints import BadInputError

STDIN: Final = "-"
_MOST_CHARACTERS: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """A QuotaPolicy as it was written down."""

    key: Key
    body: Mapping[str, Any]


def read(source: str, namespace: str) -> list[Document]:
    """The policies of a file (`-`: standard input); `namespace` of those that name none.

    Raises:
        BadInputError: it cannot be read, or holds anything but QuotaPolicies.
    """
    where = "standard input" if source == STDIN else source
    try:
        bodies = list(yaml.safe_load_all(_text(source)))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{where} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise BadInputError(f"{where} is no YAML: {told(error)}") from None
    found: dict[Key, Document] = {}
    for number, body in enumerate(bodies, 1):
        if body is None:
            continue
        document = _document(f"{where}, document {number}", body, namespace)
        if document.key in found:
            raise BadInputError(f"{where} has two QuotaPolicies with the name {document.key}.")
        found[document.key] = document
    if not found:
        raise BadInputError(f"{where} holds no QuotaPolicy.")
    return list(found.values())


def _text(source: str) -> str:
    if source == STDIN:
        text = sys.stdin.read(_MOST_CHARACTERS + 1)
    else:
        with Path(source).open(encoding="utf-8") as stream:
            text = stream.read(_MOST_CHARACTERS + 1)
    if len(text) > _MOST_CHARACTERS:
        raise BadInputError(f"{source} is longer than {_MOST_CHARACTERS} characters.")
    return text


def _document(where: str, body: object, namespace: str) -> Document:
    if not isinstance(body, dict):
        raise BadInputError(f"{where} is no Kubernetes object.")
    kind, version = body.get("kind"), body.get("apiVersion")
    if (kind, version) != (POLICY_KIND, API_VERSION):
        raise BadInputError(
            f"{where} is of kind {kind} ({version}): only {POLICY_KIND} of {API_VERSION} can be "
            "tried."
        )
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(name, str) or not name:
        raise BadInputError(f"{where} has no metadata.name.")
    own = metadata.get("namespace")
    if own is not None and (not isinstance(own, str) or not own):
        raise BadInputError(f"{where}: metadata.namespace is not the name of a namespace.")
    return Document(Key(own or namespace, name), body)
