"""Builds images with buildah: no daemon, no registry, a store of its own in the cache.

Each buildah runs in process and mount namespaces of its own: whatever happens to it, it leaves
neither process nor mount.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.binaries import locked
from tests.cluster.node.kept import forget, image_folder, size_of
from tests.cluster.node.watched import watched

BASE: Final = "localhost/base:local"
STORE_LIMIT_BYTES: Final = 4 * 1024**3
ALONE: Final = (
    *("unshare", "--mount", "--propagation", "private"),
    *("--pid", "--fork", "--kill-child", "--mount-proc", "--"),
)


@dataclass(frozen=True, slots=True)
class Build:
    """One image: how it is called, what it is made from.

    `context` is the folder that the container file copies from; `arguments` and `secrets` are
    handed to buildah as they are.
    """

    name: str
    container_file: Path
    context: Path
    arguments: Mapping[str, str]
    secrets: Sequence[str] = ()


class Builder:
    """A buildah with its store; to be had from `builder`."""

    def __init__(self, store: Path, scratch: Path, environ: Mapping[str, str]) -> None:
        """Nothing is run yet."""
        self._scratch = scratch
        self._log = scratch / "buildah.log"
        self._environ = {**environ, "BUILDAH_ISOLATION": "chroot", "TMPDIR": str(scratch)}
        self._buildah = (
            *(*ALONE, "buildah", "--storage-driver", "overlay"),
            *("--root", str(store), "--runroot", str(scratch / "run")),
        )

    def load_base(self, archive: Path) -> None:
        """Make a root file system the base image `BASE`; nothing where it is that already."""
        context = self._scratch / "base"
        context.mkdir(exist_ok=True)
        (context / archive.name).unlink(missing_ok=True)
        os.link(archive, context / archive.name)
        file = context / "Containerfile"
        file.write_text(f"FROM scratch\nADD {archive.name} /\n", encoding="utf-8")
        self._build(Build(BASE, file, context, {}), "taking the base image in")

    def archive(self, build: Build, destination: Path) -> None:
        """Build an image and write it as a docker-archive that carries its name.

        Raises:
            ClusterError: it cannot be built.
        """
        self._build(build, f"building the image {build.name}")
        pushing = ("push", "--quiet", build.name, f"docker-archive:{destination}:{build.name}")
        self._run(pushing, f"writing the image {build.name}")

    def _build(self, build: Build, what: str) -> None:
        arguments = [f"--build-arg={name}={value}" for name, value in build.arguments.items()]
        self._run(
            (
                *("bud", "--layers", "--pull-never", "--network=host", "--format=docker"),
                *(*arguments, *build.secrets, "--tag", build.name),
                *("--file", str(build.container_file), str(build.context)),
            ),
            what,
        )

    def _run(self, arguments: Sequence[str], what: str) -> None:
        watched([*self._buildah, *arguments], self._log, what, environ=self._environ)


@contextmanager
def builder(environ: Mapping[str, str], base_key: str) -> Iterator[Builder]:
    """Give a builder whose store holds the layers of builds before; one run at a time has it."""
    folder = image_folder(environ)
    store = folder / f"store-{base_key}"
    with locked(folder / "store.lock", "an image"):
        for other in folder.glob("store-*"):
            if other != store or size_of(other) > STORE_LIMIT_BYTES:
                forget(other)
        with tempfile.TemporaryDirectory(prefix="sim-op-images-") as scratch:
            yield Builder(store, Path(scratch), environ)
