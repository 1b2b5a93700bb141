"""A pass: decide about some SIMs of an account, then report and act.

The order is what keeps promises: plans first, then the disable budget, whose grants are on disk
before anything is offered to the workers, then statuses, then actions. A pass over a whole fleet
takes a while beside everything else that the process does; so a SIM that changes meanwhile is
decided about in between, unless it asks for a place in the budget: that order is the pass's own.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass

from sim_operator.api.names import ACCOUNT_KIND, SIM_KIND
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key, SimRecord
from sim_operator.domain.sim import SimWrite
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.account_sweeps import AccountSweeps
from sim_operator.engine.action import Action
from sim_operator.engine.asked import Asked
from sim_operator.engine.carrying import Carrier
from sim_operator.engine.consequences import is_silent, status_of
from sim_operator.engine.corrections import Corrections
from sim_operator.engine.deciding import Decider
from sim_operator.engine.finalizing import Finalizing
from sim_operator.engine.policies import Policies
from sim_operator.engine.roster import Roster
from sim_operator.engine.services import Services
from sim_operator.kube.status_writer import StatusNotWrittenError
from sim_operator.planning import budget
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.verdict import HoldStep, SimPlan
from sim_operator.planning.views import AccountView
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)

_BREATH = 200
"""SIMs between two turns of the event loop."""

_Decided = dict[Key, tuple[SimRecord, SimPlan]]


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
    used: Callable[[Key, Iccid], Usage | None]
    view: Callable[[AccountRecord], AccountView]
    touch: Callable[[Key], None]
    background: Callable[[Coroutine[object, object, None]], None]


class Passes:
    """The passes of one account."""

    def __init__(self, parts: Parts) -> None:
        """Nothing happens before `run`."""
        self._parts = parts
        self._corrections = Corrections(
            parts.state, parts.roster, parts.services, parts.policies.view
        )
        self._plans: dict[Key, SimPlan] = {}
        self._reported: dict[Key, Asked] = {}
        """Of SIMs that are decided about again and again: from what the last report was made."""
        self._uids: dict[Key, str] = {}
        self._finalizing = Finalizing(parts.services, parts.decider, parts.background)
        self._held = 0

    async def run(
        self,
        sims: Iterable[Key],
        beat: Callable[[], None],
        changed: Callable[[], Iterable[Key]] = tuple,
    ) -> None:
        """Decide about `sims`, report, act; `changed` gives a few that changed meanwhile."""
        account = self._parts.services.store.accounts.get(self._parts.key)
        if account is None:
            return
        view = self._parts.view(account)
        decided: _Decided = {}
        for number, key in enumerate(sims):
            if number % _BREATH == _BREATH - 1:
                beat()
                await asyncio.sleep(0)
                decided |= self._hurry(view, changed(), decided)
            self._decide(view, key, decided)
        if self._parts.decider.disables_wait or self._held:
            await self._guard(account, view, decided)
        for number, key in enumerate(tuple(decided)):
            if key in decided:
                self._conclude(view, *decided[key])
            if number % _BREATH == _BREATH - 1:
                beat()
                await asyncio.sleep(0)
                for late in self._hurry(view, changed(), decided):
                    # The budget was asked already: the next pass asks it for this one.
                    self._parts.decider.reconsider(late)
                    self._parts.touch(late)
        if decided:
            self._parts.services.meters.reconcile("decided")

    def _hurry(self, view: AccountView, changed: Iterable[Key], decided: _Decided) -> _Decided:
        """Decide about SIMs that changed since the pass began; those that wait for the budget."""
        waiting: _Decided = {}
        for key in changed:
            now: _Decided = {}
            self._decide(view, key, now)
            if now or key not in self._uids:
                # What the pass has decided before is overtaken.
                decided.pop(key, None)
            for record, plan in now.values():
                if plan.disable_wanted is None:
                    self._conclude(view, record, plan)
                else:
                    waiting[key] = (record, plan)
        return waiting

    def _decide(self, view: AccountView, key: Key, decided: _Decided) -> None:
        parts = self._parts
        record = parts.services.store.sims.get(key)
        if record is None or parts.roster.assignment(key) != parts.key:
            self.forget(key)
            return
        if self._uids.setdefault(key, record.meta.uid) != record.meta.uid:
            # Deleted and created again: what is remembered is of another resource.
            self.forget(key)
            self._uids[key] = record.meta.uid
        if parts.roster.is_disputed(key):
            parts.decider.unsettled.add(key)
            return
        plan = parts.decider.plan(
            record, view, now=parts.services.clock.now(), tick=time.monotonic()
        )
        if plan is not None:
            decided[key] = (record, plan)

    def _conclude(self, view: AccountView, record: SimRecord, plan: SimPlan) -> None:
        """Report and act; a plan that is the same again, from the same, is told already."""
        key, decider = record.meta.key, self._parts.decider
        asked = decider.asked(key)
        told = asked is not None and self._reported.get(key) is asked
        if not (told and self._plans.get(key) == plan):
            self._report(view, record, plan)
        if asked is not None and key in decider.unsettled:
            self._reported[key] = asked
        else:
            self._reported.pop(key, None)
        self._corrections.tell_seen(record)
        self._act(record, plan)

    async def _guard(
        self,
        account: AccountRecord,
        view: AccountView,
        decided: _Decided,
    ) -> None:
        """Pass the waiting disables through the budget; plan those again that it moves."""
        parts = self._parts
        answer = parts.decider.ask(account, parts.services.clock.now())
        for key in await self._reserved(account, answer):
            record = parts.services.store.sims.get(key)
            if record is None or parts.roster.is_disputed(key):
                continue
            plan = parts.decider.plan(
                record, view, now=parts.services.clock.now(), tick=time.monotonic()
            )
            if plan is not None:
                decided[key] = (record, plan)

    async def _reserved(self, account: AccountRecord, answer: budget.Grant) -> set[Key]:
        """Write the reservations down before anybody relies on them; whom the answer moves."""
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
                # The writer asked for the status again while the places stood in it.
                parts.sweeps.report_again()
                return set()
        elif before != (state.reservations, state.holding):
            parts.sweeps.report(account)
        return self._let_through(answer)

    def _let_through(self, answer: budget.Grant) -> set[Key]:
        decider = self._parts.decider
        before = {sim for sim in decider.disables_wait if decider.is_held_back(sim)}
        moved = decider.let_through(answer)
        after = {sim for sim in decider.disables_wait if decider.is_held_back(sim)}
        for sim in before ^ after:
            self._parts.policies.guard_answered(sim)
        self._held = answer.held
        return moved

    def _report(self, view: AccountView, record: SimRecord, plan: SimPlan) -> None:
        parts = self._parts
        key = record.meta.key
        self._corrections.planned(record, plan)
        if not is_silent(record, view):
            status = self._status(record, plan)
            urgent = plan.hold is not HoldStep.KEEP or (
                b'"observedGeneration":%d' % record.meta.generation not in record.status
            )
            parts.decider.told(key, status)
            parts.services.writer.submit(SIM_KIND, key, record.meta.uid, status, urgent=urgent)
            parts.services.announcer.verdict(record, plan)

    def _status(self, record: SimRecord, plan: SimPlan) -> bytes:
        parts = self._parts
        iccid = parts.roster.iccid(record.meta.key)
        sighting = parts.state.sightings.get(iccid) if iccid is not None else None
        policies = parts.policies.report(
            record,
            parts.policies.view(record),
            sighting.sim.state if sighting is not None else None,
            begins=plan.hold is HoldStep.BEGIN,
            read=parts.used(record.meta.key, iccid) if iccid is not None else None,
        )
        now = parts.services.clock.now()
        return status_of(record, parts.key, plan, parts.state, iccid, now, policies)

    def _act(self, record: SimRecord, plan: SimPlan) -> None:
        parts, key = self._parts, record.meta.key
        iccid = parts.roster.iccid(key)
        self._plans[key] = plan
        self._finalizing.settle(record, plan)
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
        self._corrections.written(action, sent, self._plans.get(action.sim))

    def forget(self, sim: Key) -> None:
        """A SIM resource is gone, or belongs to another account now."""
        self._parts.decider.forget(sim)
        self._parts.services.announcer.forget(sim)
        self._parts.policies.forget(sim)
        self._corrections.forget(sim)
        for memory in (self._plans, self._reported, self._uids):
            memory.pop(sim, None)


def _covers(planned: SimWrite, action: SimWrite) -> bool:
    return (
        (action.state is None or planned.state == action.state)
        and (action.label is None or planned.label == action.label)
        and (action.imei_lock is None or planned.imei_lock == action.imei_lock)
    )
