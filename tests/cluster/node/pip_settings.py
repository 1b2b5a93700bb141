"""Hands the pip settings of this machine to a build, as files that leave no trace in the image."""

import ast
import configparser
import io
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.cluster.certificates import write_private
from tests.cluster.errors import ClusterError

# Where a package comes from, and whom to trust about it; all else is the Dockerfile's business.
CARRIED: Final = ("index-url", "extra-index-url", "trusted-host", "proxy", "timeout")
ALIASES: Final = {"default-timeout": "timeout"}
AUTHORITY_INSIDE: Final = "/run/secrets/ca.crt"
TIMEOUT_SECONDS: Final = 60


def pip_secrets(folder: Path, settings: Mapping[str, str]) -> tuple[str, ...]:
    """Write pip's files into a folder, and give the arguments that hand them to a build.

    Args:
        folder: private to this user.
        settings: by their names in pip.conf; `cert` is a file of this machine.
    """
    parser = configparser.RawConfigParser()
    parser.add_section("global")
    for name in CARRIED:
        if name in settings:
            parser.set("global", name, settings[name])
    secrets: tuple[str, ...] = ()
    authority = settings.get("cert", "")
    if authority and Path(authority).is_file():
        parser.set("global", "cert", AUTHORITY_INSIDE)
        secrets = ("--secret", f"id=ca.crt,src={authority}")
    content = io.StringIO()
    parser.write(content)
    file = write_private(folder / "pip.conf", content.getvalue().encode())
    return ("--secret", f"id=pip.conf,src={file}", *secrets)


def pip_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Give the settings that pip has on this machine; its environment wins over its files.

    Raises:
        ClusterError: pip does not tell.
    """
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "list"]
    asked = subprocess.run(
        [*command, "--no-color"],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    if asked.returncode != 0:
        raise ClusterError(f"pip does not tell its settings: {asked.stderr.strip()}")
    return parse_settings(asked.stdout)


def parse_settings(listed: str) -> dict[str, str]:
    """Read lines of `pip config list`: `global.index-url='…'`, `:env:.cert='…'`."""
    found: dict[str, str] = {}
    from_environment: dict[str, str] = {}
    for line in listed.splitlines():
        name, separator, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if not separator or section not in {"global", "install", ":env:"}:
            continue
        target = from_environment if section == ":env:" else found
        target[ALIASES.get(key, key)] = str(ast.literal_eval(value))
    return found | from_environment
