"""One batch at a time for an account, and few that wait."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sim_operator.domain.resources import Key

WAITING = 4


class BusyError(Exception):
    """As many batches wait for this account as may."""


@dataclass(slots=True)
class _Queue:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    present: int = 0


class Turns:
    """Whose turn it is. What nobody waits for is forgotten."""

    def __init__(self, waiting: int = WAITING) -> None:
        """`waiting`: how many may wait behind the one that is taken in."""
        self._waiting = waiting
        self._queues: dict[Key, _Queue] = {}

    @asynccontextmanager
    async def turn(self, account: Key) -> AsyncIterator[None]:
        """Wait for the turn, and have it while the context is open.

        Raises:
            BusyError: too many wait.
        """
        queue = self._queues.setdefault(account, _Queue())
        if queue.present > self._waiting:
            raise BusyError
        queue.present += 1
        try:
            async with queue.turn:
                yield
        finally:
            queue.present -= 1
            if not queue.present:
                del self._queues[account]
