"""Runs a Kubernetes node inside of its namespaces: `python -m tests.cluster.node.inside`.

Everything here may end at any moment: what it started ends with the namespaces.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.cluster import readiness
from tests.cluster.binaries import ensure_binaries
from tests.cluster.certificates import Authority
from tests.cluster.commands import KubectlError, apply, kubectl
from tests.cluster.control_plane import ControlPlane, Surroundings, start_control_plane
from tests.cluster.errors import ClusterError
from tests.cluster.kubeconfig import write_client_kubeconfig
from tests.cluster.node import configuration, objects
from tests.cluster.node.place import ADDRESS, API_PORT, HOST_NAME, Identity, Place
from tests.cluster.node.programs import Programs, ensure_programs
from tests.cluster.processes import LeashedProcess
from tests.cluster.progress import say
from tests.cluster.provider import Provider

READY_LIMIT_SECONDS: Final = 120.0
RUNTIME_LIMIT_SECONDS: Final = 30.0
IMPORT_LIMIT_SECONDS: Final = 300.0
WATCH_SECONDS: Final = 0.5
POLICY_CHAIN: Final = "KUBE-ROUTER-FORWARD"
# The users of the node's parts, as the rights that Kubernetes comes with know them.
USERS: Final = {
    "kubelet": (f"system:node:{HOST_NAME}", "system:nodes"),
    "scheduler": ("system:kube-scheduler", None),
    "proxy": ("system:kube-proxy", None),
    "coredns": ("system:coredns", None),
    "router": ("system:kube-router", None),
}


class Inside:
    """The processes of the node."""

    def __init__(self, place: Place) -> None:
        """Nothing runs yet."""
        self._place = place
        self._authority = Authority(place.folder)
        self._parts: dict[str, LeashedProcess] = {}
        self._plane: ControlPlane | None = None

    def start(self, archives: Sequence[Path], pause: str, *, audit: bool) -> None:
        """Start all, load the images, and wait until the node is ready.

        Raises:
            ClusterError: a part does not start; the text has the end of its log.
        """
        self._start("containerd", configuration.runtime(self._place, pause))
        loading = self._begin_to_load(archives)
        self._plane = start_control_plane(
            ensure_binaries(Provider.BUILD, os.environ),
            provider=Provider.BUILD,
            audit=audit,
            workdir=self._place.folder,
            surroundings=Surroundings(ADDRESS, API_PORT, self._authority),
        )
        self._make_kubeconfigs(self._plane.server)
        apply(self._place.admin, objects.of_names(USERS["coredns"][0]))
        apply(self._place.admin, objects.of_policies(USERS["router"][0]))
        self._finish_to_load(loading)
        programs = ensure_programs(os.environ)
        self._start_node_parts(programs)
        self._wait(self._node_is_ready, "kubelet")
        # It wants to find the node in the cluster, with its address.
        self._start("kube-router", configuration.policies(programs.router, self._place))
        self._wait(_policies_are_enforced, "kube-router")

    def failure(self) -> str | None:
        """What has ended by itself, with the end of its log."""
        for name, process in self._parts.items():
            if process.code is not None:
                return f"{name} has ended with code {process.code}:\n{process.tail()}"
        return None if self._plane is None else self._plane.failure()

    def _start(self, name: str, command: list[str]) -> LeashedProcess:
        process = LeashedProcess(command, self._place.folder / f"{name}.log")
        self._parts[name] = process
        return process

    def _begin_to_load(self, archives: Sequence[Path]) -> LeashedProcess:
        socket = self._place.runtime_socket
        readiness.wait(
            socket.exists, self._parts["containerd"], "containerd", RUNTIME_LIMIT_SECONDS
        )
        say(f"loading {len(archives)} images")
        importing = f"ctr --address {socket} --namespace k8s.io images import"
        script = " && ".join(f"{importing} {archive}" for archive in archives)
        return LeashedProcess(["sh", "-c", script], self._place.folder / "import.log")

    def _finish_to_load(self, loading: LeashedProcess) -> None:
        deadline = time.monotonic() + IMPORT_LIMIT_SECONDS
        while loading.code is None and time.monotonic() < deadline:
            time.sleep(readiness.POLL_SECONDS)
        if loading.code != 0:
            raise ClusterError(f"the images are not loaded:\n{loading.tail()}")

    def _make_kubeconfigs(self, server: str) -> None:
        for part, (user, group) in USERS.items():
            client = self._authority.client(user, group)
            path = self._place.kubeconfig(part)
            write_client_kubeconfig(path, server, self._authority.certificate, client)

    def _start_node_parts(self, programs: Programs) -> None:
        place = self._place
        identity = Identity(
            self._authority.certificate, self._authority.serving("kubelet", ADDRESS)
        )
        commands = {
            "kubelet": configuration.kubelet(programs.kubelet, place, identity),
            "kube-scheduler": configuration.scheduler(programs.scheduler, place),
            "kube-proxy": configuration.proxy(programs.proxy, place),
            "coredns": configuration.names(programs.coredns, place),
        }
        for name, command in commands.items():
            self._start(name, command)

    def _wait(self, answers: Callable[[], bool], name: str) -> None:
        readiness.wait(answers, self._parts[name], name, READY_LIMIT_SECONDS)
        failure = self.failure()
        if failure is not None:
            raise ClusterError(failure)

    def _node_is_ready(self) -> bool:
        path = 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'
        try:
            status = kubectl(self._place.admin, "get", "node", HOST_NAME, "-o", path)
        except KubectlError:
            return False  # the kubelet has not made it yet; the wait is bounded
        return status == "True"


def _policies_are_enforced() -> bool:
    looking = ["iptables", "--list-rules", POLICY_CHAIN]
    return subprocess.run(looking, capture_output=True, check=False).returncode == 0


def main() -> int:
    """Start the node and stay until something of it ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--pause", required=True, help="image that holds a pod's namespaces")
    parser.add_argument("--audit", action="store_true")
    parser.add_argument("archives", type=Path, nargs="*", help="images to load")
    options = parser.parse_args()
    place = Place(options.folder)
    begun = time.monotonic()
    inside = Inside(place)
    try:
        inside.start(options.archives, options.pause, audit=options.audit)
    except (ClusterError, subprocess.SubprocessError, OSError) as error:
        say(str(error))
        return 1
    say(f"the node is ready after {time.monotonic() - begun:.1f} s")
    place.ready.touch()
    while (failure := inside.failure()) is None:
        time.sleep(WATCH_SECONDS)
    say(failure)
    return 1


if __name__ == "__main__":
    sys.exit(main())
