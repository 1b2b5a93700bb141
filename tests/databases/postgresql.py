"""A PostgreSQL of one's own: Debian's, installed where it is missing; its folder goes again."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from tests.cluster.control_plane import free_port
from tests.cluster.processes import LeashedProcess
from tests.debian import install

VARIABLE: Final = "SIM_OPERATOR_POSTGRESQL_BIN"
_DEBIAN: Final = Path("/usr/lib/postgresql")
_START_SECONDS: Final = 30.0
_USER: Final = "postgres"
_OPTIONS: Final = {
    "listen_addresses": "127.0.0.1",
    # What is lost with the machine's power is a test's.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "40",
    "unix_socket_directories": "",
}


class PostgreSQLError(Exception):
    """There is no PostgreSQL to be had, or it does not start; the text says what to do."""


def programs(environ: Mapping[str, str]) -> Path:
    """The folder with `postgres` and `initdb`: the one that is named, Debian's, or apt's.

    Raises:
        PostgreSQLError: the variable names a folder without it, or the package lacks it.
        NotInstallableError: there is none, and nobody may install it here.
        InstallationError: it could not be installed.
    """
    given = environ.get(VARIABLE)
    if given:
        if not (Path(given) / "postgres").is_file():
            raise PostgreSQLError(f"{VARIABLE} is {given}, which lacks the program postgres.")
        return Path(given)
    found = _found(environ)
    if found is None:
        install(environ, "postgresql")
        found = _found(environ)
    if found is None:
        raise PostgreSQLError(f"The package has no postgres. Let {VARIABLE} name its folder.")
    return found


def _found(environ: Mapping[str, str]) -> Path | None:
    debian = [path.parent for path in sorted(_DEBIAN.glob("*/bin/postgres"))]
    on_path = shutil.which("postgres", path=environ.get("PATH"))
    return debian[-1] if debian else Path(on_path).parent if on_path else None


class PostgreSQL:
    """A running server; `stop` it. Its superuser's password is in no argument of a process."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Make the server and wait until it answers.

        Raises:
            PostgreSQLError: it does not start.
        """
        self._bin = programs(environ)
        self._password = secrets.token_hex(12)
        self._folder = Path(tempfile.mkdtemp(prefix="sim-operator-postgresql-"))
        self._port = free_port()
        self._databases = 0
        if os.geteuid() == 0:
            user = pwd.getpwnam(_USER)
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        try:
            self._make()
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def url(self, database: str = "postgres") -> str:
        """The URL of a database, with the superuser's password."""
        return f"postgresql://{_USER}:{self._password}@127.0.0.1:{self._port}/{database}"

    def database(self) -> str:
        """The URL of a new and empty database."""
        self._databases += 1
        name = f"history_{self._databases}"
        self.run("psql", "--command", f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, program: str, *arguments: str, database: str = "postgres") -> str:
        """What one of PostgreSQL's own programs prints.

        Raises:
            PostgreSQLError: it failed.
        """
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            env=os.environ
            | {
                "PGHOST": "127.0.0.1",
                "PGPORT": str(self._port),
                "PGUSER": _USER,
                "PGPASSWORD": self._password,
                "PGDATABASE": database,
            },
            capture_output=True,
            text=True,
            timeout=_START_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            raise PostgreSQLError(f"{program}: {done.stderr}")
        return done.stdout

    def stop(self) -> None:
        """End it and remove its folder."""
        self._process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make(self) -> None:
        password = self._folder / "password"
        password.touch(mode=0o600)
        password.write_text(self._password, encoding="utf-8")
        if os.geteuid() == 0:
            user = pwd.getpwnam(_USER)
            os.chown(password, user.pw_uid, user.pw_gid)
        command = [
            *_as_postgres(),
            str(self._bin / "initdb"),
            f"--pgdata={self._data}",
            f"--username={_USER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ]
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, text=True, timeout=60, check=False
        )
        password.unlink()
        if done.returncode != 0:
            raise PostgreSQLError(f"initdb: {done.stderr}")

    def _start(self) -> LeashedProcess:
        options = [part for name, value in _OPTIONS.items() for part in ("-c", f"{name}={value}")]
        process = LeashedProcess(
            [
                *_as_postgres(),
                str(self._bin / "postgres"),
                "-D",
                self._data,
                "-p",
                str(self._port),
                *options,
            ],
            self._folder / "log",
            folder=self._folder,
            sweep=self._folder,
        )
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.run("psql", "--command", "SELECT 1")
            except PostgreSQLError as error:
                if process.code is not None or time.monotonic() > deadline:
                    said = process.tail()
                    process.stop()
                    raise PostgreSQLError(f"PostgreSQL does not start: {error}\n{said}") from error
                time.sleep(0.1)
            else:
                return process

    @property
    def _data(self) -> Path:
        return self._folder / "data"


def _as_postgres() -> list[str]:
    """It refuses to run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"]
