"""Waits until a process answers, and no longer than it lives."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.cluster.errors import ClusterError
from tests.cluster.processes import LeashedProcess

POLL_SECONDS: Final = 0.1
ANSWER_SECONDS: Final = 5.0


def wait(answers: Callable[[], bool], process: LeashedProcess, name: str, limit: float) -> None:
    """Wait until `answers` holds.

    Raises:
        ClusterError: the process ended, or `limit` seconds passed.
    """
    deadline = time.monotonic() + limit
    while not answers():
        if process.code is not None:
            raise ClusterError(f"{name} ended with code {process.code}:\n{process.tail()}")
        if time.monotonic() > deadline:
            raise ClusterError(f"{name} is not ready after {limit:.0f} s:\n{process.tail()}")
        time.sleep(POLL_SECONDS)


def apiserver_ready(port: int, authority: Path, address: str = "127.0.0.1") -> bool:
    """Ask /readyz of the API server whose certificate this authority signed."""
    context = ssl.create_default_context(cafile=str(authority))
    return _answers_well(
        http.client.HTTPSConnection(address, port, context=context, timeout=ANSWER_SECONDS),
        "/readyz",
    )


def etcd_answers(path: Path) -> bool:
    """Ask /health of the etcd behind a socket file."""
    return _answers_well(_SocketConnection(path), "/health")


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a socket file."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.connect(str(self._path))


def _answers_well(connection: http.client.HTTPConnection, path: str) -> bool:
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return False  # not there yet, or another run's server: `wait` bounds this
    finally:
        connection.close()
    healthy = path != "/health" or json.loads(body).get("health") == "true"
    return answer.status == http.HTTPStatus.OK and healthy
