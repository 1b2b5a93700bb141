"""Keeps the garbage collector from walking through the fleet.

Records, sightings and plans are there for as long as their SIMs, and are freed by their counts of
references. The collector knows nothing of that: it looks at all of them again whenever a quarter as
much was made anew, as each sweep does, and nothing else runs meanwhile. So what has settled is put
out of its sight.
"""

import asyncio
import gc
import time
from collections.abc import Callable

_LOOK_SECONDS = 30.0
_GROWTH = 1.25
_FEW = 1000
"""SIMs that make no difference."""
_AFRESH_SECONDS = 24 * 3600.0
"""What was put out of sight and has become garbage in circles since is found once a day."""


class Collecting:
    """Puts what lasts out of the collector's sight, as the fleet grows."""

    def __init__(self, fleet: Callable[[], int], tick: Callable[[], float] = time.monotonic):
        """`fleet`: SIMs that are known by now; `tick`: monotonic seconds."""
        self._fleet = fleet
        self._tick = tick
        self._before: int | None = None
        self._settled = 0
        self._at = tick()

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self.look()

    def look(self) -> bool:
        """Whether it was worth doing: the fleet is larger than then, and has come to rest."""
        now, before = self._fleet(), self._before
        self._before = now
        old = self._settled > 0 and self._tick() - self._at > _AFRESH_SECONDS
        if now != before or not (old or now > self._settled * _GROWTH + _FEW):
            return False
        self._settled, self._at = now, self._tick()
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        return True
