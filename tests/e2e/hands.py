"""What a person does to a cluster: kubectl, helm, and looks by HTTP."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import yaml

from tests.cluster.binaries import ensure_built
from tests.cluster.processes import LeashedProcess
from tests.cluster.tools import HELM
from tests.e2e.ground import Ground

CHART: Final = Path(__file__).parents[2] / "charts" / "sim-operator"
NAMESPACE: Final = "sim-operator"
RELEASE: Final = "sim-operator"
PATIENCE_SECONDS: Final = 90.0
COMMAND_LIMIT_SECONDS: Final = 400.0
POLL_SECONDS: Final = 0.3
Json = dict[str, Any]
Found = TypeVar("Found")


class CommandError(AssertionError):
    """A command that had to succeed failed; the text is what it said."""


class Hands:
    """Everything reaches the cluster through the ground; close it at the end."""

    def __init__(self, ground: Ground, folder: Path) -> None:
        """Open a way to the API server that stays open."""
        self._ground = ground
        self._folder = folder
        self._helm = str(ensure_built(HELM, os.environ))
        socket = folder / "api.sock"
        proxy = ["kubectl", f"--kubeconfig={ground.kubeconfig}", "proxy", f"--unix-socket={socket}"]
        self._proxy = LeashedProcess(ground.reaching(proxy), folder / "proxy.log")
        self.until(socket.exists, "kubectl proxy listens")
        transport = httpx.HTTPTransport(uds=str(socket))
        self.http = httpx.Client(transport=transport, base_url="http://localhost", timeout=60)

    def close(self) -> None:
        """Close the way."""
        self.http.close()
        self._proxy.stop()

    # Commands

    def kubectl(self, *args: str, stdin: str = "", may_fail: bool = False) -> str:
        """Run kubectl; what it printed, errors too."""
        command = ["kubectl", f"--kubeconfig={self._ground.kubeconfig}", *args]
        return self._run(command, stdin, may_fail=may_fail)

    def helm(self, *args: str, may_fail: bool = False) -> str:
        """Run helm in the release's namespace; what it printed, errors too."""
        where = [f"--kubeconfig={self._ground.kubeconfig}", f"--namespace={NAMESPACE}"]
        return self._run([self._helm, *where, *args], "", may_fail=may_fail)

    def helm_fails(self, *args: str) -> str:
        """Run helm where it has to fail; what it printed."""
        try:
            said = self.helm(*args)
        except CommandError as error:
            return str(error)
        raise AssertionError(f"helm {' '.join(args)} did not fail:\n{said}")

    def on_node(self, *command: str) -> str:
        """Run a command as root in the network of the node."""
        return self._finished(self._ground.on_node(command), "", may_fail=False)

    def _run(self, command: Sequence[str], stdin: str, *, may_fail: bool) -> str:
        return self._finished(self._ground.reaching(command), stdin, may_fail=may_fail)

    def _finished(self, command: Sequence[str], stdin: str, *, may_fail: bool) -> str:
        own = {f"HELM_{name}_HOME": str(self._folder) for name in ("CACHE", "CONFIG", "DATA")}
        done = subprocess.run(
            command,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_LIMIT_SECONDS,
            env={**os.environ, **own},
            check=False,
        )
        if done.returncode != 0 and not may_fail:
            raise CommandError(f"{' '.join(command)}: code {done.returncode}\n{done.stdout}")
        return done.stdout

    def values(self, values: Mapping[str, Any], name: str = "values") -> str:
        """Write values into a file; its path."""
        path = self._folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(dict(values)), encoding="utf-8")
        return str(path)

    # Looks

    def get(self, path: str, **query: str) -> Json | None:
        """The JSON at a path of the API; None for 404."""
        answer = self.http.get(path, params=query)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def items(self, path: str, **query: str) -> list[Json]:
        """The objects at a path of the API; none where there is no such kind."""
        listed = self.get(path, **query) or {}
        found: list[Json] = listed.get("items") or []
        return found

    def apply(self, *objects: Mapping[str, Any]) -> None:
        """Apply objects as a person does, client-side."""
        text = yaml.safe_dump_all([dict(one) for one in objects])
        self.kubectl("apply", "--filename=-", stdin=text)

    def service(self, name: str, port: int) -> str:
        """Path of a Service of the release, through the API server."""
        return f"/api/v1/namespaces/{NAMESPACE}/services/{name}:{port}/proxy"

    def pods(self, component: str) -> list[Json]:
        """Pods of one component of the release that are not about to go."""
        label = f"app.kubernetes.io/component={component}"
        found = self.items(f"/api/v1/namespaces/{NAMESPACE}/pods", labelSelector=label)
        return [one for one in found if "deletionTimestamp" not in one["metadata"]]

    # Waiting

    def until(
        self, holds: Callable[[], Found], what: str, seconds: float = PATIENCE_SECONDS
    ) -> Found:
        """Wait until something is true; what it gave.

        An error of HTTP counts as not yet: pods come and go, and the last one is told.
        """
        deadline = time.monotonic() + seconds
        last: object = None
        while True:
            try:
                found = holds()
            except httpx.HTTPError as error:
                last = error
            else:
                if found:
                    return found
                last = found
            if failure := self._ground.failure():
                raise AssertionError(failure)
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:g} s: {what} ({last!r})\n{self.scene()}")
            time.sleep(POLL_SECONDS)

    def scene(self) -> str:
        """What a person would look at first."""
        looks = (
            ("get", "pods,jobs,leases", f"--namespace={NAMESPACE}", "--output=wide"),
            ("get", "simaccounts,quotapolicies", "--all-namespaces"),
            ("get", "sims", "--all-namespaces", "--sort-by=.status.conditions[0].reason"),
            ("get", "events", f"--namespace={NAMESPACE}", "--sort-by=.lastTimestamp"),
            *(
                ("logs", f"--namespace={NAMESPACE}", f"--selector={label}", "--tail=25", "--prefix")
                for label in _labels(
                    ("operator", "console", "job", "test", "simulator", "prometheus")
                )
            ),
        )
        return "\n".join(
            f"$ kubectl {' '.join(look)}\n{self.kubectl(*look, may_fail=True)}" for look in looks
        )


def _labels(components: Iterable[str]) -> Iterable[str]:
    return (f"app.kubernetes.io/component={component}" for component in components)


def condition(status: Mapping[str, Any], type_: str = "Ready") -> Json:
    """One condition of an object's status; empty where it is not there."""
    found: Sequence[Json] = status.get("conditions") or ()
    return next((one for one in found if one["type"] == type_), {})


def parsed(text: str) -> Any:
    """JSON of a command."""
    return json.loads(text)
