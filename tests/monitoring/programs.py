"""Finds Prometheus and promtool, and fetches Debian's package where there are none.

The package is unpacked into the user's cache, outside the checkout, and not installed. apt checks
its signature.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.binaries import cache_root, locked

VARIABLE = "SIM_OPERATOR_PROMETHEUS_DIR"
PACKAGE = "prometheus"
_NAMES = ("prometheus", "promtool")
_APT_SECONDS = 240.0
_ADVICE = (
    "Install the package `prometheus` of your distribution, which has promtool too, or let "
    f"{VARIABLE} name a folder with both programs."
)


class ProgramsError(Exception):
    """There is no Prometheus to be had; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """The two programs, of one version."""

    prometheus: Path
    promtool: Path


def ensure_programs(environ: Mapping[str, str]) -> Programs:
    """The programs of `SIM_OPERATOR_PROMETHEUS_DIR`, else on PATH, else of the cache, else fetched.

    Raises:
        ProgramsError: they are not to be had.
    """
    given = environ.get(VARIABLE)
    if given:
        found = _in_folder(Path(given))
        if found is None:
            raise ProgramsError(f"{VARIABLE} is {given}, which lacks prometheus or promtool.")
        return found
    on_path = [shutil.which(name, path=environ.get("PATH")) for name in _NAMES]
    if all(on_path):
        return Programs(*(Path(str(one)) for one in on_path))
    return _cached(cache_root(environ) / f"prometheus-{platform.machine().lower()}", environ)


def _in_folder(folder: Path) -> Programs | None:
    paths = [folder / name for name in _NAMES]
    return Programs(*paths) if all(os.access(path, os.X_OK) for path in paths) else None


def _cached(folder: Path, environ: Mapping[str, str]) -> Programs:
    found = _in_folder(folder)
    if found is not None:
        return found
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_suffix(".lock"), "Prometheus"):
        found = _in_folder(folder)
        if found is None:
            _fetch(folder, environ)
            found = _in_folder(folder)
    if found is None:
        raise ProgramsError(f"The package {PACKAGE} lacks prometheus or promtool. {_ADVICE}")
    return found


def _fetch(folder: Path, environ: Mapping[str, str]) -> None:
    """Download the package and unpack the two programs; they appear together or not at all."""
    missing = [tool for tool in ("apt-get", "dpkg-deb") if shutil.which(tool) is None]
    if missing:
        raise ProgramsError(f"There is no Prometheus, and no {missing[0]} to get it. {_ADVICE}")
    _say(f"fetching the package {PACKAGE} (20 MB) ...")
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        _download(Path(work), environ)
        [package] = Path(work).glob(f"{PACKAGE}_*.deb")
        _run(["dpkg-deb", "-x", str(package), work], Path(work), environ)
        unpacked = Path(work) / "unpacked"
        unpacked.mkdir()
        for name in _NAMES:
            (Path(work) / "usr" / "bin" / name).replace(unpacked / name)
        unpacked.replace(folder)
    _say(f"unpacked into {folder}")


def _download(folder: Path, environ: Mapping[str, str]) -> None:
    download = ["apt-get", "download", PACKAGE]
    try:
        _run(download, folder, environ)
    except ProgramsError:
        if os.geteuid() != 0:
            raise
        # Mostly the lists of packages are not there, or name a version that is gone.
        _say("renewing the lists of packages ...")
        _run(["apt-get", "update"], folder, environ)
        _run(download, folder, environ)


def _run(command: list[str], folder: Path, environ: Mapping[str, str]) -> None:
    """Run a command that nobody can answer; its words are the reason where it fails."""
    calm = {**environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=calm,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_APT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ProgramsError(f"`{' '.join(command)}` took too long. {_ADVICE}") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise ProgramsError(f"`{' '.join(command)}` failed: {' '.join(said[-3:])} {_ADVICE}")


def _say(text: str) -> None:
    print(f"prometheus: {text}", file=sys.stderr, flush=True)
