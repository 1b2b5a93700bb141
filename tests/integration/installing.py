"""`sim-operator apply` and `check` as a chart's Jobs run them: with their own rights only."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Self, TypeVar

import pytest
import yaml

from tests.cluster import Cluster, Provider, apply, choose, kubectl, start
from tests.cluster.kubeconfig import current_cluster, write_kubeconfig
from tests.integration.trials import Ended
from tests.tether import tethered

SECONDS = 90.0
GROUP = "sim-operator.io"
RBAC = "rbac.authorization.k8s.io"

Rule = dict[str, list[str]]
Found = TypeVar("Found")


def rule(*verbs: str, on: Sequence[str]) -> Rule:
    """Verbs on our resources."""
    return {"apiGroups": [GROUP], "resources": list(on), "verbs": list(verbs)}


class Command:
    """A command that runs; a context manager that leaves no process behind."""

    def __init__(self, kubeconfig: Path, *arguments: str, stdin: str = "") -> None:
        self._files = ExitStack()
        given, self._out, self._err = (self._file() for _ in range(3))
        given.write(stdin)
        given.seek(0)
        self._process = subprocess.Popen(
            tethered([sys.executable, "-m", "sim_operator", *arguments]),
            stdin=given,
            stdout=self._out,
            stderr=self._err,
            env=os.environ | {"KUBECONFIG": str(kubeconfig)},
        )

    def _file(self) -> IO[str]:
        return self._files.enter_context(TemporaryFile("w+", encoding="utf-8"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(SECONDS)
        self._files.close()

    @property
    def out(self) -> str:
        """What it has printed."""
        self._out.seek(0)
        return self._out.read()

    @property
    def err(self) -> str:
        """What it has complained about."""
        self._err.seek(0)
        return self._err.read()

    def terminate(self) -> None:
        """As Kubernetes ends a container."""
        self._process.send_signal(signal.SIGTERM)

    def says(self, words: str) -> None:
        """Wait until it has said this on standard error."""
        until(lambda: words in self.err or self._process.poll() is not None, words)
        assert words in self.err, self.err

    def ended(self) -> Ended:
        """Wait for its end."""
        code = self._process.wait(SECONDS)
        assert "Traceback" not in self.err, self.err
        return Ended(code, self.out, self.err)


def ran(kubeconfig: Path, *arguments: str, stdin: str = "") -> Ended:
    """Run a command to its end."""
    with Command(kubeconfig, *arguments, stdin=stdin) as command:
        return command.ended()


def service_account(cluster: Cluster, namespace: str, name: str, folder: Path) -> Path:
    """The kubeconfig of a ServiceAccount that may do nothing yet."""
    account = {"name": name, "namespace": namespace}
    apply(cluster.kubeconfig, {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    token = kubectl(cluster.kubeconfig, "create", "token", name, "-n", namespace).strip()
    user = {"token": token}
    return write_kubeconfig(
        folder / f"{name}.kubeconfig", current_cluster(cluster.kubeconfig), user, namespace
    )


def granted(
    cluster: Cluster, namespace: str, name: str, *rules: Rule, everywhere: bool = False
) -> None:
    """Grant a ServiceAccount rights in its namespace, or `everywhere`; returns at once."""
    kind = "ClusterRole" if everywhere else "Role"
    role = f"{namespace}-{name}"
    about: dict[str, Any] = {"name": role}
    if not everywhere:
        about["namespace"] = namespace
    version = f"{RBAC}/v1"
    binding = {
        "apiVersion": version,
        "kind": f"{kind}Binding",
        "metadata": about,
        "roleRef": {"apiGroup": RBAC, "kind": kind, "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": namespace}],
    }
    made = {"apiVersion": version, "kind": kind, "metadata": about, "rules": list(rules)}
    apply(cluster.kubeconfig, [made, binding])


@contextmanager
def bare_cluster() -> Iterator[Cluster]:
    """A cluster without our CustomResourceDefinitions."""
    if choose(os.environ).provider not in {Provider.BINARIES, Provider.BUILD}:
        pytest.skip("a cluster that others use too has all CRDs")
    started = start()
    try:
        yield started
    finally:
        started.stop()


def until(holds: Callable[[], Found], what: str, seconds: float = 40.0) -> Found:
    """Wait until something is true; what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.15)
    return found


def text(*bodies: Mapping[str, Any]) -> str:
    """Documents as a chart renders them."""
    return yaml.safe_dump_all([dict(one) for one in bodies])
