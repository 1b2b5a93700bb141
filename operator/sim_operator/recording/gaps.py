"""What the history lacks, as its keeper says: that is read again.

Asked at the start, of each SIM that appears, and of all every few hours. So a restart needs no
memory of its own, nothing is read twice for the history, and what was lost on the way comes back.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, date, datetime
from itertools import islice

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.planning import chronicle
from sim_operator.recording.delivery import Delivery
from sim_operator.recording.keeper import Keeper, KeeperError
from sim_operator.recording.readings import Reading

MOST_SIMS = 1000
"""That one question may name."""
_PERIOD = 3 * 3600.0
"""Seconds from one question about all SIMs to the next."""
_SHORTEST_PERIOD = 30.0
"""Real seconds, however fast a simulated clock runs."""
_LOOK, _FIRST_LOOK = 10.0, 1.0
"""Seconds between two looks at which SIMs there are, and while none is known."""
_LISTED_AT_A_TIME = 500


class Gaps:
    """Of each SIM that the keeper was asked about, the first day that it lacks."""

    def __init__(
        self,
        keeper: Keeper,
        delivery: Delivery,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is asked before `run`.

        `now` is the wall time: it may run fast, and jump.
        """
        self._keeper = keeper
        self._delivery = delivery
        self._now = now
        self._sleep = sleep
        self._monotonic = monotonic
        self._known: dict[Key, dict[Iccid, date | None]] = {}
        self._asked_at: dict[Key, tuple[float, datetime]] = {}
        """When all SIMs of an account were asked about: in monotonic seconds and on the wall."""
        self._read: set[tuple[Key, Iccid]] | None = None
        """SIMs that wait, or were read, while a question is on its way: its answer is of before."""

    def knows(self, account: Key, iccid: Iccid) -> bool:
        """Whether the keeper was asked about a SIM."""
        return iccid in self._known.get(account, ())

    def first(self, account: Key, iccid: Iccid) -> date | None:
        """The first day of a SIM that is missing; None where none is, or it is not known."""
        return self._known.get(account, {}).get(iccid)

    @property
    def sims(self) -> int:
        """SIMs that lack days, as far as it is known."""
        return sum(one is not None for known in self._known.values() for one in known.values())

    def noted(self, account: Key, reading: Reading) -> None:
        """A SIM was read: what was missing is on its way, unless it reaches further back."""
        if self._read is not None:
            self._read.add((account, reading.iccid))
        gap = self.first(account, reading.iccid)
        if gap is not None and reading.first <= gap:
            self._known[account][reading.iccid] = None

    async def run(
        self, accounts: Callable[[], Iterable[Key]], sims: Callable[[Key], Iterable[Iccid]]
    ) -> None:
        """Ask until cancelled: about the `accounts` of this process and the `sims` of each."""
        while True:
            await self._delivery.until_open()
            await self.look(list(accounts()), sims)
            await self._sleep(_LOOK if self._known else _FIRST_LOOK)

    async def look(self, accounts: list[Key], sims: Callable[[Key], Iterable[Iccid]]) -> None:
        """Ask about every SIM that is new, and about all of an account whose time has come."""
        for gone in self._known.keys() - set(accounts):
            del self._known[gone]
            self._asked_at.pop(gone, None)
        for account in accounts:
            present = await _listed(sims(account))
            if not present:
                continue
            known = self._known.setdefault(account, {})
            for iccid in known.keys() - present.keys():
                del known[iccid]
            if self._is_time(account):
                asked = list(present)
                self._asked_at[account] = self._monotonic(), self._now()
            else:
                asked = [iccid for iccid in present if iccid not in known]
            try:
                for start in range(0, len(asked), MOST_SIMS):
                    await self._ask(account, asked[start : start + MOST_SIMS])
            except KeeperError as error:
                self._asked_at.pop(account, None)
                self._delivery.failed(error)
                return

    def _is_time(self, account: Key) -> bool:
        """Whether all of an account are to be asked about: a few hours passed, on either clock.

        The monotonic one stands while the machine sleeps; the other one may be set back.
        """
        if account not in self._asked_at:
            return True
        then, moment = self._asked_at[account]
        passed = self._monotonic() - then
        on_the_wall = abs((self._now() - moment).total_seconds())
        return passed >= _SHORTEST_PERIOD and max(passed, on_the_wall) >= _PERIOD

    async def _ask(self, account: Key, iccids: list[Iccid]) -> None:
        # What is delivered while the answer is on its way may not be in it.
        meanwhile = {(account, one) for one in iccids if self._delivery.waits(account, one)}
        self._read = meanwhile
        oldest, newest = chronicle.reach(self._now().astimezone(UTC).date())
        try:
            missing = await self._keeper.missing(account, oldest, newest, iccids)
        finally:
            self._read = None
        self._delivery.heard()
        known = self._known.get(account)
        if known is None:
            return
        for iccid in iccids:
            # Of what is on its way the keeper did not know: it is asked again.
            if (account, iccid) not in meanwhile:
                known[iccid] = missing.get(iccid)


async def _listed(sims: Iterable[Iccid]) -> dict[Iccid, None]:
    """All of them, while others run now and then."""
    found: dict[Iccid, None] = {}
    source = iter(sims)
    while chunk := list(islice(source, _LISTED_AT_A_TIME)):
        found.update(dict.fromkeys(chunk))
        await asyncio.sleep(0)
    return found
