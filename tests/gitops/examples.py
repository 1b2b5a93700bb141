"""The examples of GitOps tools: manifests of theirs and of ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from sim_operator.api.names import API_VERSION

EXAMPLES: Final = Path(__file__).parents[2] / "docs" / "examples"
TOOLS: Final = ("argo-cd", "flux", "external-secrets")

Manifest = dict[str, Any]


class Example(NamedTuple):
    """A manifest and where it stands."""

    file: Path
    manifest: Manifest

    @property
    def title(self) -> str:
        """For the name of a test."""
        name = self.manifest["metadata"]["name"]
        return f"{self.file.relative_to(EXAMPLES)}:{self.manifest['kind']}/{name}"


def examples(*tools: str) -> Iterator[Example]:
    """Every manifest of the tools' folders; without a name those of all."""
    for tool in tools or TOOLS:
        for file in sorted((EXAMPLES / tool).rglob("*.yaml")):
            for manifest in yaml.safe_load_all(file.read_text(encoding="utf-8")):
                yield Example(file, manifest)


def is_ours(manifest: Manifest) -> bool:
    """Whether it is a SIM, a SIMAccount or a QuotaPolicy."""
    return bool(manifest["apiVersion"] == API_VERSION)


def of_kind(kind: str, *tools: str) -> Iterator[Manifest]:
    """The manifests of one kind."""
    return (one.manifest for one in examples(*tools) if one.manifest["kind"] == kind)
