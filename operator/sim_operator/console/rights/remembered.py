"""Answers of the API server, good for less than a minute: a right that is taken away ends."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

SECONDS = 45.0

Answer = TypeVar("Answer")


class Remembered(Generic[Answer]):
    """A bounded memory, which asks once for many that want to know the same."""

    def __init__(
        self,
        *,
        seconds: float = SECONDS,
        most: int = 20_000,
        at_once: int = 16,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`seconds` that an answer is good for; `most` of them; `at_once`: questions."""
        self._seconds = seconds
        self._most = most
        self._monotonic = monotonic
        self._turns = asyncio.Semaphore(at_once)
        self._known: OrderedDict[Hashable, tuple[float, Answer]] = OrderedDict()
        self._asked: dict[Hashable, asyncio.Future[Answer]] = {}

    async def get(self, key: Hashable, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """What is known, else what `ask` says. An error is told to all that wait, and forgotten."""
        known = self._known.get(key)
        if known is not None and self._monotonic() < known[0]:
            return known[1]
        asked = self._asked.get(key)
        if asked is None:
            # A task of its own: whoever asked first may hang up while others wait for the same.
            asked = asyncio.ensure_future(self._ask(ask))
            self._asked[key] = asked
            asked.add_done_callback(lambda done: self._told(key, done))
        return await asyncio.shield(asked)

    async def _ask(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        async with self._turns:
            return await ask()

    def _told(self, key: Hashable, done: asyncio.Future[Answer]) -> None:
        self._asked.pop(key, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._known[key] = (self._monotonic() + self._seconds, done.result())
        self._known.move_to_end(key)
        if len(self._known) > self._most:
            self._known.popitem(last=False)
