"""The console as a process, as its image runs it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.integration.operator_process import STOP_SECONDS, free_port
from tests.tether import tethered

READY_SECONDS = 60.0


class ConsoleProcess:
    """One `sim-operator console`; a context manager that leaves no process behind."""

    def __init__(
        self, kubeconfig: Path, log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """`environment`: its SIM_OPERATOR_ variables, without the prefix, in small letters."""
        self.port = free_port()
        self.metrics_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = log
        self._environment = os.environ | {
            "KUBECONFIG": str(kubeconfig),
            "SIM_OPERATOR_CONSOLE_PORT": str(self.port),
            "SIM_OPERATOR_METRICS_PORT": str(self.metrics_port),
            **{
                f"SIM_OPERATOR_{name.upper()}": value for name, value in (environment or {}).items()
            },
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                tethered([sys.executable, "-m", "sim_operator", "console"]),
                env=self._environment,
                stdout=out,
                stderr=out,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            code = self._process.poll()
            assert code is None, f"the console ended with {code}:\n{self.text()}"
            assert time.monotonic() < deadline, f"the console is not ready:\n{self.text()}"
            time.sleep(0.1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        assert "Traceback" not in self.text(), self.text()

    @property
    def pid(self) -> int:
        """The process."""
        assert self._process is not None
        return self._process.pid

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
            raise AssertionError(f"the console did not stop:\n{self.text()}") from None

    def text(self) -> str:
        """Its log."""
        return self.log.read_text(errors="replace")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", timeout=5, trust_env=False).is_success
        except httpx.HTTPError:
            return False
