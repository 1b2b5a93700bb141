"""A control plane of three processes: etcd, kube-apiserver and kube-controller-manager.

etcd listens on a socket file, not on a port: two runs that pick the same port at the same moment
could otherwise end with the API server of one on the data of the other.
"""

import random
import shutil
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster import commandlines, readiness
from tests.cluster.binaries import Binaries
from tests.cluster.certificates import Authority, KeyPair, service_account_keys
from tests.cluster.commandlines import LOOPBACK, Layout
from tests.cluster.errors import ClusterError
from tests.cluster.kubeconfig import write_client_kubeconfig
from tests.cluster.processes import LeashedProcess
from tests.cluster.progress import say
from tests.cluster.provider import Provider

# Below the range from which outgoing connections take theirs: a restart finds its port free.
PORTS: Final = range(20000, 30000)
PORT_ATTEMPTS: Final = 5
ETCD_LIMIT_SECONDS: Final = 30.0
APISERVER_LIMIT_SECONDS: Final = 90.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where nodes are: where they reach the API server, and who signs for them."""

    address: str
    port: int
    authority: Authority


@dataclass(frozen=True, slots=True)
class _Owner:
    """What is needed to start, and to start again."""

    binaries: Binaries
    layout: Layout
    admin: KeyPair
    temporary: bool
    port: int | None


class ControlPlane:
    """A control plane of this machine's own; see `Cluster`."""

    def __init__(self, owner: _Owner, provider: Provider) -> None:
        """Hold what is needed; nothing runs yet."""
        self.provider = provider
        self.kubeconfig = owner.layout.folder / "admin.kubeconfig"
        self.server = ""
        self.audit_log = owner.layout.audit_log
        self._owner = owner
        self._port = 0
        self._etcd: LeashedProcess | None = None
        self._apiserver: LeashedProcess | None = None
        self._controllers: LeashedProcess | None = None

    def start(self) -> None:
        """Start all three; the controllers may follow after the API server answers."""
        self.start_etcd()
        self._start_apiserver_on_a_free_port()
        self._start_controllers()

    def _start_controllers(self) -> None:
        layout, controllers = self._owner.layout, self._owner.binaries.controller_manager
        self._controllers = LeashedProcess(
            commandlines.controller_manager(controllers, layout),
            layout.folder / "kube-controller-manager.log",
        )

    def _stop_controllers(self) -> None:
        if self._controllers is not None:
            self._controllers.stop()
            self._controllers = None

    def start_etcd(self) -> None:
        """Start etcd on the data that is there."""
        layout = self._owner.layout
        # A leftover of a killed one would let connections be refused instead of awaited.
        layout.etcd_socket.unlink(missing_ok=True)
        self._etcd = LeashedProcess(
            commandlines.etcd(self._owner.binaries.etcd, layout),
            layout.folder / "etcd.log",
            # Of the processes of a killed owner one has to remove the temporary folder.
            sweep=layout.folder if self._owner.temporary else None,
        )
        readiness.wait(
            lambda: readiness.etcd_answers(layout.etcd_socket),
            self._etcd,
            "etcd",
            ETCD_LIMIT_SECONDS,
        )

    def stop_etcd(self) -> None:
        """Stop etcd and keep its data."""
        if self._etcd is not None:
            self._etcd.stop()
            self._etcd = None

    def start_apiserver(self) -> None:
        """Start the API server on the port it had, and wait until it is ready."""
        layout = self._owner.layout
        log = layout.folder / "kube-apiserver.log"
        self._apiserver = LeashedProcess(
            commandlines.apiserver(self._owner.binaries.apiserver, layout, self._port), log
        )
        readiness.wait(
            lambda: readiness.apiserver_ready(self._port, layout.authority, layout.address),
            self._apiserver,
            "kube-apiserver",
            APISERVER_LIMIT_SECONDS,
        )

    def stop_apiserver(self) -> None:
        """Stop the API server; clients are refused until it is started again."""
        if self._apiserver is not None:
            self._apiserver.stop()
            self._apiserver = None

    def restart_apiserver(self) -> None:
        """Stop the API server and start it again on the same port and data.

        The controllers go down and come up with it: they end by themselves when they lose it at a
        bad moment, and nobody else is here to start them again.
        """
        self._stop_controllers()
        self.stop_apiserver()
        self.start_apiserver()
        self._start_controllers()

    def restart_etcd(self) -> None:
        """Stop etcd and start it again on the same socket and data."""
        self.stop_etcd()
        self.start_etcd()

    def failure(self) -> str | None:
        """What has ended by itself, with the end of its log."""
        running = {
            "etcd": self._etcd,
            "kube-apiserver": self._apiserver,
            "kube-controller-manager": self._controllers,
        }
        for name, process in running.items():
            if process is not None and process.code is not None:
                return f"{name} has ended with code {process.code}:\n{process.tail()}"
        return None

    def stop(self) -> None:
        """Stop all, in the order in which they depend on each other."""
        for process in (self._controllers, self._apiserver):
            if process is not None:
                process.ask_to_stop()
        self._stop_controllers()
        self.stop_apiserver()
        self.stop_etcd()
        if self._owner.temporary:
            shutil.rmtree(self._owner.layout.folder, ignore_errors=True)

    def _start_apiserver_on_a_free_port(self) -> None:
        layout = self._owner.layout
        for attempt in range(1, PORT_ATTEMPTS + 1):
            self._port = self._owner.port or free_port()
            self.server = f"https://{layout.address}:{self._port}"
            write_client_kubeconfig(
                self.kubeconfig, self.server, layout.authority, self._owner.admin
            )
            write_client_kubeconfig(
                layout.controllers_kubeconfig, self.server, layout.authority, layout.controllers
            )
            try:
                self.start_apiserver()
            except ClusterError as error:
                self.stop_apiserver()
                if "address already in use" not in str(error) or attempt == PORT_ATTEMPTS:
                    raise
                say(f"port {self._port} was taken in the meantime, trying another")
                continue
            return


def start_control_plane(
    binaries: Binaries,
    *,
    provider: Provider,
    audit: bool,
    workdir: Path | None,
    surroundings: Surroundings | None = None,
) -> ControlPlane:
    """Start a control plane whose API server is ready; without surroundings it stands alone.

    Raises:
        ClusterError: a process does not start; the text has the end of its log.
    """
    begun = time.monotonic()
    # Short, for the path of a socket may have no more than 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="sim-op-")) if workdir is None else workdir.resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    plane = ControlPlane(_prepare(binaries, folder, audit, workdir is None, surroundings), provider)
    try:
        plane.start()
    except BaseException:
        plane.stop()
        raise
    say(f"kube-apiserver is ready at {plane.server} after {time.monotonic() - begun:.1f} s")
    return plane


def _prepare(
    binaries: Binaries,
    folder: Path,
    audit: bool,
    temporary: bool,
    surroundings: Surroundings | None,
) -> _Owner:
    address = LOOPBACK if surroundings is None else surroundings.address
    authority = Authority(folder) if surroundings is None else surroundings.authority
    kubelet_client = None
    if surroundings is not None:
        kubelet_client = authority.client("kube-apiserver-kubelet-client", "system:masters")
    layout = Layout(
        folder=folder,
        authority=authority.certificate,
        serving=authority.serving("kube-apiserver", address),
        controllers=authority.client("system:kube-controller-manager", None),
        service_accounts=service_account_keys(folder),
        audit=audit,
        address=address,
        kubelet_client=kubelet_client,
    )
    admin = authority.client("sim-operator-test-admin", "system:masters")
    port = None if surroundings is None else surroundings.port
    return _Owner(binaries, layout, admin, temporary, port)


def free_port() -> int:
    """Give a port of 127.0.0.1 that nobody listens on now."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ClusterError(f"no free port among 100 of {PORTS.start} to {PORTS.stop - 1}")
