"""The images of the node, as archives in the cache: built where an input has changed."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.node.base import base_key, ensure_base
from tests.cluster.node.builder import BASE, Build, builder
from tests.cluster.node.kept import image_folder, kept, key_of, key_of_files
from tests.cluster.node.pip_settings import pip_secrets, pip_settings
from tests.cluster.node.programs import ensure_prometheus

ROOT: Final = Path(__file__).parents[3]
HERE: Final = Path(__file__).parent
OPERATOR: Final = "sim-operator/sim-operator"
PAUSE: Final = "sim-operator/pause"
PROMETHEUS: Final = "sim-operator/prometheus"
BUSYBOX: Final = Path("/bin/busybox")
# What `.dockerignore` lets in.
INPUTS: Final = (
    "Dockerfile",
    ".dockerignore",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    ".ci/requirements/build.txt",
    ".ci/requirements/run.txt",
)


@dataclass(frozen=True, slots=True)
class Image:
    """An image without a registry: its tag changes with what it is made from."""

    repository: str
    tag: str
    archive: Path

    @property
    def name(self) -> str:
        """Name and tag, as a pod names it."""
        return f"{self.repository}:{self.tag}"


def operator_image(environ: Mapping[str, str]) -> Image:
    """Give the image of this checkout.

    Raises:
        ClusterError: it cannot be built.
    """
    key = key_of((base_key(), key_of_files(ROOT, _operator_inputs())))
    name = f"{OPERATOR}:{key}"

    def make(destination: Path) -> None:
        base = ensure_base(environ)
        with (
            builder(environ, base_key()) as own,
            tempfile.TemporaryDirectory(prefix="sim-op-") as secrets,
        ):
            own.load_base(base)
            build = Build(
                name=name,
                container_file=ROOT / "Dockerfile",
                context=ROOT,
                arguments={"BASE_IMAGE": BASE, "REVISION": key},
                secrets=pip_secrets(Path(secrets), pip_settings(environ)),
            )
            own.archive(build, destination)

    return Image(OPERATOR, key, kept(image_folder(environ), "operator", key, make))


def _operator_inputs() -> Iterator[Path]:
    for name in INPUTS:
        yield ROOT / name
    for file in (ROOT / "operator").rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file


def pause_image(environ: Mapping[str, str]) -> Image:
    """Give the image that holds a pod's namespaces open.

    Raises:
        ClusterError: it cannot be built.
    """
    file = HERE / "pause.Containerfile"
    key = key_of((file.read_bytes(), BUSYBOX.read_bytes()))

    def make(destination: Path) -> None:
        with (
            builder(environ, base_key()) as own,
            tempfile.TemporaryDirectory(prefix="sim-op-") as context,
        ):
            shutil.copy(BUSYBOX, Path(context) / "busybox")
            own.archive(Build(f"{PAUSE}:{key}", file, Path(context), {}), destination)

    return Image(PAUSE, key, kept(image_folder(environ), "pause", key, make))


def prometheus_image(environ: Mapping[str, str]) -> Image:
    """Give an image of Prometheus that is called as the project's own is.

    Raises:
        ClusterError: it cannot be built.
    """
    file = HERE / "prometheus.Containerfile"
    program = ensure_prometheus(environ)
    key = key_of((file.read_bytes(), program.parent.name))

    def make(destination: Path) -> None:
        with (
            builder(environ, base_key()) as own,
            tempfile.TemporaryDirectory(prefix="sim-op-") as context,
        ):
            shutil.copy(program, Path(context) / "prometheus")
            own.archive(Build(f"{PROMETHEUS}:{key}", file, Path(context), {}), destination)

    return Image(PROMETHEUS, key, kept(image_folder(environ), "prometheus", key, make))
