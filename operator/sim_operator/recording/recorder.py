"""Everything about the history on the operator's side: one object for the loops and metrics."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.recording.delivery import Delivery
from sim_operator.recording.gaps import Gaps
from sim_operator.recording.keeper import Keeper
from sim_operator.recording.outbox import Outbox
from sim_operator.recording.parts import Part
from sim_operator.recording.readings import Reading

log = logging.getLogger(__name__)

MOST_BYTES = 8 * 1024 * 1024
"""The use of ten thousand SIMs in the days that may change takes as much."""
_AFTER_FAULT = 60.0


class Meter(Protocol):
    """What counts readings and records."""

    def history_delivered(self, number: int) -> None:
        """So many were kept."""
        ...

    def history_dropped(self, why: str, number: int) -> None:
        """So many were given up; of readings until the history asks again."""
        ...


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with the history at a moment."""

    is_well: bool | None
    """Whether the keeper did the last time as it was asked; None: it was not asked yet."""
    waiting: int
    """Readings and records that are not delivered yet."""
    waiting_bytes: int
    last_delivery: float | None
    """In Unix seconds."""
    incomplete: int
    """SIMs of which the history lacks days, as far as is known."""


class Recorder:
    """Takes readings from the loops, delivers them, and knows what to read again."""

    is_on = True

    def __init__(
        self,
        keeper: Keeper,
        meter: Meter,
        *,
        now: Callable[[], datetime],
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """`now` is the wall time; nothing is sent before `run`."""
        self._keeper = keeper
        self._meter = meter
        self._outbox = Outbox(most_bytes)
        self._delivery = Delivery(
            self._outbox, keeper, dropped=meter.history_dropped, delivered=self._delivered
        )
        self._gaps = Gaps(keeper, self._delivery, now=now)
        self._last_delivery: float | None = None
        self._runs = False

    # What the loops use

    def asks(self, account: Key, iccid: Iccid) -> bool:
        """Whether a SIM is to be read: it is known what is missing, and there is room for it."""
        return self._outbox.has_room and self._gaps.knows(account, iccid)

    def missing(self, account: Key, iccid: Iccid) -> date | None:
        """The first day of a SIM that the history lacks; None where it lacks none."""
        return self._gaps.first(account, iccid)

    def record(self, account: Key, reading: Reading) -> None:
        """Take a reading; never waits."""
        self._delivery.add(account, reading)
        self._gaps.noted(account, reading)

    def record_parts(self, account: Key, parts: Iterable[Part]) -> None:
        """Take records of the Data Streamer; never waits."""
        self._delivery.add_parts(account, parts)

    # What the application does

    async def run(
        self, accounts: Callable[[], Iterable[Key]], sims: Callable[[Key], Iterable[Iccid]]
    ) -> None:
        """Deliver and ask until cancelled: for the `accounts` of this process, and their `sims`."""
        async with self._keeper.open():
            self._runs = True
            async with asyncio.TaskGroup() as group:
                group.create_task(_again(self._delivery.run), name="history deliveries")
                group.create_task(
                    _again(lambda: self._gaps.run(accounts, sims)), name="history gaps"
                )

    async def flush(self, seconds: float) -> None:
        """Deliver what waits, as far as that goes within so many seconds; while it runs."""
        if self._runs:
            await self._delivery.flush(seconds)

    def standing(self) -> Standing:
        """How it stands at this moment."""
        return Standing(
            is_well=self._delivery.is_well,
            waiting=self._outbox.number,
            waiting_bytes=self._outbox.bytes,
            last_delivery=self._last_delivery,
            incomplete=self._gaps.sims,
        )

    def _delivered(self, number: int) -> None:
        self._last_delivery = time.time()
        self._meter.history_delivered(number)


async def _again(work: Callable[[], Awaitable[None]]) -> None:
    """Begin anew after a fault of ours: the operator must not end for the sake of its history."""
    while True:
        try:
            await work()
        except Exception:
            log.exception("keeping the history failed and is tried again in %g s", _AFTER_FAULT)
            await asyncio.sleep(_AFTER_FAULT)
