"""Quota and session of each claimed SIM, read one SIM after the other at an even pace.

A figure that 1NCE cannot give is unknown, never a sign that the SIM is gone.
"""

import asyncio
import heapq
import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from sim_operator.domain.failure import FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import SimDetails
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.detail_rota import DetailRota
from sim_operator.onence.client import OnenceClient, Service
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Lane
from sim_operator.planning import rota
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)

_Figure = TypeVar("_Figure")

_READERS = 4
_BATCH = 200
_RELIST = 10.0
_LONGEST_PAUSE = 30.0
_REST = 1.0
"""Seconds between two looks at who is due."""
_UNKNOWN = (FailureKind.NOT_FOUND, FailureKind.FORBIDDEN, FailureKind.EXPIRED, FailureKind.REFUSED)


class Detailer:
    """Reads the details of one account's SIMs."""

    def __init__(
        self,
        state: AccountState,
        *,
        client: Callable[[], OnenceClient | None],
        interval: Callable[[], float],
        rota: DetailRota,
        changed: Callable[[Iccid], None],
    ) -> None:
        """`rota` says whose details are read.

        `interval` is the effective one in seconds; 0 turns the reading off.
        """
        self._state = state
        self._client = client
        self._interval = interval
        self._rota = rota
        self._changed = changed
        self._due: dict[Iccid, float] = {}
        self._asked: set[Iccid] = set()
        self._listed_at = float("-inf")
        self._failures = 0

    def soon(self, iccid: Iccid) -> None:
        """Somebody changed or asked for this SIM: it is read before the others."""
        self._asked.add(iccid)

    async def run(self, beat: Callable[[], None]) -> None:
        """Read until cancelled; `beat` is called at least every few seconds."""
        while True:
            beat()
            for batch in _chunked(self._next(), _READERS):
                beat()
                await asyncio.gather(*(self._read(iccid) for iccid in batch))
            await asyncio.sleep(_REST)

    def _next(self) -> list[Iccid]:
        """Who is due, asked for first, then the longest overdue; a bounded batch."""
        interval, now = self._interval(), time.monotonic()
        if interval <= 0:
            self._due.clear()
            self._asked.clear()
            return []
        if self._asked - self._due.keys() or now - self._listed_at > _RELIST:
            self._relist(interval, now)
        asked = sorted(self._asked)
        overdue = ((at, iccid) for iccid, at in self._due.items() if at <= now)
        due = heapq.nsmallest(_BATCH, overdue)
        return [*asked, *(iccid for _, iccid in due if iccid not in self._asked)]

    def _relist(self, interval: float, now: float) -> None:
        self._listed_at = now
        readable = set(self._rota.readable())
        for gone in self._due.keys() - readable:
            del self._due[gone]
        self._asked &= readable
        for iccid in readable - self._due.keys():
            self._due[iccid] = rota.first_due(
                iccid, interval, now, shown=self._rota.is_shown(iccid)
            )

    async def _read(self, iccid: Iccid) -> None:
        client = self._client()
        if client is None or iccid not in self._due or not self._rota.may_read(iccid):
            return
        lane = Lane.HOT if iccid in self._asked else Lane.DETAIL
        self._asked.discard(iccid)
        try:
            details = SimDetails(
                data=await _told(client.read_quota(iccid, Service.DATA, lane=lane)),
                sms=await _told(client.read_quota(iccid, Service.SMS, lane=lane)),
                session=await _told(client.read_session(iccid, lane=lane)),
            )
        except OnenceError as error:
            # An outage: it stays due, and the pause grows so that nobody hammers a service that is
            # down.
            self._failures += 1
            log.debug("details were not read: %s", error, extra=about(iccid=iccid))
            await asyncio.sleep(min(_LONGEST_PAUSE, self._failures * _REST))
            return
        self._failures = 0
        interval = self._interval()
        if interval > 0:
            self._due[iccid] = rota.next_due(iccid, interval, time.monotonic())
        if details != self._state.details.get(iccid):
            self._state.details[iccid] = details
            self._changed(iccid)


async def _told(read: Awaitable[_Figure]) -> _Figure | None:
    """What a read says; None where 1NCE answers that it cannot say."""
    try:
        return await read
    except OnenceError as error:
        if error.failure.kind in _UNKNOWN:
            return None
        raise


def _chunked(items: list[Iccid], size: int) -> Iterable[list[Iccid]]:
    return (items[start : start + size] for start in range(0, len(items), size))
