"""Quota and session of each claimed SIM at an even pace, and its use as often as it is needed.

By policies first, and by the history with what is left.

A few SIMs at a time, so that one that becomes urgent does not wait behind a long list.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import UTC, date, datetime
from typing import Protocol

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import SimDetails
from sim_operator.domain.usage import UsageReading, Visit
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.agenda import Agenda, Turn
from sim_operator.engine.visiting import UsageEndpoint, Visitor
from sim_operator.onence.client import OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Lane
from sim_operator.planning.need import Need
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)

_READERS = 4
_RELIST = 10.0
_DUTY = 30.0
"""A look at all SIMs is followed by a pause of so many times its own length."""
_LONGEST_RELIST = 120.0
_LISTED_AT_A_TIME = 200
"""SIMs after which a look at all of them lets others run."""
_LONGEST_PAUSE = 30.0
_BEAT = 5.0
_REST = 1.0
"""Seconds between two looks at who is due."""


class Rota(Protocol):
    """Which SIMs may be read."""

    def readable(self) -> Iterable[Iccid]:
        """All of them."""
        ...

    def may_read(self, iccid: Iccid) -> bool:
        """Whether this one is, right before a call."""
        ...

    def is_shown(self, iccid: Iccid) -> bool:
        """Whether a figure of it is shown already."""
        ...


class Wishes(Protocol):
    """What the history wants to have read."""

    def interval(self) -> float:
        """Seconds from one reading of a SIM to the next; 0: nothing is read for it."""
        ...

    def first(self, iccid: Iccid) -> date | None:
        """The first day to be read of a SIM; None: nothing is, for now."""
        ...

    def lacks(self, iccid: Iccid) -> bool:
        """Whether days of a SIM are missing, so that it is read as soon as there is room."""
        ...

    def read(self, iccid: Iccid, reading: UsageReading) -> None:
        """The use of a SIM was read, for whomever."""
        ...


class NoWishes:
    """Of a history that does not exist."""

    def interval(self) -> float:
        """Nothing is read for it."""
        return 0.0

    def first(self, _: Iccid) -> date | None:
        """No day."""
        return None

    def lacks(self, _: Iccid) -> bool:
        """It lacks nothing."""
        return False

    def read(self, _: Iccid, __: UsageReading) -> None:
        """Nobody keeps it."""


def no_need(_: Iccid) -> None:
    """No policy counts the SIM."""


def nobody_visited(_: Iccid, __: Visit) -> None:
    """No policy waits for the figures."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Detailer:
    """Reads the details of one account's SIMs."""

    def __init__(
        self,
        state: AccountState,
        *,
        client: Callable[[], OnenceClient | None],
        interval: Callable[[], float],
        rota: Rota,
        changed: Callable[[Iccid], None],
        need: Callable[[Iccid], Need | None] = no_need,
        visited: Callable[[Iccid, Visit], None] = nobody_visited,
        history: Wishes | None = None,
        now: Callable[[], datetime] = _utc_now,
        tick: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`rota` says whose details are read.

        `interval` is the effective one in seconds; 0: only SIMs are read that policies `need`.
        `visited` is told of every read for a policy that went through, also of one that brought no
        figure, before `changed`. `now` is the wall time in UTC, `tick` monotonic seconds.
        """
        self._state = state
        self._client = client
        self._interval = interval
        self._rota = rota
        self._changed = changed
        self._need = need
        self._visited = visited
        self._history = history or NoWishes()
        self._tick = tick
        self._sleep = sleep
        self._usage = UsageEndpoint(tick)
        self._visitor = Visitor(now, self._usage)
        self._agenda = Agenda()
        self._asked: dict[Iccid, None] = {}
        self._list_again = float("-inf")
        self._off = True
        self._failures = 0

    def soon(self, iccid: Iccid) -> None:
        """Somebody changed or asked for this SIM: it is read before the others."""
        self._asked[iccid] = None

    def last_visit(self, iccid: Iccid) -> float | None:
        """When the SIM's last visit for a policy began, in monotonic seconds."""
        return self._agenda.last_visit(iccid)

    def observed_interval(self, iccid: Iccid) -> float | None:
        """The seconds that really lay between the last two visits of a SIM."""
        return self._agenda.observed_interval(iccid)

    async def run(self, beat: Callable[[], None]) -> None:
        """Read until cancelled; `beat` is called at least every few seconds."""
        while True:
            beat()
            if not await self.step(beat):
                await self._sleep(_REST)

    async def step(self, beat: Callable[[], None]) -> bool:
        """Read the next few; False where nobody is due."""
        if self._client() is None:
            return False
        interval = self._interval()
        if (interval <= 0) != self._off or self._tick() > self._list_again:
            await self._relist(interval)
        self._take_questions()
        turns = self._agenda.take(_READERS, self._tick())
        if not turns:
            return False
        async with asyncio.TaskGroup() as group:
            reads = [group.create_task(self._read(turn)) for turn in turns]
            # They may wait long for their turn under the rate limit, which is no standstill.
            while (await asyncio.wait(reads, timeout=_BEAT))[1]:
                beat()
        return True

    async def _relist(self, interval: float) -> None:
        """Look at all SIMs again: who may be read, and what policies need of them."""
        began, elsewhere, self._off = self._tick(), 0.0, interval <= 0
        needs: dict[Iccid, Need | None] = {}
        for number, iccid in enumerate(self._rota.readable()):
            needs[iccid] = self._need(iccid)
            elsewhere += await self._let_others_run(number)
        self._forget_others(needs.keys())
        self._agenda.pace(interval, self._tick())
        self._agenda.pace_history(self._history.interval())
        for number, (iccid, need) in enumerate(needs.items()):
            self._enter(iccid, need)
            elsewhere += await self._let_others_run(number)
        took = self._tick() - began - elsewhere
        self._list_again = self._tick() + min(max(_RELIST, took * _DUTY), _LONGEST_RELIST)

    async def _let_others_run(self, number: int) -> float:
        """Give way now and then; the seconds that others took."""
        if number % _LISTED_AT_A_TIME < _LISTED_AT_A_TIME - 1:
            return 0.0
        before = self._tick()
        await asyncio.sleep(0)
        return self._tick() - before

    def _forget_others(self, readable: Collection[Iccid]) -> None:
        self._agenda.keep(readable)
        self._usage.keep(readable)

    def _enter(self, iccid: Iccid, need: Need | None) -> None:
        if iccid in self._agenda:
            self._agenda.renew(iccid, need, self._tick())
        elif need is not None or not self._off:
            self._agenda.admit(iccid, need, self._tick(), shown=self._rota.is_shown(iccid))
        wanted, lacks = self._history.first(iccid) is not None, self._history.lacks(iccid)
        self._agenda.chronicle(iccid, self._tick(), wanted=wanted, lacks=lacks)

    def _take_questions(self) -> None:
        asked, self._asked = self._asked, {}
        for iccid in asked:
            if self._rota.may_read(iccid):
                self._enter(iccid, self._need(iccid))
                self._agenda.ask(iccid, self._tick())

    async def _read(self, turn: Turn) -> None:
        client, iccid, began = self._client(), turn.iccid, self._tick()
        if client is None or not self._rota.may_read(iccid):
            self._agenda.put_off(turn, began)
            return
        need = self._need(iccid)
        self._agenda.renew(iccid, need, began)
        since = self._history.first(iccid) if turn.history or need is not None else None
        if turn.history and since is None:
            self._agenda.chronicle(iccid, began, wanted=False, lacks=False)
        if need is None and since is None and not turn.details:
            return
        # The first visit of a process reads all that a status shows: what is not known yet is
        # carried over from it, and half of it would take the other half away until its turn comes.
        shown = need is not None or turn.details
        details = turn.details or (shown and not (self._off or iccid in self._state.details))
        hot = turn.asked or (need is not None and need.hot)
        try:
            outcome = await self._visitor.visit(
                client,
                iccid,
                need=need,
                details=details,
                known=self._state.details.get(iccid, SimDetails()),
                lane=Lane.HOT if hot else Lane.DETAIL,
                since=since,
            )
        except OnenceError as error:
            # An outage: it stays due, and the pause grows so that nobody hammers a service that is
            # down.
            self._agenda.put_off(turn, self._tick())
            self._failures += 1
            log.debug("details were not read: %s", error, extra=about(iccid=iccid))
            await self._sleep(min(_LONGEST_PAUSE, self._failures * _REST))
            return
        self._failures = 0
        self._agenda.done(turn, began, visit=need is not None)
        if outcome.usage is not None:
            self._history.read(iccid, outcome.usage)
        changed = outcome.details not in (None, self._state.details.get(iccid))
        if outcome.details is not None and changed:
            self._state.details[iccid] = outcome.details
        if outcome.visit is not None:
            self._visited(iccid, outcome.visit)
        if changed:
            self._changed(iccid)
