"""Says what goes on, on stderr: a first build takes minutes and must not look like a hang."""

import sys
import time
from typing import Final

TERMINAL_EVERY_SECONDS: Final = 3.0
LOG_EVERY_SECONDS: Final = 15.0


def say(text: str) -> None:
    """Print one line to stderr at once."""
    print(f"cluster: {text}", file=sys.stderr, flush=True)


class Progress:
    """Repeats what is being done and for how long, no oftener than a reader wants it."""

    def __init__(self, what: str) -> None:
        """Say `what` now; later lines carry it with the elapsed seconds."""
        self._what = what
        self._begun = time.monotonic()
        self._every = TERMINAL_EVERY_SECONDS if sys.stderr.isatty() else LOG_EVERY_SECONDS
        self._next = self._begun + self._every
        say(f"{what} ...")

    def elapsed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._begun

    def tick(self, detail: str) -> None:
        """Print a line if it is time for one."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + self._every
            say(f"{self._what}: {detail}, {now - self._begun:.0f} s")

    def done(self) -> None:
        """Print how long it took."""
        say(f"{self._what}: done in {self.elapsed():.1f} s")
