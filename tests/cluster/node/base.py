"""The base of images where no registry is: a Debian with Python, from the distribution's packages.

It stands for the Dockerfile's own base, so it is the same release with the same Python.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.cluster.node.kept import image_folder, kept, key_of
from tests.cluster.node.watched import watched

SUITE: Final = "trixie"
INCLUDED: Final = ("ca-certificates", "python3", "python3-venv")
# Manuals and translations are a third of it, and nobody reads them there.
LEFT_OUT: Final = tuple(f"/usr/share/{name}/*" for name in ("doc", "info", "locale", "man"))
COMMAND: Final = (
    "mmdebstrap",
    "--variant=minbase",
    f"--include={','.join(INCLUDED)}",
    *(f"--dpkgopt=path-exclude={path}" for path in LEFT_OUT),
    '--aptopt=Acquire::Languages "none"',
    "--format=tar",
)


def base_key() -> str:
    """Give a key that changes with the recipe."""
    return key_of((SUITE, *COMMAND))


def ensure_base(environ: Mapping[str, str]) -> Path:
    """Give the root file system as a tar file; made where the cache lacks it, in a minute.

    Raises:
        ClusterError: mmdebstrap fails.
    """
    folder = image_folder(environ)

    def make(destination: Path) -> None:
        log = folder / "base.log"
        log.unlink(missing_ok=True)
        command = [*COMMAND, SUITE, str(destination)]
        watched(command, log, f"collecting a base image of Debian {SUITE}", environ=environ)

    return kept(folder, "base", base_key(), make)
