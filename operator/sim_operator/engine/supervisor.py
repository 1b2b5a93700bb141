"""Which accounts run, and which SIMs belong to none.

Everything that spans accounts happens here: changes of resources find their loop, SIMs without an
account get their verdict, accounts that other resources still need are kept from vanishing, and two
accounts that read the same SIMs are told apart.
"""

import asyncio
import logging
from collections.abc import Iterable

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.engine.account import AccountLoop
from sim_operator.engine.background import Background
from sim_operator.engine.collecting import Collecting
from sim_operator.engine.elders import OlderAccounts
from sim_operator.engine.in_use import AccountsInUse
from sim_operator.engine.orphans import Orphans
from sim_operator.engine.quota.desk import QuotaDesk
from sim_operator.engine.roster import Roster
from sim_operator.engine.selecting import NamespaceSelection
from sim_operator.engine.services import Services
from sim_operator.engine.waking import asks_again, is_swept, wakes_sweep
from sim_operator.kube.namespaces import NamespaceLabels
from sim_operator.kube.store import Change, UnreadableAccounts
from sim_operator.planning.tenancy import Refusal
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)

_TICK = 1.0
_DEADLINE = 60.0
_BREATH = 500


class Supervisor:
    """Runs the loops of the accounts that are in this process's hands."""

    def __init__(
        self, services: Services, labels: NamespaceLabels, default_account: Key | None
    ) -> None:
        """Nothing runs before `run`."""
        self._services = services
        store = services.store
        self._selection = NamespaceSelection(labels, store.accounts)
        self.roster = Roster(
            store.sims,
            store.accounts,
            default_account=default_account,
            unreadable=UnreadableAccounts(store),
            labels_of=labels.labels_of,
            lists=self._lists,
            hands=services.hands,
        )
        self.loops: dict[Key, AccountLoop] = {}
        self._hands = services.hands
        self._elders = OlderAccounts(store.accounts, self.loops, self._hands)
        self.policies = QuotaDesk(services, self.roster, self.loops)
        self._evaluating: asyncio.Task[None] | None = None
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._changes: list[Change] = []
        self._wake = asyncio.Event()
        self._background = Background()
        self._orphans = Orphans(self.roster, services, self._background.start)
        self._in_use = AccountsInUse(self.roster, services, self._background.start)
        self._again: set[Key] = set()
        self._reassign = True
        self._keeps_rest = False
        self._stopping: dict[Key, asyncio.Future[None]] = {}

    def changed(self, change: Change) -> None:
        """The store changed; called by the store itself, so nothing is decided here."""
        if change.significant:
            self._changes.append(change)
            self._wake.set()
        else:
            self.policies.echoed(change)
            if change.kind == SIM_KIND and (
                not is_swept(self.roster.assignment(change.key), self.loops)
                or self.roster.is_overwritten(change.key)
            ):
                self.look_again(SIM_KIND, change.key)

    def look_again(self, kind: str, key: Key) -> None:
        """A status could not be written as it was: decide again from what is known now."""
        if kind == POLICY_KIND:
            self.policies.look_again(key)
            return
        if kind == ACCOUNT_KIND:
            if key in self.loops:
                self.loops[key].report_again()
            return
        self._again.add(key)
        self._wake.set()

    async def run(self) -> None:
        """Run until cancelled; nothing is decided before every list is complete."""
        self._services.heartbeats.beat("supervisor", _DEADLINE)
        while not self._services.store.complete.is_set():
            self._services.heartbeats.beat("supervisor", _DEADLINE)
            try:
                async with asyncio.timeout(_TICK):
                    await self._services.store.complete.wait()
            except TimeoutError:
                continue
        self._background.start(Collecting(lambda: len(self._services.store.sims)).run())
        await self._assign_all()
        self._reassign = False
        await self.policies.load()
        self._evaluating = asyncio.get_running_loop().create_task(
            self.policies.run(), name="quota policies"
        )
        while True:
            self._services.heartbeats.beat("supervisor", _DEADLINE)
            await self._turn()
            try:
                async with asyncio.timeout(_TICK):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _turn(self) -> None:
        self._wake.clear()
        self._raise_failed()
        changes, self._changes = self._changes, []
        await self._attend_accounts(changes)
        if await self._selection.has_changed():
            self._reassign = True
        if self._reassign:
            self._reassign = False
            await self._assign_all()
        for change in changes:
            if change.kind == SIM_KIND:
                self._sim_changed(change)
            self.policies.changed(change)
        again, self._again = self._again, set()
        for sim in again:
            assigned = self.roster.assignment(sim)
            if isinstance(assigned, Key) and assigned in self.loops:
                self.loops[assigned].look_again(sim)
            else:
                self._orphans.add(sim)
        self._attend_rest()
        self._in_use.run()

    async def _attend_accounts(self, changes: Iterable[Change]) -> None:
        accounts = self._services.store.accounts
        for change in changes:
            if change.kind == ACCOUNT_KIND:
                self._account_changed(change)
        for key, loop in list(self.loops.items()):
            # A namesake is another account: what was known of the old one is not true of it.
            if key not in accounts or accounts[key].meta.uid != loop.uid:
                await self.stop(key, "the account is gone")
            elif not self._hands.holds(key):
                await self.stop(key, "the account is not in our hands any more")
        for key, account in list(accounts.items()):
            if key not in self.loops and self._hands.holds(key):
                self._start(account)

    def _attend_rest(self) -> None:
        """What belongs to no account is decided about by one process."""
        before, self._keeps_rest = self._keeps_rest, self._hands.keeps_rest
        if self._hands.is_shared and self._keeps_rest != before:
            for sim in self._services.store.sims:
                if not isinstance(self.roster.assignment(sim), Key):
                    self._orphans.add(sim)
            self.policies.hands_changed()
        if self._keeps_rest:
            self._orphans.run()
        else:
            self._orphans.drop()

    def _raise_failed(self) -> None:
        """A loop that ended by itself is a fault.

        The process must not go on without it unnoticed.
        """
        evaluating = self._evaluating
        if evaluating is not None and evaluating.done() and not evaluating.cancelled():
            raise RuntimeError("the evaluation of policies ended") from evaluating.exception()
        for key, task in self._tasks.items():
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise RuntimeError(f"the loop of SIMAccount {key} ended") from error

    # Accounts

    def _account_changed(self, change: Change) -> None:
        self._reassign = True
        self._in_use.look_again()
        account = self._services.store.accounts.get(change.key)
        loop = self.loops.get(change.key)
        if account is not None and loop is not None and wakes_sweep(change):
            loop.account_changed(account)

    def _start(self, account: AccountRecord) -> None:
        key = account.meta.key
        loop = AccountLoop(account, self.roster, self._services, self._elders, self.policies)
        self.loops[key] = loop
        self._tasks[key] = asyncio.get_running_loop().create_task(
            loop.run(), name=f"SIMAccount {key}"
        )
        self._services.meters.expect(str(key))
        log.info("working the account", extra=about(account=str(key)))

    async def stop(self, key: Key, why: str) -> None:
        """End the loop of an account, which may be ending already; returns when it has."""
        if key in self.loops and key not in self._stopping:
            log.info(why, extra=about(account=str(key)))
            if not self._hands.is_shared:
                await self._stop(key)
                return
            self._stopping[key] = asyncio.ensure_future(self._stop(key))
        if key in self._stopping:
            await asyncio.shield(self._stopping[key])

    async def _stop(self, key: Key) -> None:
        loop, task = self.loops.pop(key), self._tasks.pop(key)
        await loop.drain()
        task.cancel()
        await asyncio.wait([task])
        await loop.close()
        self._services.meters.forget(str(key))
        self._services.announcer.forget_account(loop.uid)
        self.policies.forget_account(key)
        self._reassign = True
        self._stopping.pop(key, None)

    # Where several processes share the accounts

    def hands_changed(self) -> None:
        """Accounts were taken, or lost."""
        self._reassign = True
        self._in_use.look_again()
        self.policies.hands_changed()
        self._wake.set()

    async def close(self) -> None:
        """Let what is on the wire end, then stop every loop; a few seconds at most."""
        await asyncio.gather(*(loop.drain() for loop in self.loops.values()))
        tasks = [*self._tasks.values(), *([self._evaluating] if self._evaluating else [])]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        for loop in self.loops.values():
            await loop.close()
        await self._background.close()
        self._services.heartbeats.retire("supervisor")

    def _lists(self, account: Key, iccid: Iccid) -> bool | None:
        loop = self.loops.get(account)
        if loop is None or loop.state.listed is None:
            return None
        return iccid in loop.state.sightings and iccid not in loop.state.gone

    # SIMs

    async def _assign_all(self) -> None:
        for number, sim in enumerate(list(self._services.store.sims)):
            if number % _BREATH == _BREATH - 1:
                self._services.heartbeats.beat("supervisor", _DEADLINE)
                await asyncio.sleep(0)
            before = self.roster.assignment(sim)
            self.roster.refresh(sim)
            if self.roster.assignment(sim) != before:
                self._route(sim, before)
        for loop in self.loops.values():
            loop.touch_all()

    def _sim_changed(self, change: Change) -> None:
        self._in_use.look_again()
        before = self.roster.assignment(change.key)
        for sim in self.roster.refresh(change.key):
            self._route(sim, before if sim == change.key else None)
        account = self.roster.assignment(change.key)
        if isinstance(account, Key) and account in self.loops and asks_again(change):
            self.loops[account].asked_again(change.key)

    def _route(self, sim: Key, before: Key | Refusal | None) -> None:
        now = self.roster.assignment(sim)
        if isinstance(before, Key) and before != now and before in self.loops:
            self.loops[before].touch(sim)
        if isinstance(now, Key):
            if now in self.loops:
                self.loops[now].touch(sim)
        else:
            self._orphans.add(sim)
