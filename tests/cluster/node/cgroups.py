"""The node's own branch of the control groups.

What runs in namespaces ends with them; control groups are the one thing that stays behind.
"""

import os
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path("/sys/fs/cgroup")
PREFIX: Final = "sim-op-"
POLL_SECONDS: Final = 0.05
LIMIT_SECONDS: Final = 15.0


def hierarchies(root: Path = ROOT) -> tuple[Path, ...]:
    """Give the folder of each hierarchy: one with version 2, one for each controller with 1."""
    if (root / "cgroup.procs").exists():
        return (root,)
    found = (one for one in sorted(root.iterdir()) if one.is_dir() and not one.is_symlink())
    return tuple(one for one in found if (one / "cgroup.procs").exists())


def make(name: str, root: Path = ROOT) -> None:
    """Make the branch in each hierarchy."""
    for hierarchy in hierarchies(root):
        (hierarchy / name).mkdir(exist_ok=True)


def branches(name: str, root: Path = ROOT) -> tuple[Path, ...]:
    """Give the folders of a branch that are there."""
    every = (hierarchy / name for hierarchy in hierarchies(root))
    return tuple(one for one in every if one.is_dir())


def remove(name: str, root: Path = ROOT, limit: float = LIMIT_SECONDS) -> None:
    """Remove the branch from each hierarchy, as soon as its last process is gone.

    Raises:
        OSError: something still runs in it after `limit` seconds.
    """
    deadline = time.monotonic() + limit
    for branch in branches(name, root):
        while True:
            try:
                _remove_tree(branch)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)


def _remove_tree(branch: Path) -> None:
    # The files in it are the kernel's and go with their folder.
    for folder, _, _ in os.walk(branch, topdown=False):
        os.rmdir(folder)  # noqa: PTH106 (os.walk gives strings)
