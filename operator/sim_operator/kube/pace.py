"""How fast writes may begin: a cap per second, and pauses that the API server asks for."""

import asyncio
import random
from collections.abc import Callable

SHORTEST_BACKOFF = 0.5
LONGEST_BACKOFF = 30.0


def backoff(attempt: int) -> float:
    """Seconds before another try; `attempt` counts from 1, and half of the time is chance."""
    ceiling = min(LONGEST_BACKOFF, SHORTEST_BACKOFF * 2.0 ** min(attempt - 1, 10))
    return ceiling * (0.5 + random.random() / 2)  # noqa: S311 - spreads load, keeps no secret


class WritePace:
    """When the next write may begin; all in seconds of the monotonic clock."""

    def __init__(self, per_second: float, monotonic: Callable[[], float]) -> None:
        """`per_second`: the cap, 0 for none."""
        self._gap = 1 / per_second if per_second > 0 else 0.0
        self._monotonic = monotonic
        self._next_at = 0.0
        self._paused_until = 0.0
        self._failures = 0

    async def turn(self) -> None:
        """Wait until one more write may begin under the cap and no pause, and count it."""
        await self._sleep_until(lambda: max(self._next_at, self._paused_until))
        self._next_at = self._monotonic() + self._gap

    async def resumed(self) -> None:
        """Wait for the end of a pause; for what the cap does not hold back."""
        await self._sleep_until(lambda: self._paused_until)

    def pause(self, seconds: float) -> None:
        """No write begins for so long."""
        self._paused_until = max(self._paused_until, self._monotonic() + seconds)

    def unreachable(self) -> None:
        """There was no answer: all wait, longer each time."""
        self._failures += 1
        self.pause(backoff(self._failures))

    def answered(self) -> None:
        """There was an answer, whichever."""
        self._failures = 0

    async def _sleep_until(self, moment: Callable[[], float]) -> None:
        # The moment may move while we sleep.
        while True:
            wait = moment() - self._monotonic()
            if wait <= 0:
                return
            await asyncio.sleep(wait)
