"""Processes on a leash, with their log in a file."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

LEASH: Final = Path(__file__).with_name("leash.py")
GRACE_SECONDS: Final = 5.0
LEASH_MARGIN_SECONDS: Final = 10.0


class LeashedProcess:
    """One command that ends with the process that started it, also when that is killed."""

    def __init__(
        self,
        command: Sequence[str | Path],
        log: Path,
        *,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        grace: float = GRACE_SECONDS,
        sweep: Path | None = None,
    ) -> None:
        """Start the command.

        Args:
            command: program and arguments; no secrets, everybody can read them.
            log: its output is appended here.
            environ: environment; by default this process's own.
            folder: working folder.
            grace: seconds between the request to end and the kill.
            sweep: folder to remove if this process vanishes without `stop`.
        """
        self.log = log
        self._grace = grace
        sweeping = [] if sweep is None else ["--sweep", str(sweep)]
        leash = [sys.executable, "-I", "-S", str(LEASH), "--grace", str(grace), *sweeping]
        # A session of its own: Ctrl-C in a terminal reaches the owner, which stops things in order.
        with log.open("ab") as output:
            self._leash = subprocess.Popen(
                [*leash, "--", *(str(part) for part in command)],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if environ is None else dict(environ),
                cwd=folder,
                start_new_session=True,
            )

    @property
    def code(self) -> int | None:
        """Exit code, None while it runs."""
        return self._leash.poll()

    def tail(self, lines: int = 20) -> str:
        """Give the end of the log."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-lines:])

    def ask_to_stop(self) -> None:
        """Begin to end the command, without waiting."""
        pipe = self._leash.stdin
        if pipe is None or pipe.closed:
            return
        try:
            pipe.write(b".")
            pipe.close()
        except BrokenPipeError:  # it has ended by itself; close() has released the descriptor
            return

    def stop(self) -> None:
        """End the command and wait for its end, a bounded time."""
        self.ask_to_stop()
        try:
            self._leash.wait(self._grace + LEASH_MARGIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._leash.kill()
            self._leash.wait(LEASH_MARGIN_SECONDS)
