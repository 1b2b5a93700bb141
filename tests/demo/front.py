"""The console on the stage: its process, its history, and somebody who may look in."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.cluster import apply, kubectl
from tests.demo.fleet import NotAsExpectedError
from tests.tether import tethered

NAMESPACE: Final = "sim-operator"
RECORDER: Final = f"system:serviceaccount:{NAMESPACE}:sim-operator"
AUDIENCE: Final = "sim-operator-history"
PERSON: Final = "ann"
_READY_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Front:
    """Where the console is, and the token of somebody who may use it."""

    url: str
    token: str
    process: subprocess.Popen[bytes]
    log: Path

    def get(self, path: str) -> Any:
        """What the REST API answers to that person.

        Raises:
            NotAsExpectedError: it did not answer, or not with 200.
        """
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.url}{path}", headers={"Authorization": f"Bearer {self.token}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                return json.loads(answer.read())
        except (urllib.error.URLError, OSError) as error:
            raise NotAsExpectedError(f"the console does not answer {path}: {error}") from error


def delivery_token(kubeconfig: Path, folder: Path) -> Path:
    """A file with the token by which the console knows the operator, as a kubelet would put it."""
    kubectl_token = ("create", "token", "sim-operator", f"--namespace={NAMESPACE}")
    token = kubectl(kubeconfig, *kubectl_token, f"--audience={AUDIENCE}", "--duration=12h")
    file = folder / "history-token"
    file.touch(mode=0o600)
    file.write_text(token.strip(), encoding="utf-8")
    return file


def person_token(kubeconfig: Path) -> str:
    """Of a ServiceAccount that stands for a person who looks after every SIM."""
    role = f"{NAMESPACE}:{PERSON}"
    group = "rbac.authorization.k8s.io"
    kinds = ["sims", "simaccounts", "quotapolicies"]
    account = {"kind": "ServiceAccount", "name": PERSON, "namespace": NAMESPACE}
    apply(
        kubeconfig,
        [
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _named(PERSON, NAMESPACE)},
            {
                "apiVersion": f"{group}/v1",
                "kind": "ClusterRole",
                "metadata": _named(role),
                "rules": [
                    _rule("sim-operator.io", kinds, "get", "list", "watch", "patch"),
                    _rule("", ["events"], "list"),
                ],
            },
            {
                "apiVersion": f"{group}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": _named(role),
                "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
                "subjects": [account],
            },
        ],
    )
    token = kubectl(
        kubeconfig, "create", "token", PERSON, f"--namespace={NAMESPACE}", "--duration=12h"
    )
    return token.strip()


def _named(name: str, namespace: str = "") -> dict[str, str]:
    return {"name": name} | ({"namespace": namespace} if namespace else {})


def _rule(group: str, resources: list[str], *verbs: str) -> dict[str, list[str]]:
    return {"apiGroups": [group], "resources": resources, "verbs": list(verbs)}


@contextmanager
def console_process(
    kubeconfig: Path, port: int, metrics_port: int, folder: Path, clock_url: str
) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`sim-operator console` with an empty history of one file; it, and its log."""
    for old in folder.glob("history.db*"):
        old.unlink()
    environment = os.environ | {
        "KUBECONFIG": str(kubeconfig),
        "SIM_OPERATOR_CONSOLE_PORT": str(port),
        "SIM_OPERATOR_METRICS_PORT": str(metrics_port),
        "SIM_OPERATOR_DATABASE_URL": f"sqlite:///{folder / 'history.db'}",
        "SIM_OPERATOR_RECORDER": RECORDER,
        "SIM_OPERATOR_CLOCK_URL": clock_url,
    }
    log = folder / "console.log"
    with log.open("wb") as out:
        command = [sys.executable, "-m", "sim_operator", "console"]
        process = subprocess.Popen(tethered(command), env=environment, stdout=out, stderr=out)
        try:
            _until_ready(process, f"http://127.0.0.1:{port}/health", log)
            yield process, log
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while True:
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotAsExpectedError(f"the console does not start: see {log}")
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)


def month_known(front: Front, month: str) -> dict[str, Any] | None:
    """The sum of a month (`YYYY-MM`) in the history; None where nothing of it is known."""
    rows: list[dict[str, Any]] = front.get(f"/api/v1/usage?by=month&month={month}")["items"]
    return next((row for row in rows if row["knownDays"]), None)


def until_filled(front: Front, months: list[str], seconds: float) -> dict[str, dict[str, Any]]:
    """Wait until whole months that are over have reached the history; their sums.

    Raises:
        NotAsExpectedError: a day of them is missing after so many seconds.
    """
    deadline = time.monotonic() + seconds
    while True:
        known = {month: month_known(front, month) for month in months}
        filled = {month: row for month, row in known.items() if row and not row["missingDays"]}
        if len(filled) == len(months):
            return filled
        if time.monotonic() > deadline:
            raise NotAsExpectedError(f"the history has gaps: {known}")
        time.sleep(1.0)
