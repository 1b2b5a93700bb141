"""TimescaleDB where no package of it is to be had: PostgreSQL in WebAssembly, run by Node.js.

It takes one connection at a time and runs no background jobs, so it judges SQL, and no load.
"""

import hashlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from tests.cluster.binaries import cache_root, locked
from tests.cluster.control_plane import free_port
from tests.cluster.processes import LeashedProcess

SOURCE: Final = Path(__file__).with_name("timescaledb")
_NPM_SECONDS: Final = 300.0
_START_SECONDS: Final = 60.0


class TimescaleError(Exception):
    """It cannot be installed or does not start; the text says why."""


def node(environ: Mapping[str, str]) -> Path | None:
    """Node.js, where it is, with npm."""
    path = environ.get("PATH")
    found = shutil.which("node", path=path)
    return None if found is None or shutil.which("npm", path=path) is None else Path(found)


class Timescale:
    """A running server with an empty database, in which the extension is not yet; `stop` it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Install what is missing, start it, and wait until it answers.

        Raises:
            TimescaleError: it is not to be had.
        """
        program = node(environ)
        if program is None:
            raise TimescaleError("There is no Node.js with npm.")
        folder = _installed(environ)
        self._folder = Path(tempfile.mkdtemp(prefix="sim-operator-timescaledb-"))
        self._port = free_port()
        self._process = LeashedProcess(
            [program, folder / "server.js", str(self._port)],
            self._folder / "log",
            folder=folder,
            sweep=self._folder,
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The URL of its database; the password is built in."""
        return f"postgresql://postgres:postgres@127.0.0.1:{self._port}/postgres?sslmode=disable"

    def stop(self) -> None:
        """End it and remove its folder."""
        self._process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                if self._process.code is not None or time.monotonic() > deadline:
                    raise TimescaleError(f"It does not start:\n{self._process.tail()}") from None
                time.sleep(0.1)
            else:
                return


def _installed(environ: Mapping[str, str]) -> Path:
    lock = (SOURCE / "package-lock.json").read_bytes()
    folder = cache_root(environ) / f"timescaledb-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "lock", "TimescaleDB"):
        shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
        if not (folder / "node_modules/.package-lock.json").exists():
            done = subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=_NPM_SECONDS,
                check=False,
            )
            if done.returncode != 0:
                raise TimescaleError(f"npm ci failed:\n{done.stdout}{done.stderr}")
    return folder
