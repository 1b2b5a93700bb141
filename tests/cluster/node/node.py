"""A Kubernetes node on this machine, shut in: nothing of it reaches out, nothing stays behind."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.cluster.binaries import ensure_binaries
from tests.cluster.errors import ClusterError
from tests.cluster.kubeconfig import current_cluster
from tests.cluster.node.cgroups import PREFIX
from tests.cluster.node.images import ROOT, Image, pause_image
from tests.cluster.node.packages import IMAGES, RUNNING, ensure_packages
from tests.cluster.node.place import Place
from tests.cluster.node.programs import ensure_programs
from tests.cluster.processes import LeashedProcess
from tests.cluster.progress import Progress
from tests.cluster.provider import Provider

START_LIMIT_SECONDS: Final = 300.0
POLL_SECONDS: Final = 0.1
GRACE_SECONDS: Final = 30.0
COMMAND_LIMIT_SECONDS: Final = 300.0
# The folder is mounted over these, or they over it, inside of the node.
HIDDEN: Final = (Path("/run"), Path("/var/lib"), Path("/var/log"))


class Node:
    """A node with its control plane; see `Cluster`. To be had from `start_node`."""

    def __init__(self, place: Place, keeper: LeashedProcess, *, audit: bool, kept: bool) -> None:
        """It starts already."""
        self.provider = Provider.BUILD
        self.place = place
        self.kubeconfig = place.admin
        self.audit_log = place.audit_log if audit else None
        self._keeper = keeper
        self._kept = kept

    @property
    def server(self) -> str:
        """URL of the API server; it answers inside only."""
        return str(current_cluster(self.kubeconfig)["server"])

    def inside(self, command: Sequence[str]) -> list[str]:
        """Give a command as it has to be called to reach the node's addresses."""
        return ["nsenter", f"--net=/proc/{self._pid()}/ns/net", "--", *command]

    def load(self, image: Image) -> None:
        """Load an image.

        Raises:
            ClusterError: containerd refuses it.
        """
        self._images("import", str(image.archive))

    def tag(self, name: str, new: str) -> None:
        """Give a loaded image a second name.

        Raises:
            ClusterError: there is no such image.
        """
        # containerd keeps a name without a host under that of the default registry.
        full = [one for one in self._images("ls", "--quiet").split() if one.endswith(f"/{name}")]
        if not full:
            raise ClusterError(f"the node has no image {name}")
        self._images("tag", "--force", full[0], full[0].removesuffix(name) + new)

    def wait(self) -> None:
        """Wait until the node is ready.

        Raises:
            ClusterError: it does not get ready; the text has the end of its output.
        """
        progress = Progress("starting a Kubernetes node")
        while not self.place.ready.exists():
            failure = self.failure()
            if failure is not None:
                raise ClusterError(failure)
            if progress.elapsed() > START_LIMIT_SECONDS:
                raise ClusterError(f"the node is not ready:\n{self._keeper.tail()}")
            progress.tick(self._keeper.tail(1).removeprefix("cluster: "))
            time.sleep(POLL_SECONDS)
        progress.done()

    def failure(self) -> str | None:
        """What has ended by itself."""
        if self._keeper.code is None:
            return None
        return f"the node has ended with code {self._keeper.code}:\n{self._keeper.tail()}"

    def restart_apiserver(self) -> None:
        """Refuse: all of the node stands and falls together."""
        raise ClusterError("the API server of a node is not restarted; use the control plane alone")

    def stop(self) -> None:
        """End everything, at once."""
        self._keeper.stop()
        if not self._kept:
            shutil.rmtree(self.place.folder, ignore_errors=True)

    def _pid(self) -> str:
        return self.place.pid.read_text(encoding="ascii")

    def _images(self, *arguments: str) -> str:
        socket = self.place.runtime_socket
        command = ["ctr", "--address", str(socket), "--namespace", "k8s.io", "images", *arguments]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_LIMIT_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise ClusterError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout


def prepare_node() -> None:
    """Install and build what a node needs and this machine lacks.

    Raises:
        ClusterError: something cannot be had; the text says what to do.
    """
    if sys.platform != "linux":
        raise ClusterError("a node needs Linux; elsewhere install Docker and kind")
    ensure_packages((*RUNNING, *IMAGES))
    if os.geteuid() != 0:
        raise ClusterError("a node needs root; run as root, or install Docker and kind")
    ensure_binaries(Provider.BUILD, os.environ)
    ensure_programs(os.environ)


def start_node(
    images: Sequence[Image], *, audit: bool = False, workdir: Path | None = None
) -> Node:
    """Start a node that has these images, and wait until it is ready.

    Args:
        images: besides the one that every pod needs.
        audit: whether the API server keeps an audit log.
        workdir: where the folder of its files goes, which is kept. Without it a temporary one is
            used and removed.

    Raises:
        ClusterError: it does not start; the text says why.
    """
    prepare_node()
    pause = pause_image(os.environ)
    place = Place(_folder(workdir))
    archives = [str(image.archive) for image in (pause, *images)]
    python = [sys.executable, "-m"]
    inside = [*python, "tests.cluster.node.inside", "--folder", str(place.folder)]
    inside += ["--pause", pause.name, *(["--audit"] if audit else []), *archives]
    keeping = [*python, "tests.cluster.node.keeper", "--name", place.name]
    keeper = LeashedProcess(
        [*keeping, "--folder", str(place.folder), "--", *inside],
        place.log,
        folder=ROOT,
        grace=GRACE_SECONDS,
        sweep=place.folder if workdir is None else None,
    )
    node = Node(place, keeper, audit=audit, kept=workdir is not None)
    try:
        node.wait()
    except BaseException:
        node.stop()
        raise
    return node


def _folder(workdir: Path | None) -> Path:
    if workdir is None:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    else:
        folder = workdir.resolve() / f"{PREFIX}{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700, parents=True)
    if any(folder.is_relative_to(hidden) for hidden in HIDDEN):
        folder.rmdir()
        raise ClusterError(f"a node cannot keep its files in {folder.parent}; set TMPDIR=/tmp")
    return folder
