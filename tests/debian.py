"""Packages of Debian that tests need: installed by apt-get where missing, one after the other."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from tests.cluster.binaries import cache_root, locked

_SECONDS: Final = 600.0
_LOCK_SECONDS: Final = 300
"""That another program may hold the lists of packages."""


class NotInstallableError(Exception):
    """This machine lets nobody install it here; the text says what to do."""


class InstallationError(Exception):
    """apt-get failed; the text has its last words."""


def install(environ: Mapping[str, str], *names: str) -> None:
    """Install packages; a second caller waits for the first.

    Raises:
        NotInstallableError: there is no apt-get, or this is not root.
        InstallationError: it failed, also with new lists of packages.
    """
    listed = " ".join(names)
    if shutil.which("apt-get", path=environ.get("PATH")) is None:
        raise NotInstallableError(f"Install what your system calls {listed}.")
    if os.geteuid() != 0:
        raise NotInstallableError(f"Run as root, or install it: sudo apt-get install {listed}")
    root = cache_root(environ)
    root.mkdir(parents=True, exist_ok=True)
    patient = f"DPkg::Lock::Timeout={_LOCK_SECONDS}"
    command = ["apt-get", "install", "--yes", "--no-install-recommends", "-o", patient, *names]
    with locked(root / "apt.lock", f"an installation by apt-get, {listed} next"):
        sys.stderr.write(f"apt-get install {listed} ...\n")
        if _failed(command, environ) is None:
            return
        # Mostly the lists of packages are not there, or name a version that is gone.
        failed = _failed(["apt-get", "update"], environ) or _failed(command, environ)
    if failed is not None:
        raise InstallationError(failed)


def _failed(command: list[str], environ: Mapping[str, str]) -> str | None:
    done = subprocess.run(
        command,
        env={**environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode == 0:
        return None
    return f"`{' '.join(command)}` failed: {(done.stderr or done.stdout).strip()[-500:]}"
