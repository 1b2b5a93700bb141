"""The statuses that wait to be written: one for each object, the newest, urgent ones first."""

import asyncio
from dataclasses import dataclass
from typing import NamedTuple

from sim_operator.domain.resources import Key


class Target(NamedTuple):
    """The object whose status is to be written."""

    kind: str
    key: Key


@dataclass(slots=True)
class Wish:
    """The status that an object is to have."""

    uid: str
    status: bytes
    urgent: bool
    attempts: int = 0


class Backlog:
    """Wishes in the order of their fulfilment; one write at a time for each object."""

    def __init__(self) -> None:
        """Nothing waits."""
        self._urgent: dict[Target, Wish] = {}
        self._rest: dict[Target, Wish] = {}
        self._later: dict[Target, tuple[Wish, asyncio.TimerHandle]] = {}
        self._busy: dict[Target, asyncio.Future[None]] = {}
        self._moved = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def __len__(self) -> int:
        """How many objects wait or are being written."""
        waiting = self._urgent.keys() | self._rest.keys() | self._later.keys()
        return len(waiting | self._busy.keys())

    def __contains__(self, target: Target) -> bool:
        """Whether a wish for this object waits or is being fulfilled."""
        places = (self._urgent, self._rest, self._later, self._busy)
        return any(target in place for place in places)

    def add(self, target: Target, wish: Wish) -> None:
        """Take the place of an older wish for the same object."""
        older = self._pop(target)
        wish.urgent = wish.urgent or (older is not None and older.urgent)
        (self._urgent if wish.urgent else self._rest)[target] = wish
        self._changed()

    def add_later(self, target: Target, wish: Wish, delay: float) -> None:
        """Try again after `delay` seconds, unless a newer wish has come meanwhile."""
        if target in self._urgent or target in self._rest:
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(delay, self.add, target, wish)
        self._later[target] = (wish, timer)
        self._changed()

    def withdraw(self, target: Target) -> Wish | None:
        """Forget what waits for an object."""
        wish = self._pop(target)
        self._changed()
        return wish

    def is_busy(self, target: Target) -> bool:
        """Whether the object's status is being written."""
        return target in self._busy

    def hurry(self) -> None:
        """Try everything that was put off now."""
        for target, (wish, _) in tuple(self._later.items()):
            self.add(target, wish)

    async def ready(self) -> None:
        """Wait until something can be taken."""
        while self._first() is None:
            self._moved.clear()
            await self._moved.wait()

    async def take(self) -> tuple[Target, Wish]:
        """The next wish whose object nobody is writing; it is busy until `release`."""
        while (found := self._first()) is None:
            self._moved.clear()
            await self._moved.wait()
        queue, target = found
        self._claim(target)
        return target, queue.pop(target)

    async def claim(self, target: Target) -> None:
        """Wait until nobody writes the object; it is busy until `release`."""
        while (busy := self._busy.get(target)) is not None:
            await asyncio.wait([busy])
        self._claim(target)

    def release(self, target: Target) -> None:
        """The write has ended."""
        self._busy.pop(target).set_result(None)
        self._changed()

    async def drained(self) -> None:
        """Wait until nothing waits and nothing is being written."""
        while len(self):
            await self._idle.wait()

    def _pop(self, target: Target) -> Wish | None:
        wish = self._urgent.pop(target, None) or self._rest.pop(target, None)
        later = self._later.pop(target, None)
        if later is not None:
            later[1].cancel()
            wish = wish or later[0]
        return wish

    def _first(self) -> tuple[dict[Target, Wish], Target] | None:
        for queue in (self._urgent, self._rest):
            for target in queue:
                if target not in self._busy:
                    return queue, target
        return None

    def _claim(self, target: Target) -> None:
        self._busy[target] = asyncio.get_running_loop().create_future()
        self._idle.clear()

    def _changed(self) -> None:
        self._moved.set()
        if self._urgent or self._rest or self._later or self._busy:
            self._idle.clear()
        else:
            self._idle.set()
