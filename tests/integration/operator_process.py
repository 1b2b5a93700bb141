"""The operator as a process, as its image runs it.

Its ServiceAccount, its environment, its signals.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.tether import tethered

READY_SECONDS = 40.0
STOP_SECONDS = 20.0


class OperatorProcess:
    """One `sim-operator run`; a context manager that leaves no process behind."""

    def __init__(
        self, kubeconfig: Path, log: Path, environment: Mapping[str, str], *, verb: str = "run"
    ) -> None:
        """`environment`: its SIM_OPERATOR_ variables, without the prefix, in small letters.

        `verb`: what else of the image to run that has the same probes, such as the console.
        """
        self._verb = verb
        self.port = free_port()
        self.hooks_port = free_port()
        self.log = log
        self._settings = (kubeconfig, environment)
        self._environment = os.environ | {
            "KUBECONFIG": str(kubeconfig),
            "SIM_OPERATOR_METRICS_PORT": str(self.port),
            "SIM_OPERATOR_HOOKS_PORT": str(self.hooks_port),
            **{f"SIM_OPERATOR_{name.upper()}": value for name, value in environment.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def replica(self, log: Path, kubeconfig: Path | None = None) -> "OperatorProcess":
        """Another one with the same settings and a port of its own; not started."""
        own, environment = self._settings
        return OperatorProcess(kubeconfig or own, log, environment)

    def set(self, name: str, value: str) -> None:
        """Another setting, by its name without the prefix; before it is started."""
        assert self._process is None, "the operator runs already"
        kubeconfig, environment = self._settings
        self._settings = kubeconfig, {**environment, name: value}
        self._environment[f"SIM_OPERATOR_{name.upper()}"] = value

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, *, ready: bool = True) -> None:
        """Start it, and wait until `/readyz` says so."""
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                tethered([sys.executable, "-m", "sim_operator", self._verb]),
                env=self._environment,
                stdout=out,
                stderr=out,
            )
        if ready:
            self.wait_until_ready()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while self.get("/readyz")[0] != 200:
            assert self._process is not None
            code = self._process.poll()
            assert code is None, f"the operator ended with {code}:\n{self.text()}"
            assert time.monotonic() < deadline, f"the operator is not ready:\n{self.text()}"
            time.sleep(0.1)

    def stop(self) -> int | None:
        """End it as Kubernetes does; its exit code. Killed where it does not end."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"the operator did not stop:\n{self.text()}") from None

    def kill(self) -> None:
        """End it without a warning, as a node that fails does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def wait(self, seconds: float) -> int:
        """Wait for it to end by itself; its exit code."""
        assert self._process is not None
        code = self._process.wait(seconds)
        self._process = None
        return code

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page of the operator; 0 where nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def metric(self, name: str, /, **labels: str) -> float:
        """The sum of a metric's samples that carry these labels."""
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            found = re.fullmatch(r"([a-zA-Z_:0-9]+)(?:\{(.*)\})? (\S+)", line)
            if found is None or found[1] != name:
                continue
            if all(f'{label}="{value}"' in (found[2] or "") for label, value in labels.items()):
                total += float(found[3])
        return total

    def text(self) -> str:
        """What it has logged."""
        return self.log.read_text(encoding="utf-8", errors="replace")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
