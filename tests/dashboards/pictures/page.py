"""Builds the page that draws: npm installs Grafana's components into the user's cache."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.cluster.binaries import cache_root

SOURCE = Path(__file__).parent / "page"
_SECONDS = 900.0


class PageError(Exception):
    """The page cannot be built; the text is what npm said."""


def built(environ: Mapping[str, str]) -> Path:
    """The folder with the built page; built where its sources have changed.

    Raises:
        PageError: there is no npm, or it failed.
    """
    if shutil.which("npm", path=environ.get("PATH")) is None:
        raise PageError("There is no npm, which the pictures need: install Node.js 20 or newer.")
    lock = (SOURCE / "package-lock.json").read_bytes()
    folder = cache_root(environ) / f"pictures-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not (folder / "node_modules/.package-lock.json").exists():
            _copy(folder)
            _npm(folder, "ci")
        stamp = folder / "built"
        present = _fingerprint()
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != present:
            _copy(folder)
            _npm(folder, "run", "build")
            stamp.write_text(present, encoding="utf-8")
    return folder / "dist"


def _fingerprint() -> str:
    files = sorted(file for file in SOURCE.rglob("*") if file.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _copy(folder: Path) -> None:
    shutil.rmtree(folder / "src", ignore_errors=True)
    shutil.copytree(SOURCE, folder, dirs_exist_ok=True)


def _npm(folder: Path, *arguments: str) -> None:
    sys.stderr.write(f"npm {' '.join(arguments)} ...\n")
    done = subprocess.run(
        ["npm", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise PageError(f"npm {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
