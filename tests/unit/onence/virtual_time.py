"""A clock that moves only when everybody sleeps, so that minutes of pacing take milliseconds."""

import asyncio
import heapq
import itertools

SETTLING_TURNS = 12
"""Turns of the event loop after which every task that can run has run."""


class VirtualTime:
    def __init__(self) -> None:
        self.time = 1000.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.time + seconds, next(self._order), woken))
        await woken

    async def settle(self) -> None:
        for _ in range(SETTLING_TURNS):
            await asyncio.sleep(0)

    async def advance(self, seconds: float) -> None:
        """Let so much time pass, waking everybody in order."""
        until = self.time + seconds
        await self.settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            due, _, woken = heapq.heappop(self._sleepers)
            if woken.done():
                continue
            self.time = max(self.time, due)
            woken.set_result(None)
            await self.settle()
        self.time = until
