"""Finds the binaries of the control plane, and builds those that are not there yet.

They are kept outside the checkout, by version and platform, so that a clean checkout finds them.
"""

import fcntl
import hashlib
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.compile import PARTS, Part, compile_part, flags
from tests.cluster.errors import ClusterError
from tests.cluster.progress import Progress
from tests.cluster.provider import Provider, given_binary

LOCK_POLL_SECONDS: Final = 0.2
LOCK_LIMIT_SECONDS: Final = 3600.0
UNFINISHED: Final = ".unfinished-"
MACHINES: Final = {"x86_64": "amd64", "aarch64": "arm64"}

Builder = Callable[[Part, Path, Mapping[str, str]], None]


@dataclass(frozen=True, slots=True)
class Binaries:
    """Programs of one control plane."""

    etcd: Path
    apiserver: Path
    controller_manager: Path


def ensure_binaries(provider: Provider, environ: Mapping[str, str]) -> Binaries:
    """Give the binaries of a control plane; what the cache lacks is built, for minutes perhaps.

    Given binaries (`Provider.BINARIES`) often come without kube-controller-manager, without which
    no namespace ever goes: that one is built then.

    Raises:
        ClusterError: a part cannot be built.
    """
    paths: dict[str, Path] = {}
    for part in PARTS:
        given = given_binary(part.name, environ) if provider is Provider.BINARIES else None
        paths[part.name] = given if given is not None else ensure_built(part, environ)
    return Binaries(paths["etcd"], paths["kube-apiserver"], paths["kube-controller-manager"])


def ensure_built(part: Part, environ: Mapping[str, str], builder: Builder = compile_part) -> Path:
    """Give the cached binary of a part, built under a lock if it is not there.

    The binary appears complete or not at all, and of two runs at once one builds.
    """
    folder = cache_folder(part, environ)
    binary = folder / part.name
    if binary.exists():
        return binary
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / f"{part.name}.lock", part.name):
        if binary.exists():
            return binary
        for left_behind in folder.glob(f"{part.name}{UNFINISHED}*"):
            left_behind.unlink()
        unfinished = folder / f"{part.name}{UNFINISHED}{os.getpid()}"
        builder(part, unfinished, environ)
        unfinished.replace(binary)
    return binary


def cache_folder(part: Part, environ: Mapping[str, str]) -> Path:
    """Give the folder of this version, platform and recipe; it may not exist yet."""
    machine = platform.machine().lower()
    target = f"{platform.system().lower()}-{MACHINES.get(machine, machine)}"
    return cache_root(environ) / f"{part.module}-{part.version}-{target}-{_recipe(part)}"


def cache_root(environ: Mapping[str, str]) -> Path:
    """Give the folder, outside the checkout, where all that is made once is kept."""
    given = environ.get("XDG_CACHE_HOME", "")
    # The XDG rules: a relative path is to be ignored.
    root = Path(given) if given.startswith("/") else _home(environ) / ".cache"
    return root / "sim-operator"


def _home(environ: Mapping[str, str]) -> Path:
    home = environ.get("HOME", "")
    return Path(home) if home else Path.home()


def _recipe(part: Part) -> str:
    digest = hashlib.sha256()
    digest.update((part.folder / "go.mod").read_bytes())
    digest.update((part.folder / "go.sum").read_bytes())
    digest.update(" ".join(flags(part)).encode())
    return digest.hexdigest()[:12]


@contextmanager
def locked(path: Path, name: str) -> Iterator[None]:
    """Hold a lock that the kernel releases when this process ends, however it ends."""
    with path.open("a") as file:
        waiting: Progress | None = None
        while not _try_lock(file.fileno()):
            waiting = waiting or Progress(f"another run makes {name}, waiting for it")
            if waiting.elapsed() > LOCK_LIMIT_SECONDS:
                raise ClusterError(f"another run holds {path} for too long")
            waiting.tick("not done yet")
            time.sleep(LOCK_POLL_SECONDS)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
