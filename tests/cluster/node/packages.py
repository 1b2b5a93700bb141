"""What the node needs of the distribution: installed where it is missing, as root, by apt-get."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.errors import ClusterError
from tests.cluster.node.watched import watched

SEARCHED: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Package:
    """A package of Debian and Ubuntu, and a file that tells that it is there.

    `proof` is a program on the search path, or an absolute path.
    """

    name: str
    proof: str


RUNNING: Final = (
    Package("containerd", "containerd"),
    Package("runc", "runc"),
    Package("containernetworking-plugins", "/usr/lib/cni/bridge"),
    Package("iptables", "iptables"),
    Package("iproute2", "ip"),
    Package("ipset", "ipset"),  # kube-router keeps the peers of NetworkPolicies in them
    Package("conntrack", "conntrack"),  # kube-proxy clears entries of Services that moved
    Package("ethtool", "ethtool"),
    Package("socat", "socat"),  # kubectl port-forward
)
IMAGES: Final = (
    Package("buildah", "buildah"),
    Package("busybox-static", "/bin/busybox"),
    Package("mmdebstrap", "mmdebstrap"),
)

Installer = Callable[[tuple[str, ...]], None]


def missing(packages: Iterable[Package], search: str = SEARCHED) -> tuple[str, ...]:
    """Give the names of the packages whose proof is not there."""
    return tuple(one.name for one in packages if not _present(one.proof, search))


def _present(proof: str, search: str) -> bool:
    if proof.startswith("/"):
        return Path(proof).exists()
    return shutil.which(proof, path=search) is not None


def ensure_packages(packages: Iterable[Package], install: Installer | None = None) -> None:
    """Install the packages that are missing.

    Raises:
        ClusterError: one is missing and cannot be installed; the text says what to do.
    """
    wanted = tuple(packages)
    lacking = missing(wanted)
    if not lacking:
        return
    (install or install_with_apt)(lacking)
    still = missing(wanted)
    if still:
        proofs = ", ".join(f"{one.proof} of {one.name}" for one in wanted if one.name in still)
        raise ClusterError(f"installed, and yet not there: {proofs}")


def install_with_apt(names: tuple[str, ...]) -> None:
    """Install packages by apt-get.

    Raises:
        ClusterError: not root, no apt-get, or it fails (with the end of its output).
    """
    listed = " ".join(names)
    if shutil.which("apt-get", path=SEARCHED) is None:
        raise ClusterError(
            f"the node needs {listed}, and there is no apt-get to install them with; "
            "install what your distribution calls them"
        )
    if os.geteuid() != 0:
        raise ClusterError(
            f"the node needs {listed}. Run as root, or install them: sudo apt-get install {listed}"
        )
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with tempfile.TemporaryDirectory(prefix="sim-op-") as folder:
        log = Path(folder) / "apt.log"
        watched(["apt-get", "update"], log, "apt-get update", environ=environ)
        command = ["apt-get", "install", "--yes", "--no-install-recommends", *names]
        watched(command, log, f"apt-get install {listed}", environ=environ)
