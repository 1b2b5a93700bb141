"""Tells what of a node is still on the machine; after `stop` it has to be nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from tests.cluster.node import cgroups
from tests.cluster.node.place import Place

NAMESPACES: Final = ("ipc", "mnt", "net", "pid", "uts")
PROC: Final = Path("/proc")
# Where programs of a node write by default: on the machine itself nothing of it may appear.
FIXED_PLACES: Final = tuple(
    Path(place)
    for place in (
        "/run/containerd",
        "/run/netns",
        "/usr/libexec/kubernetes",
        "/var/lib/cni",
        "/var/lib/containerd",
        "/var/lib/kubelet",
        "/var/log/containers",
        "/var/log/pods",
    )
)


@dataclass(frozen=True, slots=True)
class Footprint:
    """What a node is made of, and what the machine was before it."""

    name: str
    folder: Path
    namespaces: Mapping[str, str]
    places_before: frozenset[str]
    links_before: frozenset[str]


@dataclass(frozen=True, slots=True)
class Machine:
    """What of a machine a node might change; to be looked at before it starts."""

    places: frozenset[str]
    links: frozenset[str]


def look_at_machine() -> Machine:
    """Look at the fixed places and the network links as they are."""
    return Machine(frozenset(_entries(FIXED_PLACES)), frozenset(_links()))


def footprint(place: Place, before: Machine) -> Footprint:
    """Note what a node is made of; its first process has to run."""
    pid = place.pid.read_text(encoding="ascii")
    return Footprint(
        name=place.name,
        folder=place.folder,
        namespaces={kind: _namespace(pid, kind) for kind in NAMESPACES},
        places_before=before.places,
        links_before=before.links,
    )


def leftovers(of: Footprint, stopped_at: float) -> tuple[str, ...]:
    """Give one line for each thing that is still there.

    Args:
        of: what the node was made of.
        stopped_at: seconds since the epoch when its end began; the kernel gives the numbers of
            namespaces that are gone to new ones, so what began later is somebody else's.
    """
    now = look_at_machine()
    return (
        *(f"process {line}" for line in _processes(of.namespaces, stopped_at)),
        *(f"mount {line}" for line in _mounts(of.folder)),
        *(f"control group {branch}" for branch in cgroups.branches(of.name)),
        *(f"file {place}" for place in sorted(now.places - of.places_before)),
        *(f"link {link}" for link in sorted(now.links - of.links_before)),
        *([f"folder {of.folder}"] if of.folder.exists() else []),
    )


def _entries(places: Iterable[Path]) -> Iterator[str]:
    for place in places:
        if place.exists():
            yield str(place)
            yield from (str(entry) for entry in place.iterdir())


def _links() -> Iterator[str]:
    for link in Path("/sys/class/net").iterdir():
        yield link.name


def _namespace(pid: str, kind: str) -> str:
    return str((PROC / pid / "ns" / kind).readlink())


def _processes(namespaces: Mapping[str, str], stopped_at: float) -> Iterator[str]:
    for process in psutil.process_iter():
        try:
            own = {kind: _namespace(str(process.pid), kind) for kind in namespaces}
            command = " ".join(process.cmdline())
            begun = process.create_time()
        except (OSError, psutil.Error):
            continue  # it has just ended
        shared = [kind for kind, it in namespaces.items() if own[kind] == it]
        if shared and begun < stopped_at:
            yield f"{process.pid} in the node's {', '.join(shared)}: {command}"


def _mounts(folder: Path) -> Iterator[str]:
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        if str(folder) in line:
            yield line
