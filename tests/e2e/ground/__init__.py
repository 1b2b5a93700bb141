"""Where the chart is installed: a cluster of kind where Docker is, else a node of this machine."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from tests.cluster import Provider, choose

# A cluster that somebody runs is no place to break networks, and binaries alone are no node.
NOT_A_NODE: Final = ("SIM_OPERATOR_KUBECONFIG", "KUBEBUILDER_ASSETS")


@dataclass(frozen=True, slots=True)
class ImageName:
    """An image that the nodes have."""

    repository: str
    tag: str

    def values(self) -> dict[str, Any]:
        """The chart's values for it: it cannot be pulled from anywhere."""
        return {"repository": self.repository, "tag": self.tag, "pullPolicy": "Never"}


class Ground(Protocol):
    """A cluster with one node, which has the images."""

    @property
    def kubeconfig(self) -> Path:
        """Of an administrator."""
        ...

    @property
    def operator(self) -> ImageName:
        """The image of this checkout."""
        ...

    @property
    def prometheus(self) -> ImageName | None:
        """An image of Prometheus; None where the chart's own can be pulled."""
        ...

    def reaching(self, command: Sequence[str]) -> list[str]:
        """The command as it has to be called to reach the API server."""
        ...

    def on_node(self, command: Sequence[str]) -> list[str]:
        """The command as it has to be called to run as root in the node's network."""
        ...

    def tag_operator(self, tag: str) -> ImageName:
        """Give the image of this checkout one more tag."""
        ...

    def failure(self) -> str | None:
        """What has ended by itself; None while all is well."""
        ...

    def stop(self) -> tuple[str, ...]:
        """Take it down; one line for each thing that is left behind."""
        ...


def is_kind(environ: Mapping[str, str]) -> bool:
    """Whether kind gives the node: where Docker answers, or where `SIM_OPERATOR_CLUSTER` says so.

    Raises:
        ClusterError: kind is asked for and cannot be had.
    """
    fit = {name: value for name, value in environ.items() if name not in NOT_A_NODE}
    if fit.get("SIM_OPERATOR_CLUSTER") in {Provider.KUBECONFIG, Provider.BINARIES}:
        del fit["SIM_OPERATOR_CLUSTER"]
    return choose(fit).provider is Provider.KIND


def prepare() -> None:
    """Install and build all that is needed; minutes, the first time.

    Raises:
        ClusterError: something cannot be had; the text says what to do.
    """
    if is_kind(os.environ):
        from tests.e2e.ground.kind import prepare_kind

        prepare_kind()
    else:
        from tests.e2e.ground.node import prepare_local

        prepare_local()


def start() -> Ground:
    """Give a cluster with one node that is ready.

    Raises:
        ClusterError: it does not start.
    """
    if is_kind(os.environ):
        from tests.e2e.ground.kind import KindGround

        return KindGround()
    from tests.e2e.ground.node import NodeGround

    return NodeGround()
