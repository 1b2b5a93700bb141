"""The console as a process, as its image runs it: its ServiceAccount, its environment, its end."""

import os
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

READY_SECONDS = 60.0
STOP_SECONDS = 20.0


class ConsoleProcess:
    """One `sim-operator console`; a context manager that leaves no process behind."""

    def __init__(self, kubeconfig: Path, log: Path, environment: Mapping[str, str]) -> None:
        """`environment`: its SIM_OPERATOR_ variables, without the prefix, in small letters."""
        self._port = _free_port()
        self.log = log
        self._environment = os.environ | {
            "KUBECONFIG": str(kubeconfig),
            "SIM_OPERATOR_CONSOLE_PORT": str(self._port),
            "SIM_OPERATOR_METRICS_PORT": str(_free_port()),
            **{f"SIM_OPERATOR_{name.upper()}": value for name, value in environment.items()},
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its pages are; no slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                tethered([sys.executable, "-m", "sim_operator", "console"]),
                env=self._environment,
                stdout=out,
                stderr=out,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            code = self._process.poll()
            if code is not None or time.monotonic() > deadline:
                self._end()
                raise AssertionError(f"the console is not ready ({code}):\n{self.text()}")
            time.sleep(0.1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()
        assert "Traceback" not in self.text(), self.text()

    def text(self) -> str:
        """What it has logged."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as answer:  # noqa: S310 - loopback
                return bool(answer.status == 200)
        except (urllib.error.HTTPError, OSError):
            return False

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
