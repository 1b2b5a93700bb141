"""A cluster of kind as ground, with the image that Docker builds."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.cluster import ClusterError
from tests.cluster.kind import start_kind
from tests.cluster.node.images import OPERATOR, ROOT
from tests.cluster.node.pip_settings import pip_secrets, pip_settings
from tests.cluster.node.watched import watched
from tests.e2e.ground import ImageName

BUILT: Final = ImageName(OPERATOR, "e2e")
COMMAND_LIMIT_SECONDS: Final = 300.0


def prepare_kind() -> None:
    """Build the image with Docker, from the base that the Dockerfile names."""
    with tempfile.TemporaryDirectory(prefix="sim-op-") as folder:
        secrets = pip_secrets(Path(folder), pip_settings(os.environ))
        name = f"{BUILT.repository}:{BUILT.tag}"
        building = ["docker", "build", "--progress=plain", *secrets, "--tag", name, str(ROOT)]
        environ = {**os.environ, "DOCKER_BUILDKIT": "1"}
        watched(building, Path(folder) / "build.log", f"docker builds {name}", environ=environ)


class KindGround:
    """See `Ground`."""

    def __init__(self) -> None:
        """Start it and load the image."""
        self.operator = BUILT
        self.prometheus: ImageName | None = None
        self._cluster = start_kind(audit=True, workdir=None)
        try:
            self._load(BUILT)
        except BaseException:
            self._cluster.stop()
            raise

    @property
    def kubeconfig(self) -> Path:
        """Of an administrator."""
        return self._cluster.kubeconfig

    def reaching(self, command: Sequence[str]) -> list[str]:
        """Docker publishes the API server on this machine."""
        return list(command)

    def on_node(self, command: Sequence[str]) -> list[str]:
        """Into the container that is the node."""
        return ["docker", "exec", f"{self._cluster.name}-control-plane", *command]

    def tag_operator(self, tag: str) -> ImageName:
        """One more tag for the same content."""
        tagged = ImageName(BUILT.repository, tag)
        _run("docker", "tag", f"{BUILT.repository}:{BUILT.tag}", f"{tagged.repository}:{tag}")
        self._load(tagged)
        return tagged

    def failure(self) -> str | None:
        """What has ended by itself."""
        return self._cluster.failure()

    def stop(self) -> tuple[str, ...]:
        """Delete it."""
        name = self._cluster.name
        self._cluster.stop()
        listing = (
            "docker",
            "ps",
            "--all",
            "--quiet",
            f"--filter=label=io.x-k8s.kind.cluster={name}",
        )
        return tuple(f"container {line}" for line in _run(*listing).split())

    def _load(self, image: ImageName) -> None:
        name = f"{image.repository}:{image.tag}"
        _run("kind", "load", "docker-image", name, "--name", self._cluster.name)


def _run(*command: str) -> str:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_LIMIT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise ClusterError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout
