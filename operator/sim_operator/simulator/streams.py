"""Data Streams as a customer sets them up in the portal: each looks, makes records, delivers."""

import asyncio
import itertools
import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from .clock import DAY, SimulatedClock, rfc3339
from .delivery import Delivery, sender
from .shapes_stream import Shape
from .streaming import Kind, Source
from .world import Account

logger = logging.getLogger(__name__)

MOST_STREAMS = 10
_SHORTEST_REST = 0.05
_LONGEST_REST = 0.5
"""Real seconds after which a stream notices that somebody moved the time."""
_MOST_WAITING = 50_000
"""Records that may wait; what is more is made when there is room, and nothing is lost by that."""


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """A stream; ``interval`` and ``history`` are simulated seconds, the longest pause real ones."""

    url: str
    username: str
    password: str = field(repr=False)
    kind: Kind = "usage"
    shape: Shape = "classic"
    interval: float = 900.0
    customer: str = ""
    history_days: float = 0.0
    most_failures: int = 10
    longest_pause: float = 5.0


class Stream:
    """One stream at work."""

    def __init__(
        self,
        number: int,
        spec: StreamSpec,
        account: Account,
        clock: SimulatedClock,
        ids: Iterator[int],
    ) -> None:
        """It begins to work with ``run``."""
        start = clock.now() - spec.history_days * DAY
        self.number = number
        self.spec = spec
        self.delivery = Delivery(
            spec.url,
            spec.username,
            spec.password,
            most_failures=spec.most_failures,
            longest_pause=spec.longest_pause,
        )
        self._clock = clock
        self._source = Source(spec.kind, spec.shape, account, start, ids)
        self._due = start + spec.interval
        self._wake = asyncio.Event()
        self._flushes: list[asyncio.Future[None]] = []
        self.failed: str | None = None

    async def run(self) -> None:
        """Look and deliver until cancelled."""
        async with sender() as client:
            while True:
                flushes, self._flushes = self._flushes, []
                now = self._clock.now()
                if flushes or (now >= self._due and self.delivery.waiting < _MOST_WAITING):
                    self.delivery.add(await self._source.look(now, ended=bool(flushes)))
                    self._due = now + self.spec.interval
                await self.delivery.deliver(client)
                for waiter in flushes:
                    if not waiter.done():
                        waiter.set_result(None)
                await self._rest()

    async def flush(self, seconds: float) -> None:
        """Tell everything now, as if all sessions had ended; waits until it was delivered.

        After so many real seconds, or where the stream is stopped, it returns all the same.
        """
        waiter = asyncio.get_running_loop().create_future()
        self._flushes.append(waiter)
        self._wake.set()
        await asyncio.wait([waiter], timeout=seconds)

    def wake(self) -> None:
        """Look at what changed without waiting for the next round."""
        self._wake.set()

    def shown(self) -> dict[str, Any]:
        """The stream and its counters, without its password."""
        spec, delivery = self.spec, self.delivery
        state = "stopped" if delivery.stopped else "running"
        return {
            "id": self.number,
            "url": spec.url,
            "username": spec.username,
            "kind": spec.kind,
            "shape": spec.shape,
            "customer": spec.customer,
            "interval_seconds": spec.interval,
            "state": "failed" if self.failed else state,
            "recorded_until": rfc3339(self._source.until),
            "waiting": delivery.waiting,
            **asdict(delivery.counters),
            "last_status": delivery.last_status,
            "last_error": self.failed or delivery.last_error,
        }

    async def _rest(self) -> None:
        speed, left = self._clock.speed, self._due - self._clock.now()
        seconds = left / speed if speed > 0 else _LONGEST_REST
        try:
            async with asyncio.timeout(min(max(seconds, _SHORTEST_REST), _LONGEST_REST)):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()


class Streams:
    """The streams of all customers; they outlive no reset."""

    def __init__(self) -> None:
        """No stream."""
        self._numbers = itertools.count(1)
        # A receiver remembers ids: they must rise over resets and restarts, too.
        self._ids = itertools.count(time.time_ns() // 1000)
        self._streams: dict[int, tuple[Stream, asyncio.Task[None]]] = {}

    def open(self, spec: StreamSpec, account: Account, clock: SimulatedClock) -> Stream:
        """Begin to stream.

        Raises:
            ValueError: the customer has ten streams already.
        """
        if sum(one.spec.customer == spec.customer for one in self.all()) >= MOST_STREAMS:
            raise ValueError(f"at most {MOST_STREAMS} streams for a customer")
        number = next(self._numbers)
        stream = Stream(number, spec, account, clock, self._ids)
        task = asyncio.create_task(stream.run(), name=f"stream {number}")
        task.add_done_callback(lambda ended: _note_end(stream, ended))
        self._streams[number] = stream, task
        return stream

    def all(self) -> list[Stream]:
        """The streams in the order in which they were opened."""
        return [stream for stream, _ in self._streams.values()]

    def get(self, number: int) -> Stream | None:
        """A stream by its number."""
        found = self._streams.get(number)
        return None if found is None else found[0]

    async def close(self, number: int) -> bool:
        """End a stream; what it has not delivered is gone. False: there is none."""
        found = self._streams.pop(number, None)
        if found is None:
            return False
        found[1].cancel()
        await asyncio.wait([found[1]])
        return True

    async def clear(self) -> None:
        """End all streams."""
        for number in list(self._streams):
            await self.close(number)


def _note_end(stream: Stream, task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        logger.error("stream %d ended", stream.number, exc_info=error)
        stream.failed = f"{type(error).__name__}: {error}"
