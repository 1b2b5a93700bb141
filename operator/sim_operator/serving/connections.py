"""Connections within bounds: how many there are, and how long each may take for what it does.

uvicorn waits for ever for a request's head, for the rest of a body that nobody reads, and for a
client that does not take its answer. Whoever reaches a port could so use up the descriptors and the
memory of a process that has a Lease to renew. Who does nothing makes room for who comes.
"""

import asyncio
import logging
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the connections of one server may take."""

    connections: int = 64
    """Open at the same time."""
    head_seconds: float = 10.0
    """For the head of a request, from when the connection was made or the head began."""
    rest_seconds: float = 5.0
    """For the rest of a body that nobody reads any more: who closes at once loses the answer."""
    answer_seconds: float = 30.0
    """For the client to take an answer."""
    untaken: int = 64 * 1024 * 1024
    """Bytes of answers that clients have not taken, all together."""


class _State(Enum):
    HEAD = auto()
    """Its head is awaited: on a new connection, or since its first byte came."""
    BUSY = auto()
    """A request is being answered, which the one who answers bounds."""
    REST = auto()
    """It is answered, and more of its body comes."""
    IDLE = auto()


class Crowd:
    """The connections of one server, the oldest first."""

    def __init__(self, bounds: Bounds) -> None:
        """Nobody is there yet."""
        self.bounds = bounds
        self._present: dict[BoundedProtocol, None] = {}

    def __len__(self) -> int:
        """How many are open."""
        return len(self._present)

    def enter(self, one: "BoundedProtocol") -> bool:
        """Take one more in, in place of the oldest that does nothing; False: all are busy."""
        if len(self._present) >= self.bounds.connections:
            quiet = next((other for other in self._present if other.is_quiet), None)
            if quiet is None:
                return False
            quiet.abort()
        self._present[one] = None
        return True

    def leave(self, one: "BoundedProtocol") -> None:
        """A connection is closed."""
        self._present.pop(one, None)

    def relieve(self) -> None:
        """Where too much waits to be taken, give up on who has been slow for longest."""
        slow = {one: one.untaken for one in self._present if one.untaken}
        waiting = sum(slow.values())
        for one, size in slow.items():
            if waiting <= self.bounds.untaken:
                return
            one.abort()
            waiting -= size


class BoundedProtocol(H11Protocol):
    """uvicorn's HTTP, with an end to every wait."""

    def __init__(self, crowd: Crowd, **given: Any) -> None:
        """`given`: what uvicorn gives its protocols."""
        super().__init__(**given)
        # A line for each request that is no HTTP would let anybody fill the log.
        self.logger = logging.getLogger("uvicorn.error.connections")
        self.logger.setLevel(logging.ERROR)
        self._crowd = crowd
        self._state = _State.IDLE
        self._deadline: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is lost with it: no request is being answered, no answer under way."""
        return self._state is not _State.BUSY and not self.untaken

    @property
    def untaken(self) -> int:
        """Bytes that the client has not taken yet."""
        return 0 if self.transport is None else self.transport.get_write_buffer_size()

    def abort(self) -> None:
        """Close at once; what is not sent yet is lost."""
        self._crowd.leave(self)
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, if there is room."""
        super().connection_made(transport)
        if self._crowd.enter(self):
            self._look()
        else:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._crowd.leave(self)
        for timer in (self._deadline, self._taking):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Something came."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """An answer is written, which does not mean that the client has taken it."""
        super().on_response_complete()
        if self.untaken:
            self._crowd.relieve()
            seconds = self._crowd.bounds.answer_seconds
            self._taking = self._again(self._taking, seconds, self._not_taken)
        self._look()

    def _not_taken(self) -> None:
        if self.untaken:
            self.abort()

    def _look(self) -> None:
        """Begin the wait that follows from how things stand, unless it has begun already."""
        state = self._now()
        if state is self._state:
            return
        self._state = state
        bounds = self._crowd.bounds
        seconds = {_State.HEAD: bounds.head_seconds, _State.REST: bounds.rest_seconds}.get(state)
        if seconds is not None:
            self._deadline = self._again(self._deadline, seconds, self.abort)
        elif self._deadline is not None:
            self._deadline.cancel()

    def _now(self) -> _State:
        cycle: Any = self.cycle  # None before the first request, whatever its type says
        if cycle is None:
            return _State.HEAD
        if not cycle.response_complete:
            return _State.BUSY
        if self.conn.their_state is h11.SEND_BODY:
            return _State.REST
        return _State.HEAD if self.conn.trailing_data[0] else _State.IDLE

    def _again(
        self, timer: asyncio.TimerHandle | None, seconds: float, then: Any
    ) -> asyncio.TimerHandle:
        if timer is not None:
            timer.cancel()
        return self.loop.call_later(seconds, then)
