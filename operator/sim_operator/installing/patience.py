"""How long is waited, and what is said meanwhile."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

_PAUSE: Final = 1.0
_SHORTEST_PAUSE: Final = 0.2
_REPEAT: Final = 10.0
"""Seconds after which the same line is said again."""


class Patience:
    """One time limit for everything that a command waits for."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        """The time runs from now."""
        self.seconds = seconds
        self._monotonic = monotonic
        self._began = monotonic()

    @property
    def spent(self) -> float:
        """Seconds since the beginning."""
        return self._monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds until the end, never below zero."""
        return max(0.0, self.seconds - self.spent)

    def share(self, most: float) -> float:
        """Seconds that one request may take: what is left, `most` at most, and never nothing."""
        return max(0.1, min(most, self.left))

    async def pause(self, seconds: float | None = None) -> bool:
        """Wait a moment before the next attempt; False where the time is over.

        `seconds`: what the other side asked for.
        """
        if self.left <= 0:
            return False
        wanted = _PAUSE if seconds is None else max(seconds, _SHORTEST_PAUSE)
        await asyncio.sleep(min(self.left, wanted))
        return True


class Progress:
    """Says what is waited for: when it changes, and now and then."""

    def __init__(self, patience: Patience, say: Callable[[str], None]) -> None:
        """`say` prints a line."""
        self._patience = patience
        self._say = say
        self._last = ""
        self._said = 0.0

    def waits(self, why: str) -> None:
        """`why`: a sentence without its full stop."""
        spent = self._patience.spent
        if why == self._last and spent - self._said < _REPEAT:
            return
        self._last, self._said = why, spent
        self._say(f"Waiting ({spent:.0f} s of {self._patience.seconds:g} s): {why}.")
