"""Runs one command that takes long, with its last line as sign of life."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.cluster.errors import ClusterError
from tests.cluster.processes import LeashedProcess
from tests.cluster.progress import Progress

LIMIT_SECONDS: Final = 1200.0
POLL_SECONDS: Final = 0.1
SHOWN_COLUMNS: Final = 100


def watched(
    command: Sequence[str | Path],
    log: Path,
    what: str,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
    limit: float = LIMIT_SECONDS,
) -> None:
    """Run a command to its end.

    Args:
        command: program and arguments; no secrets.
        log: its output is appended here.
        what: what a person is told.
        environ: environment; by default this process's own.
        folder: working folder.
        limit: seconds until it is given up.

    Raises:
        ClusterError: it fails or does not end; the text has the end of its output.
    """
    progress = Progress(what)
    process = LeashedProcess(command, log, environ=environ, folder=folder)
    try:
        while (code := process.code) is None:
            if progress.elapsed() > limit:
                raise ClusterError(f"{what}: no end after {limit:.0f} s:\n{process.tail()}")
            progress.tick(process.tail(1).strip()[:SHOWN_COLUMNS])
            time.sleep(POLL_SECONDS)
    finally:
        process.stop()
    if code != 0:
        raise ClusterError(f"{what}: failed with code {code}:\n{process.tail()}")
    progress.done()
