"""From records and sightings to plans, and from plans to statuses and actions.

A pass decides about the SIMs that changed, or about all of them after a sweep; a SIM whose inputs
are the very ones of its last decision is skipped, which makes a pass over a quiet fleet cheap.
Disables pass the budget first: what it grants is on disk before anything is sent.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import orjson

from sim_operator.api.names import (
    RECONCILE_ANNOTATION,
    ConditionType,
    ReadyReason,
    SyncedReason,
)
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key, SimRecord
from sim_operator.engine.account_state import NO_LEDGER, AccountState
from sim_operator.engine.asked import Asked
from sim_operator.engine.claimed import Claimed
from sim_operator.engine.roster import Roster, is_adopted
from sim_operator.planning import budget, limits
from sim_operator.planning.ledger import Ledger
from sim_operator.planning.sim import plan_sim
from sim_operator.planning.verdict import HoldStep, SimPlan
from sim_operator.planning.views import NO_POLICY, Absence, AccountView, Guard, PolicyView, SimView
from sim_operator.status.conditions import condition

log = logging.getLogger(__name__)


def no_policy(_: SimRecord) -> PolicyView:
    """Where nobody looks at policies."""
    return NO_POLICY


class Decider:
    """The plans of one account's SIMs."""

    def __init__(
        self,
        state: AccountState,
        roster: Roster,
        key: Key,
        policy_of: Callable[[SimRecord], PolicyView] = no_policy,
    ) -> None:
        """Decide from `state`, `roster` and what policies say, as they are at each call."""
        self._policy_of = policy_of
        self._state = state
        self._roster = roster
        self._guards: dict[Key, Guard] = {}
        self._waiting: dict[Key, budget.DisableRequest] = {}
        self._answered: dict[Key, str] = {}
        self._deletion_seen: dict[Key, tuple[str, float]] = {}
        self._first_missed: dict[Key, float | None] = {}
        self._asked: dict[Key, Asked] = {}
        self._recalled: dict[Key, str] = {}
        self.claimed = Claimed(key, roster)
        self.unsettled: set[Key] = set()
        """SIMs whose plan depends on the time: they are decided again each second."""

    def forget(self, sim: Key) -> None:
        """A SIM resource left this account."""
        for memory in (
            self._guards,
            self._waiting,
            self._answered,
            self._deletion_seen,
            self._first_missed,
            self._asked,
            self._recalled,
        ):
            memory.pop(sim, None)
        self.claimed.forget(sim)
        self.unsettled.discard(sim)

    def reconsider(self, sim: Key) -> None:
        """What was decided about a SIM did not get through: decide again."""
        self._asked.pop(sim, None)

    def asked(self, sim: Key) -> Asked | None:
        """What the last plan of a SIM was made from; another object means another plan."""
        return self._asked.get(sim)

    def told(self, sim: Key, status: bytes) -> None:
        """This status follows from the last plan of a SIM: once it stands, nothing is new."""
        asked = self._asked.get(sim)
        if asked is not None:
            asked.told = status

    def answered(self, sim: Key, request: str) -> None:
        """A read was made for a reconcile request."""
        self._answered[sim] = request

    def view(self, record: SimRecord, tick: float) -> SimView:
        """What is known of one SIM."""
        state, key = self._state, record.meta.key
        iccid = self._roster.iccid(key)
        if iccid is None:
            self.claimed.forget(key)
            return SimView(holds=True)
        sighting = state.sightings.get(iccid)
        memory = self._ledger(record, iccid)
        holds = self._roster.holds(key)
        self.claimed.note(record, claimed=sighting is not None and holds)
        seen_deleted = self._seen_deleted(record, tick)
        return SimView(
            sighting=sighting.sim if sighting else None,
            current=sighting is not None and sighting.at >= memory.not_before,
            after_deletion=bool(
                sighting and seen_deleted is not None and sighting.at > seen_deleted
            ),
            known=sighting is not None or is_adopted(record),
            missing_sweeps=self._missing_sweeps(key, iccid),
            absence=self._absence(record, iccid),
            holds=holds,
            rival_nearby=None if holds else self._rival(iccid, key),
            requested=self.pending_request(record) is not None,
            guard=self._guards.get(key, Guard.NOT_ASKED),
            ledger=memory,
            policy=self._policy_of(record),
        )

    def _seen_deleted(self, record: SimRecord, tick: float) -> float | None:
        """When this process first saw the resource deleted; a namesake is another resource."""
        if record.meta.deleted_at is None:
            return None
        uid, at = self._deletion_seen.setdefault(record.meta.key, (record.meta.uid, tick))
        if uid != record.meta.uid:
            at = tick
            self._deletion_seen[record.meta.key] = (record.meta.uid, at)
        return at

    def _missing_sweeps(self, key: Key, iccid: Iccid) -> int:
        """Believed sweeps in a row without the SIM.

        One that this process never saw is counted from the first sweep that was asked about it.
        """
        state = self._state
        if iccid in state.sightings:
            self._first_missed.pop(key, None)
            return state.missing.get(iccid, 0)
        if state.listed is None:
            return 0
        first = self._first_missed.setdefault(key, state.last_believed)
        return 1 if first == state.last_believed else 2

    def pending_request(self, record: SimRecord) -> str | None:
        """The reconcile request that was not answered yet."""
        request = record.meta.annotations.get(RECONCILE_ANNOTATION)
        if request is None or self._answered.get(record.meta.key) == request:
            return None
        handled = orjson.loads(record.status).get("lastHandledReconcileAt")
        return None if handled == request else request

    def _ledger(self, record: SimRecord, iccid: Iccid) -> Ledger:
        known = self._state.ledgers.get(iccid)
        key, uid = record.meta.key, record.meta.uid
        first = self._recalled.get(key) != uid
        self._recalled[key] = uid
        if known is not None:
            return known
        if not first or b'"Expired"' not in record.status:
            return NO_LEDGER
        if self.pending_request(record) is not None:
            # A person asks for another attempt: the refusal from before does not hold it up.
            return NO_LEDGER
        status = orjson.loads(record.status)
        ready = condition(status, ConditionType.READY)
        if ready is None or ready.get("reason") != ReadyReason.EXPIRED:
            return NO_LEDGER
        if ready.get("observedGeneration") != record.meta.generation:
            return NO_LEDGER
        # 1NCE refused before this process began: what the status tells of it spares a call a day.
        since = datetime.fromisoformat(str(ready["lastTransitionTime"]))
        quota = (status.get("quota") or {}).get("data") or {}
        restored = Ledger(expired_since=since, expired_quota=quota.get("expiresAt"))
        self._state.remember(iccid, restored)
        return restored

    def _absence(self, record: SimRecord, iccid: Iccid) -> Absence:
        if iccid in self._state.gone:
            return Absence.GONE
        if iccid in self._state.sightings or self._state.listed is None:
            return Absence.NOT_LOOKED
        ready = condition(orjson.loads(record.status), ConditionType.READY)
        # A deletion is a generation of its own, and asks for no other SIM.
        asked = record.meta.generation - (record.meta.deleted_at is not None)
        if (
            ready is not None
            and ready.get("reason") == ReadyReason.NOT_FOUND
            and ready.get("observedGeneration") in (asked, record.meta.generation)
        ):
            return Absence.GONE
        return Absence.NOT_LOOKED

    def _rival(self, iccid: Iccid, key: Key) -> str | None:
        chosen = self._roster.holder(iccid)
        return chosen.name if chosen is not None and chosen.namespace == key.namespace else None

    def plan(
        self, record: SimRecord, account: AccountView, *, now: datetime, tick: float
    ) -> SimPlan | None:
        """The plan for one SIM; None where nothing has changed since its last one."""
        view = self.view(record, tick)
        key = record.meta.key
        asked = self._asked.get(key)
        if asked is None or not asked.covers(record, account, view):
            self._asked[key] = Asked(record, account, view)
        elif key not in self.unsettled:
            return None
        plan = plan_sim(record, account, view, now=now, tick=tick)
        self._note(record, plan, view)
        return plan

    def _note(self, record: SimRecord, plan: SimPlan, view: SimView) -> None:
        key = record.meta.key
        if plan.disable_wanted is None:
            self._waiting.pop(key, None)
            self._guards.pop(key, None)
        else:
            self._waiting[key] = budget.DisableRequest(record.meta.uid, key, plan.disable_wanted)
        ledger = view.ledger
        waits = ledger.failure or ledger.accepted or ledger.expired_since or ledger.retry_at
        acts = plan.look or plan.write or plan.disable_wanted or plan.release_finalizer
        # Whoever has a hold is told when its policies have spoken; there may be thousands.
        pends = view.policy.pends and view.policy.hold is None
        marks = plan.hold is not HoldStep.KEEP or pends
        if waits or acts or marks or plan.synced.reason is SyncedReason.CONTESTED:
            self.unsettled.add(key)
        else:
            self.unsettled.discard(key)

    def again(
        self, record: SimRecord, account: AccountView, *, now: datetime, tick: float
    ) -> SimPlan:
        """The plan as it would be were nothing in flight: asked right before a write is sent."""
        view = self.view(record, tick)
        view = replace(view, ledger=replace(view.ledger, in_flight=False))
        return plan_sim(record, account, view, now=now, tick=tick)

    def ask(self, account: AccountRecord, now: datetime) -> budget.Grant:
        """Ask the budget for every waiting disable; nothing is let through before `let_through`."""
        limit = self.limit(account, now)
        return budget.grant(self._waiting.values(), self._state.reservations, limit, now)

    def limit(self, account: AccountRecord, now: datetime) -> int:
        """How many SIMs of the account may be disabled within an hour."""
        wanted = account.spec.protection.max_disables_per_hour
        if isinstance(wanted, int):
            return wanted
        # What a percentage is of: the claimed SIMs, and those that held a place and went. Else each
        # deletion would shrink the fleet under its own reservation, and hold up the next.
        places = budget.live(self._state.reservations, now)
        return limits.resolve(wanted, len(self.claimed) + self.claimed.without(places))

    def let_through(self, answer: budget.Grant) -> set[Key]:
        """Act on the budget's answer, whose reservations are on disk by now.

        The SIMs for which it says something else than before.
        """
        moved = set()
        for key, request in self._waiting.items():
            guard = Guard.GRANTED if request.uid in answer.granted else Guard.HELD
            if self._guards.get(key) is not guard:
                self._guards[key] = guard
                moved.add(key)
        self._state.reservations = dict(answer.reservations)
        self._state.holding = answer.held
        return moved

    @property
    def disables_wait(self) -> frozenset[Key]:
        """SIMs whose plan contains a disable."""
        return frozenset(self._waiting)

    def is_held_back(self, sim: Key) -> bool:
        """Whether the budget has no place for this SIM's disable."""
        return self._guards.get(sim) is Guard.HELD
