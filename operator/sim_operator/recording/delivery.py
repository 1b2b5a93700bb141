"""Delivers what waits, in batches, one at a time, and leaves a keeper alone that is down.

One request at a time is what makes the order of deliveries the order of readings. After a failure
a single request tries whether the keeper is back, later and later; meanwhile the outbox merges.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.planning import pace
from sim_operator.recording.keeper import Fault, Keeper, KeeperError
from sim_operator.recording.outbox import Batch, Outbox
from sim_operator.recording.parts import Part, PartBatch
from sim_operator.recording.readings import Reading

log = logging.getLogger(__name__)

MOST_READINGS = 500
"""That one request may carry."""
MOST_PARTS = 500
"""The same of records."""
_MOST_BYTES = 1024 * 1024
"""A quarter of what is agreed on: what one request brings is kept in one transaction."""
_MOST_PART_BYTES = 56 * 1024
"""An older keeper reads little more before it says that it knows no records."""
_GATHER = 2.0
"""Seconds that the first waits for others."""
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0
_LONGEST_REQUESTED = 900.0
"""Seconds: whoever asks to be left alone for longer is tried all the same."""


class Delivery:
    """What waits, and the way to the keeper."""

    def __init__(
        self,
        outbox: Outbox,
        keeper: Keeper,
        *,
        dropped: Callable[[str, int], None],
        delivered: Callable[[int], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`dropped` is told why and how many readings and records, `delivered` how many."""
        self._outbox = outbox
        self._keeper = keeper
        self._dropped = dropped
        self._delivered = delivered
        self._sleep = sleep
        self._monotonic = monotonic
        self._arrived = asyncio.Event()
        self._turn = asyncio.Lock()
        self._failures = 0
        self._told: str | None = None
        self._takes_parts = True
        self.closed_until = float("-inf")
        """On the monotonic clock: nothing is sent before."""
        self.is_well: bool | None = None
        """Whether the last request was answered as agreed; None before the first."""

    def add(self, account: Key, reading: Reading) -> None:
        """Take a reading; never waits."""
        self._drop("full", self._outbox.add(account, reading))
        self._arrived.set()

    def add_parts(self, account: Key, parts: Iterable[Part]) -> None:
        """Take records of the Data Streamer; never waits."""
        self._drop("full", self._outbox.add_parts(account, parts))
        self._arrived.set()

    def waits(self, account: Key, iccid: Iccid) -> bool:
        """Whether something of a SIM is not delivered yet."""
        return self._outbox.waits(account, iccid)

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            while not self._outbox.number:
                self._arrived.clear()
                await self._arrived.wait()
            await self._sleep(_GATHER)
            await self.until_open()
            while self._outbox.number and self._is_open:
                await self._deliver()

    async def flush(self, seconds: float) -> None:
        """Deliver what waits at the end of the process, until it does not go on at once."""
        try:
            async with asyncio.timeout(seconds):
                while self._outbox.number:
                    await self._deliver()
                    if self.is_well is False:
                        return
        except TimeoutError:
            log.info("the history will have to ask again for what was not delivered")

    async def until_open(self) -> None:
        """Wait while the keeper is left alone."""
        while not self._is_open:
            await self._sleep(max(0.001, self.closed_until - self._monotonic()))

    @property
    def _is_open(self) -> bool:
        return self._monotonic() >= self.closed_until

    async def _deliver(self) -> None:
        async with self._turn:
            batch = self._outbox.take(MOST_READINGS, _MOST_BYTES) or self._outbox.take_parts(
                MOST_PARTS, _MOST_PART_BYTES
            )
            if batch is None:
                return
            try:
                await self._keeper.deliver(batch)
            except KeeperError as error:
                self._failed(batch, error)
            except BaseException:
                # Called off, perhaps half-way: whoever delivers next sends it again.
                self._drop("full", self._outbox.given_back())
                raise
            else:
                self._outbox.delivered()
                number, _ = _told(batch)
                self._delivered(number)
                self._takes_parts |= isinstance(batch, PartBatch)
                self.answered()

    def _failed(self, batch: Batch | PartBatch, error: KeeperError) -> None:
        if error.fault not in (Fault.REFUSED, Fault.ABSENT):
            self._drop("full", self._outbox.given_back())
            self.failed(error)
            return
        number, kind = _told(batch)
        self._outbox.delivered()
        self._drop("refused", number)
        if error.fault is Fault.REFUSED:
            log.error("%d %s of SIMAccount %s are dropped: %s", number, kind, batch.account, error)
            self.failed(error)
        elif self._takes_parts:
            # It does as it did before there were records, so nothing else has to wait.
            self._takes_parts = False
            log.error("records of the Data Streamer are dropped: %s", error)

    def heard(self) -> None:
        """It answered a question: that says nothing of deliveries that it does not take."""
        if self.is_well is not False or not self._outbox.number:
            self.answered()

    def answered(self) -> None:
        """The keeper did as it was asked."""
        if self.is_well is False:
            log.info("the history is kept again")
        self.is_well, self._failures, self._told = True, 0, None

    def failed(self, error: KeeperError) -> None:
        """It did not: it is left alone for a while."""
        self.is_well, self._failures = False, self._failures + 1
        jitter = random.random()  # noqa: S311 - spreads load
        pause = pace.backoff(self._failures, first=_FIRST_PAUSE, most=_LONGEST_PAUSE, jitter=jitter)
        pause = max(pause, min(error.retry_after or 0.0, _LONGEST_REQUESTED))
        self.closed_until = self._monotonic() + pause
        if str(error) != self._told:
            # The same trouble is told once, however long it lasts.
            self._told = str(error)
            log.warning("the history is not kept, and is tried again: %s", error)

    def _drop(self, why: str, number: int) -> None:
        if number:
            self._dropped(why, number)


def _told(batch: Batch | PartBatch) -> tuple[int, str]:
    """How many of what."""
    if isinstance(batch, Batch):
        return len(batch.readings), "readings"
    return len(batch.parts), "records of the Data Streamer"
