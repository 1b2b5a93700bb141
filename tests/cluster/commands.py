"""Runs kubectl: what a person at a terminal would type, with the same answers."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.cluster.errors import ClusterError
from tests.cluster.provider import given_binary

TIMEOUT_SECONDS: Final = 60.0
FIELD_MANAGER: Final = "sim-operator-tests"


class KubectlError(ClusterError):
    """kubectl ended with an error; the text is what it said, `output` what it printed."""

    def __init__(self, message: str, output: str = "") -> None:
        """Keep what was printed: some commands answer "no" with an exit code and a word."""
        super().__init__(message)
        self.output = output


def kubectl(
    kubeconfig: Path, *args: str, stdin: str | None = None, timeout: float = TIMEOUT_SECONDS
) -> str:
    """Run kubectl and give what it printed.

    Args:
        kubeconfig: whose cluster and user.
        args: its arguments; never a secret, everybody on the machine can read them.
        stdin: text for `-f -`.
        timeout: seconds until it is given up.

    Raises:
        KubectlError: it failed or took too long.
        ClusterError: there is no kubectl.
    """
    command = [_program(), "--kubeconfig", str(kubeconfig), *args]
    try:
        done = subprocess.run(
            command,
            input=stdin or "",
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise KubectlError(f"kubectl {' '.join(args)}: no end after {timeout:.0f} s") from expired
    if done.returncode != 0:
        raise KubectlError(f"kubectl {' '.join(args)}: {done.stderr.strip()}", done.stdout)
    return done.stdout


def apply(kubeconfig: Path, what: Path | Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> str:
    """Apply a file, a folder of files, one object or several, server-side.

    Raises:
        KubectlError: the API server refuses one.
    """
    command = ["apply", "--server-side", "--force-conflicts", f"--field-manager={FIELD_MANAGER}"]
    if isinstance(what, Path):
        return kubectl(kubeconfig, *command, "-f", str(what))
    documents = [what] if isinstance(what, Mapping) else list(what)
    text = yaml.safe_dump_all([dict(document) for document in documents])
    return kubectl(kubeconfig, *command, "-f", "-", stdin=text)


def _program() -> str:
    given = given_binary("kubectl", os.environ)
    program = shutil.which("kubectl") if given is None else str(given)
    if program is None:
        raise ClusterError(
            "there is no kubectl on PATH; install it (package kubectl of the Kubernetes "
            "repositories, kubernetes-client of Debian), version 1.30 or newer"
        )
    return program
