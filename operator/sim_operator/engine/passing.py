"""A pass: decide about some SIMs of an account, then report and act.

The order is what keeps promises: plans first, then the disable budget, whose grants are on disk
before anything is offered to the workers, then statuses, then actions.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass

from sim_operator.api.names import ACCOUNT_KIND, DISABLE_FINALIZER, SIM_KIND, SyncedReason
from sim_operator.domain.resources import AccountRecord, Key, SimRecord
from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import SimState
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.account_sweeps import AccountSweeps
from sim_operator.engine.action import Action
from sim_operator.engine.announcing import correction_text, was_in_sync
from sim_operator.engine.carrying import Carrier
from sim_operator.engine.consequences import is_silent, status_of, wants_finalizer
from sim_operator.engine.deciding import Decider
from sim_operator.engine.policies import Policies
from sim_operator.engine.roster import Roster
from sim_operator.engine.services import Services
from sim_operator.kube.answers import ApiError
from sim_operator.kube.status_writer import StatusNotWrittenError
from sim_operator.planning import budget
from sim_operator.planning.verdict import Cause, HoldStep, SimPlan
from sim_operator.planning.views import NO_POLICY, AccountView
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)

_BREATH = 200
"""SIMs between two turns of the event loop."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a pass is made of."""

    key: Key
    state: AccountState
    roster: Roster
    decider: Decider
    carrier: Carrier
    sweeps: AccountSweeps
    services: Services
    policies: Policies
    view: Callable[[AccountRecord], AccountView]
    background: Callable[[Coroutine[object, object, None]], None]


class Passes:
    """The passes of one account."""

    def __init__(self, parts: Parts) -> None:
        """Nothing happens before `run`."""
        self._parts = parts
        self._plans: dict[Key, SimPlan] = {}
        self._unseen: dict[Key, tuple[str, bool]] = {}
        """What is told once a write is seen, and whether a policy switched the SIM off."""
        self._uids: dict[Key, str] = {}
        self._drifted: dict[Key, bool] = {}
        self._finalizing: set[Key] = set()
        self._held = 0

    async def run(self, sims: Iterable[Key], beat: Callable[[], None]) -> None:
        """Decide about `sims`, report, act."""
        account = self._parts.services.store.accounts.get(self._parts.key)
        if account is None:
            return
        view = self._parts.view(account)
        decided = await self._decide(view, sims, beat)
        if self._parts.decider.disables_wait or self._held:
            await self._guard(account, view, decided)
        for number, (record, plan) in enumerate(decided.values()):
            self._report(view, record, plan)
            self._act(record, plan)
            if number % _BREATH == _BREATH - 1:
                beat()
                await asyncio.sleep(0)
        if decided:
            self._parts.services.meters.reconcile("decided")

    async def _decide(
        self, view: AccountView, sims: Iterable[Key], beat: Callable[[], None]
    ) -> dict[Key, tuple[SimRecord, SimPlan]]:
        parts = self._parts
        decided: dict[Key, tuple[SimRecord, SimPlan]] = {}
        for number, key in enumerate(sims):
            if number % _BREATH == _BREATH - 1:
                beat()
                await asyncio.sleep(0)
            record = parts.services.store.sims.get(key)
            if record is None or parts.roster.assignment(key) != parts.key:
                self.forget(key)
                continue
            if self._uids.setdefault(key, record.meta.uid) != record.meta.uid:
                # Deleted and created again: what is remembered is of another resource.
                self.forget(key)
                self._uids[key] = record.meta.uid
            if parts.roster.is_disputed(key):
                parts.decider.unsettled.add(key)
                continue
            plan = parts.decider.plan(
                record, view, now=parts.services.clock.now(), tick=time.monotonic()
            )
            if plan is not None:
                decided[key] = (record, plan)
        return decided

    async def _guard(
        self,
        account: AccountRecord,
        view: AccountView,
        decided: dict[Key, tuple[SimRecord, SimPlan]],
    ) -> None:
        """Pass the waiting disables through the budget and plan those SIMs again."""
        parts = self._parts
        answer = parts.decider.ask(account, parts.services.clock.now())
        if not await self._reserved(account, answer):
            return
        for key in parts.decider.disables_wait:
            record = parts.services.store.sims.get(key)
            if record is None or parts.roster.is_disputed(key):
                continue
            plan = parts.decider.plan(
                record, view, now=parts.services.clock.now(), tick=time.monotonic()
            )
            if plan is not None:
                decided[key] = (record, plan)

    async def _reserved(self, account: AccountRecord, answer: budget.Grant) -> bool:
        """Write the reservations down before anybody relies on them; whether that succeeded."""
        parts, state = self._parts, self._parts.state
        before = (state.reservations, state.holding)
        state.reservations, state.holding = dict(answer.reservations), answer.held
        if answer.changed:
            try:
                await parts.services.writer.write_now(
                    ACCOUNT_KIND, parts.key, account.meta.uid, parts.sweeps.status(account)
                )
            except StatusNotWrittenError as error:
                log.warning(
                    "disables wait: the reservation was not written: %s",
                    error,
                    extra=about(account=str(parts.key)),
                )
                state.reservations, state.holding = before
                return False
        elif before != (state.reservations, state.holding):
            parts.sweeps.report(account)
        self._let_through(answer)
        return True

    def _let_through(self, answer: budget.Grant) -> None:
        decider = self._parts.decider
        before = {sim for sim in decider.disables_wait if decider.is_held_back(sim)}
        decider.let_through(answer)
        after = {sim for sim in decider.disables_wait if decider.is_held_back(sim)}
        for sim in before ^ after:
            self._parts.policies.guard_answered(sim)
        self._held = answer.held

    def _report(self, view: AccountView, record: SimRecord, plan: SimPlan) -> None:
        parts = self._parts
        key = record.meta.key
        if plan.synced.reason is SyncedReason.IN_SYNC:
            self._drifted.pop(key, None)
        elif key not in self._drifted:
            # Asked at the first difference: later the status says Pending already.
            self._drifted[key] = was_in_sync(record)
        if not is_silent(record, view):
            status = self._status(record, plan)
            urgent = plan.hold is not HoldStep.KEEP or (
                b'"observedGeneration":%d' % record.meta.generation not in record.status
            )
            parts.services.writer.submit(SIM_KIND, key, record.meta.uid, status, urgent=urgent)
            parts.services.announcer.verdict(record, plan)
        self._tell_corrected(record)

    def _status(self, record: SimRecord, plan: SimPlan) -> bytes:
        parts = self._parts
        iccid = parts.roster.iccid(record.meta.key)
        sighting = parts.state.sightings.get(iccid) if iccid is not None else None
        policies = parts.policies.report(
            record,
            parts.policies.view(record),
            sighting.sim.state if sighting is not None else None,
            begins=plan.hold is HoldStep.BEGIN,
        )
        now = parts.services.clock.now()
        return status_of(record, parts.key, plan, parts.state, iccid, now, policies)

    def _tell_corrected(self, record: SimRecord) -> None:
        key = record.meta.key
        iccid = self._parts.roster.iccid(key)
        if iccid is None or key not in self._unseen or not self._parts.roster.holds(key):
            return
        memory = self._parts.state.ledger(iccid)
        if memory.accepted is None and memory.failure is None and not memory.in_flight:
            self._parts.services.announcer.corrected(record, *self._unseen.pop(key))
            self._parts.services.meters.reconcile("corrected")

    def _act(self, record: SimRecord, plan: SimPlan) -> None:
        parts, key = self._parts, record.meta.key
        iccid = parts.roster.iccid(key)
        self._plans[key] = plan
        finalizer = wants_finalizer(record, plan)
        if finalizer is not None and key not in self._finalizing:
            self._finalizing.add(key)
            parts.background(self._finalize(record, plan, put_on=finalizer))
        if iccid is None or plan.release_finalizer:
            return
        parts.carrier.offer(
            key,
            iccid,
            write=plan.write,
            look=plan.look,
            cause=plan.disable_wanted,
            request=parts.decider.pending_request(record),
        )

    async def _finalize(self, record: SimRecord, plan: SimPlan, *, put_on: bool) -> None:
        finalizers = self._parts.services.finalizers
        try:
            if put_on:
                await finalizers.add(SIM_KIND, record.meta, DISABLE_FINALIZER)
            else:
                if plan.warning is not None:
                    self._parts.services.announcer.let_go(record, plan.warning)
                await finalizers.remove(SIM_KIND, record.meta, DISABLE_FINALIZER)
        except ApiError as error:
            log.warning(
                "a finalizer was not changed and will be tried again: %s",
                error,
                extra=about(namespace=record.meta.key.namespace, name=record.meta.key.name),
            )
            self._parts.decider.reconsider(record.meta.key)
            self._parts.decider.unsettled.add(record.meta.key)
        finally:
            self._finalizing.discard(record.meta.key)

    def still_wanted(self, action: Action) -> bool:
        """Whether a plan made at this moment would send the same write."""
        parts = self._parts
        record = parts.services.store.sims.get(action.sim)
        account = parts.services.store.accounts.get(parts.key)
        if record is None or account is None or parts.roster.assignment(action.sim) != parts.key:
            return False
        if parts.roster.iccid(action.sim) != action.iccid or parts.roster.is_disputed(action.sim):
            return False
        plan = parts.decider.again(
            record, parts.view(account), now=parts.services.clock.now(), tick=time.monotonic()
        )
        return _covers(plan.write, action.write)

    def written(self, action: Action, sent: SimWrite) -> None:
        """1NCE took a write, or may have taken it: tell of it once it is seen."""
        before = self._parts.state.sightings.get(action.iccid)
        plan = self._plans.get(action.sim)
        record = self._parts.services.store.sims.get(action.sim)
        policy = self._parts.policies.view(record) if record is not None else NO_POLICY
        cause = plan.disable_wanted if plan is not None else None
        by_policy = cause is Cause.POLICY and sent.state is SimState.DISABLED
        released = sent.state is SimState.ENABLED and policy.hold is not None
        text = correction_text(
            before.sim if before is not None else None,
            sent,
            cause,
            drifted=self._drifted.get(action.sim, False),
            why=policy.why if by_policy or released else "",
        )
        self._unseen[action.sim] = (text, by_policy)

    def forget(self, sim: Key) -> None:
        """A SIM resource is gone, or belongs to another account now."""
        self._parts.decider.forget(sim)
        self._parts.services.announcer.forget(sim)
        self._parts.policies.forget(sim)
        for memory in (self._plans, self._drifted, self._unseen, self._uids):
            memory.pop(sim, None)


def _covers(planned: SimWrite, action: SimWrite) -> bool:
    return (
        (action.state is None or planned.state == action.state)
        and (action.label is None or planned.label == action.label)
        and (action.imei_lock is None or planned.imei_lock == action.imei_lock)
    )
