"""Several replicas share the accounts: what each one takes and gives up, and in which order.

Each look at the Leases is followed by at most one movement, which goes on beside further looks.
Given up is only what nothing is done for any more, and taken only what nobody can be acting for;
before a taken account is worked, everything that the one before wrote down has been read.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Protocol

from sim_operator.domain.resources import Key
from sim_operator.engine.shared_hands import SharedHands
from sim_operator.kube.account_leases import AccountLease, AccountLeases, Look
from sim_operator.kube.answers import ApiError
from sim_operator.planning.sharding import Group, distribute

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
_DEADLINE = 30.0
_PATIENCE = 6.0
"""Seconds for which an account has to be wanted elsewhere before it is given up."""
_STRANGER = 20.0
"""Seconds for which a stranger has to hold the one Lease before everything is given up.

A member that died may seem to hold it a little longer than it seems to be a member."""
_AT_ONCE = 16
"""Accounts that are given up in one movement, whole groups and one at least."""
_AT_A_TIME = 16
_ONE_WINDOW = 1.1
"""Seconds after which the calls of the one before count in no window of the rate limit any more."""


class Work(Protocol):
    """The engine, as the sharing steers it."""

    async def groups(self) -> list[Group]:
        """Accounts that belong into one hand."""
        ...

    async def release(self, accounts: Collection[Key]) -> None:
        """Stop working these accounts: let what is on the wire end, write what is known."""
        ...

    def hands_changed(self) -> None:
        """Accounts were taken, or lost."""
        ...


class Sharing:
    """The part of this process in the sharing."""

    def __init__(
        self,
        leases: AccountLeases,
        hands: SharedHands,
        *,
        existing: Collection[Key],
        complete: Callable[[], bool],
        leader: Callable[[], str | None],
        renew: Callable[[], Awaitable[None]],
        heartbeat: Callable[[float], None],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`existing`: the accounts that there are, live; `complete`: whether all are known.

        `leader`: who holds the one Lease that a process without sharding works by; `renew` reads
        what former hands may have written.
        """
        self._leases = leases
        self._hands = hands
        self._existing = existing
        self._complete = complete
        self._leader = leader
        self._renew = renew
        self._heartbeat = heartbeat
        self._monotonic = monotonic
        self._sleep = sleep
        self._unwanted: dict[Key, float] = {}
        self._stranger_since: float | None = None
        self._moving: asyncio.Task[None] | None = None
        self._taking: dict[Key, AccountLease] = {}
        self.unheld = 0
        """Accounts that nobody holds, at the last look."""

    async def run(self, work: Work) -> None:
        """Look, take and give up, until cancelled."""
        while True:
            self._heartbeat(_DEADLINE)
            await self.turn(work)
            await asyncio.sleep(LOOK_SECONDS * (0.8 + 0.4 * random.random()))  # noqa: S311

    async def end(self, work: Work) -> None:
        """Give up everything, after `run` has ended."""
        if self._moving is not None:
            self._moving.cancel()
            await asyncio.wait([self._moving])
        await _all(self._return(one, lease) for one, lease in self._taking.items())
        await self._give_up(work, list(self._hands.held))

    async def turn(self, work: Work) -> None:
        """Look, and begin a movement where one is due and none is under way."""
        try:
            look = await self._leases.look()
        except ApiError as error:
            log.warning("the Leases of the accounts cannot be read: %s", error)
            return
        lost = self._hands.looked(look, self._monotonic())
        if lost:
            names = ", ".join(map(str, sorted(lost)))
            log.error("somebody changed the Leases of accounts that are worked here: %s", names)
            work.hands_changed()
        if self._moving is not None and self._moving.done():
            moved, self._moving = self._moving, None
            moved.result()
        if self._moving is not None or not self._complete():
            return
        give, take = await self._wanted(work, look)
        if give or take or self._strays(look):
            self._moving = asyncio.create_task(
                self._move(work, look, give, take), name="accounts on the move"
            )

    async def _wanted(self, work: Work, look: Look) -> tuple[list[Key], list[Key]]:
        """What is to be given up and taken now."""
        hands, tick = self._hands, self._monotonic()
        existing = frozenset(self._existing)
        free = {
            one: hands.vigil.is_free(one, self._holder(look, one), tick)
            for one in existing
            if not hands.holds(one)
        }
        self.unheld = sum(hands.holder_of(one) == "" for one in existing)
        gone = [account for account in hands.held if account not in existing]
        if self._is_stranger(look, tick):
            return list(hands.held), []
        if not self._is_led(look):
            return gone, []
        parts = await work.groups()
        held = {one: h for one in existing if (h := self._holder(look, one)) and not free.get(one)}
        members = set(hands.vigil.counted(tick)) | {
            one for one in held.values() if hands.vigil.is_member(one, tick)
        }
        target = distribute(members, parts, held)
        unwanted = {one for one in hands.held if target.get(one, hands.identity) != hands.identity}
        self._unwanted = {one: self._unwanted.get(one, tick) for one in unwanted}
        due = {one for one, since in self._unwanted.items() if tick - since >= _PATIENCE}
        take = [
            one for one, is_free in free.items() if is_free and target.get(one) == hands.identity
        ]
        return gone + _some(parts, due), take

    def _holder(self, look: Look, account: Key) -> str | None:
        lease = look.accounts.get(account)
        return None if lease is None else lease.holder

    def _is_led(self, look: Look) -> bool:
        """Whether the one Lease is with one who shares: else another one may work everything."""
        leader = self._leader()
        return leader == self._hands.identity or leader in look.members

    def _is_stranger(self, look: Look, tick: float) -> bool:
        """Whether a process without sharding has taken the one Lease, for some seconds now.

        It waits until nothing is held here any more.
        """
        if self._leader() is None or self._is_led(look):
            self._stranger_since = None
            return False
        if self._stranger_since is None:
            self._stranger_since = tick
        return tick - self._stranger_since >= _STRANGER

    def _strays(self, look: Look) -> list[Key]:
        """Accounts whose Lease names this process, which does nothing for them."""
        hands = self._hands
        return [
            account
            for account, lease in look.accounts.items()
            if lease.holder == hands.identity and not hands.reports(account)
        ]

    # Movements

    async def _move(self, work: Work, look: Look, give: list[Key], take: list[Key]) -> None:
        if give:
            await self._give_up(work, give)
        ended = await self._fence(look)
        take = [one for one in take if self._may_take(look, one, ended)]
        # For others a member that was taken away may have lived up to then: they are told.
        orphans = [one for one, lease in look.accounts.items() if lease.holder in ended]
        left = sorted({*self._strays(look), *orphans}.difference(take))
        await _all(self._return(one, look.accounts[one]) for one in left)
        if take:
            await self._take(work, look, take)
        await self._clear_away(look)

    async def _give_up(self, work: Work, accounts: list[Key]) -> None:
        hands = self._hands
        accounts = [one for one in accounts if hands.holds(one)]
        if not accounts:
            return
        log.info("giving up %s", ", ".join(map(str, sorted(accounts))))
        hands.leave(accounts)
        await work.release(accounts)
        await _all(self._return(one, hands.left(one)) for one in accounts)
        for account in accounts:
            self._unwanted.pop(account, None)

    async def _return(self, account: Key, lease: AccountLease) -> None:
        try:
            if account in self._existing or not self._complete():
                await self._leases.give_up(account, lease)
            else:
                await self._leases.remove(lease)
        except ApiError as error:
            # It still names this process: the next look finds that.
            log.warning("the Lease of SIMAccount %s was not given up: %s", account, error)

    async def _fence(self, look: Look) -> set[str]:
        """Members that have ended are taken away, so that none of them comes back: which were."""
        tick, fenced = self._monotonic(), set()
        for identity, member in look.members.items():
            if identity != self._hands.identity and self._hands.vigil.has_ended(identity, tick):
                try:
                    if await self._leases.fence(member):
                        log.warning("%s does not answer any more: it counts as gone", identity)
                        fenced.add(identity)
                except ApiError as error:
                    log.warning("the Lease of %s was not deleted: %s", identity, error)
        return fenced

    def _may_take(self, look: Look, account: Key, fenced: Collection[str]) -> bool:
        """Whether the holder before is out of the way: only one whose Lease could be deleted."""
        holder = self._holder(look, account)
        return holder == self._hands.identity or holder not in look.members or holder in fenced

    async def _take(self, work: Work, look: Look, accounts: list[Key]) -> None:
        taken = self._taking

        async def take(account: Key) -> None:
            try:
                lease = await self._leases.take(account, look.accounts.get(account))
            except ApiError as error:
                log.warning("the Lease of SIMAccount %s was not taken: %s", account, error)
            else:
                if lease is not None:
                    taken[account] = lease

        await _all(take(account) for account in accounts)
        if not taken:
            return
        at = self._monotonic()
        await self._renew()
        await self._sleep(max(0.0, at + _ONE_WINDOW - self._monotonic()))
        log.info("working %s from now on", ", ".join(map(str, sorted(taken))))
        self._hands.took(taken, at)
        self._taking = {}
        work.hands_changed()

    async def _clear_away(self, look: Look) -> None:
        """Leases of accounts that are no more, and that nobody holds."""
        if not self._hands.keeps_rest:
            return
        tick = self._monotonic()
        for account, lease in look.accounts.items():
            is_free = self._hands.vigil.is_free(account, lease.holder, tick)
            if account in self._existing or self._hands.reports(account) or not is_free:
                continue
            try:
                await self._leases.remove(lease)
            except ApiError as error:
                log.warning("the Lease of SIMAccount %s was not deleted: %s", account, error)


def _some(parts: Iterable[Group], due: Collection[Key]) -> list[Key]:
    """The first of those that are due, group by group."""
    some: list[Key] = []
    for group in parts:
        mine = [account for account in group if account in due]
        if some and len(some) + len(mine) > _AT_ONCE:
            break
        some += mine
    return some


async def _all(works: Iterable[Awaitable[None]]) -> None:
    slots = asyncio.Semaphore(_AT_A_TIME)

    async def one(work: Awaitable[None]) -> None:
        async with slots:
            await work

    await asyncio.gather(*map(one, works))
