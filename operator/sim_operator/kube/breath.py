"""Long work in small bites, so that the other parts of the event loop go on."""

import asyncio
import time

_BITE_SECONDS = 0.01


class Breath:
    """Lets the event loop turn when a bite has been worked on for long enough."""

    def __init__(self) -> None:
        """The first bite begins now."""
        self._since = time.perf_counter()

    async def take(self) -> None:
        """Call it after each small piece of work, and after each wait."""
        if time.perf_counter() - self._since > _BITE_SECONDS:
            await asyncio.sleep(0)
            self._since = time.perf_counter()
