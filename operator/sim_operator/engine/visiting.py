"""One visit to a SIM at 1NCE: what it used, then what is left, then how it stands on the network.

In that order, so that nothing that the usage contains can be missing in what is left. A figure that
1NCE cannot give is unknown, never a sign that the SIM is gone.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import QuotaReading, SimDetails
from sim_operator.domain.usage import LeftReading, Service, UsageReading, Visit
from sim_operator.onence.client import OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Lane
from sim_operator.planning.need import Need

_Figure = TypeVar("_Figure")

_UNKNOWN = (FailureKind.NOT_FOUND, FailureKind.FORBIDDEN, FailureKind.EXPIRED, FailureKind.REFUSED)
_SILENCE = 24 * 3600.0
"""Seconds for which usage that is not there is not asked for again."""


class UsageEndpoint:
    """Whether daily usage is worth asking for: version 2 may not have it."""

    def __init__(self, tick: Callable[[], float]) -> None:
        """`tick` gives monotonic seconds."""
        self._tick = tick
        self._client: OnenceClient | None = None
        self._answered = False
        self._silent_until = float("-inf")
        self._silent_sims: dict[Iccid, float] = {}

    def may_answer(self, client: OnenceClient, iccid: Iccid) -> bool:
        """Whether usage of this SIM is asked for; another client begins anew."""
        if client is not self._client:
            self._client, self._answered = client, False
            self._silent_until = float("-inf")
            self._silent_sims.clear()
        now = self._tick()
        return now >= self._silent_until and now >= self._silent_sims.get(iccid, now)

    def answered(self) -> None:
        """Usage of a SIM was read: the account has it."""
        self._answered = True
        self._silent_until = float("-inf")

    def not_found(self, iccid: Iccid, *, sim_is_there: bool) -> None:
        """There was no usage of a SIM; only one that is there says something of the account."""
        until = self._tick() + _SILENCE
        self._silent_sims[iccid] = until
        if sim_is_there and not self._answered:
            self._silent_until = until

    def keep(self, readable: Collection[Iccid]) -> None:
        """Forget every SIM that is not one of these."""
        for gone in self._silent_sims.keys() - readable:
            del self._silent_sims[gone]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a visit brought."""

    details: SimDetails | None
    """What is known of the SIM now; what was not read is as it was. None: nothing was read."""
    visit: Visit | None
    """For the policies; None where none needs the SIM."""
    usage: UsageReading | None = None
    """For the history: all days that were read, for whomever."""


class Visitor:
    """Reads one SIM at a time; `OnenceError` where 1NCE, and not the figure, is missing."""

    def __init__(self, now: Callable[[], datetime], usage: UsageEndpoint) -> None:
        """`now` gives the wall time in UTC."""
        self._now = now
        self._usage = usage

    async def visit(
        self,
        client: OnenceClient,
        iccid: Iccid,
        *,
        need: Need | None,
        details: bool,
        known: SimDetails,
        lane: Lane,
        since: date | None = None,
    ) -> Outcome:
        """Read what is needed, and all `details` where they are due.

        `since`: the first day that the history wants; None: it wants nothing.
        """
        began = self._now()
        usage: UsageReading | Failure | None = None
        firsts = [day for day in (since, need.first if need is not None else None) if day]
        if firsts and self._usage.may_answer(client, iccid):
            usage = await self._read_usage(client, iccid, min(firsts), began, lane)
        read = usage if isinstance(usage, UsageReading) else None
        missed = isinstance(usage, Failure) and usage.kind is FailureKind.NOT_FOUND
        shown = details or need is not None
        if not shown and not missed:
            return Outcome(None, None, read)
        data_at = self._now()
        data = await _told(client.read_quota(iccid, Service.DATA, lane=lane))
        if missed:
            self._usage.not_found(iccid, sim_is_there=data is not None)
        if not shown:
            return Outcome(None, None)
        known = replace(known, data=data)
        sms, sms_at = None, self._now()
        if details or (need is not None and need.sms):
            sms = await _told(client.read_quota(iccid, Service.SMS, lane=lane))
            known = replace(known, sms=sms)
        if details:
            known = replace(known, session=await _told(client.read_session(iccid, lane=lane)))
        if need is None:
            return Outcome(known, None, read)
        # Policies see what they would see without a history, which may have asked for more.
        wanted = read.since(need.first) if read is not None else None
        left = _left(data, data_at), _left(sms, sms_at)
        return Outcome(known, Visit(began, wanted, *left), read)

    async def _read_usage(
        self, client: OnenceClient, iccid: Iccid, first: date, now: datetime, lane: Lane
    ) -> UsageReading | Failure:
        last = max(first, now.date())
        try:
            read = await client.read_usage(iccid, first, last, now=now, lane=lane)
        except OnenceError as error:
            if error.failure.kind in _UNKNOWN or _is_unreadable(error.failure):
                return error.failure
            raise
        self._usage.answered()
        return read


async def _told(read: Awaitable[_Figure]) -> _Figure | None:
    """What a read says; None where 1NCE answers that it cannot say."""
    try:
        return await read
    except OnenceError as error:
        if error.failure.kind in _UNKNOWN:
            return None
        raise


def _is_unreadable(failure: Failure) -> bool:
    """An answer that nobody understands, be it of a shape that version 2 has: what is left counts.

    Taken for an outage it would keep the SIM from ever being visited.
    """
    return failure.status is not None and 200 <= failure.status < 300


def _left(reading: QuotaReading | None, at: datetime) -> LeftReading | None:
    if reading is None:
        return None
    if reading.expires_at is not None and datetime.fromisoformat(reading.expires_at) <= at:
        # An expired quota is empty without any use: its fall would be taken for use.
        return None
    return LeftReading(at, reading.remaining, reading.bought, reading.last_added)
