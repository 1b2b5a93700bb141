"""A node of this machine as ground."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from tests.cluster.node import (
    footprint,
    leftovers,
    look_at_machine,
    operator_image,
    prepare_node,
    prometheus_image,
    start_node,
)
from tests.e2e.ground import ImageName


def prepare_local() -> None:
    """Install and build what the node and the images need."""
    prepare_node()
    operator_image(os.environ)
    prometheus_image(os.environ)


class NodeGround:
    """See `Ground`."""

    def __init__(self) -> None:
        """Start it."""
        before = look_at_machine()
        self._image = operator_image(os.environ)
        prometheus = prometheus_image(os.environ)
        self._node = start_node([self._image, prometheus], audit=True)
        self._footprint = footprint(self._node.place, before)
        self.operator = ImageName(self._image.repository, self._image.tag)
        self.prometheus = ImageName(prometheus.repository, prometheus.tag)

    @property
    def kubeconfig(self) -> Path:
        """Of an administrator."""
        return self._node.kubeconfig

    def reaching(self, command: Sequence[str]) -> list[str]:
        """Into the node's network: nothing of it can be reached from outside."""
        return self._node.inside(command)

    def on_node(self, command: Sequence[str]) -> list[str]:
        """Into the node's network."""
        return self._node.inside(command)

    def tag_operator(self, tag: str) -> ImageName:
        """One more tag for the same content."""
        self._node.tag(self._image.name, f"{self._image.repository}:{tag}")
        return ImageName(self._image.repository, tag)

    def failure(self) -> str | None:
        """What has ended by itself."""
        return self._node.failure()

    def stop(self) -> tuple[str, ...]:
        """Everything at once."""
        stopped_at = time.time()
        self._node.stop()
        return leftovers(self._footprint, stopped_at)
