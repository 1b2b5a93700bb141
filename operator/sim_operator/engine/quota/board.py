"""All QuotaPolicies at work: what changed is evaluated, and who is concerned is told.

One evaluation looks at every SIM of its policy, because pools and places are shared; when it is one
policy's turn stands in `rounds`.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sim_operator.api.names import POLICY_KIND, SIM_KIND
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.engine.quota.beginnings import Beginnings
from sim_operator.engine.quota.bookkeeping import Bookkeeping
from sim_operator.engine.quota.books import UsageBooks
from sim_operator.engine.quota.evaluating import Evaluator, breathe
from sim_operator.engine.quota.holds import Holds
from sim_operator.engine.quota.loops import Loops
from sim_operator.engine.quota.matching import Matching
from sim_operator.engine.quota.members import Members
from sim_operator.engine.quota.policy_places import PolicyPlaces
from sim_operator.engine.quota.rounds import Rounds
from sim_operator.engine.quota.verdicts import Verdicts
from sim_operator.engine.roster import Roster
from sim_operator.engine.services import Services
from sim_operator.kube.store import Change
from sim_operator.planning.quota.evaluation import Decision, Evaluation
from sim_operator.planning.quota.holds import Hold
from sim_operator.planning.quota.terms import Terms
from sim_operator.telemetry.logs import about

log = logging.getLogger(__name__)

_DEADLINE = 120.0
_AFTER_FAULT = 60.0
"""Seconds after which a policy that could not be evaluated is tried again."""
_AFRESH = 30.0
"""Seconds after which a policy is evaluated though nothing was said to have changed."""


class QuotaBoard:
    """Evaluates policies and remembers what they decided."""

    def __init__(
        self,
        services: Services,
        roster: Roster,
        loops: Loops,
        evaluated: Callable[[Key, Evaluation | None, Evaluation | None], None],
        begun: Callable[[Key], Hold | None],
    ) -> None:
        """Nothing is decided before `load`.

        `evaluated` is told of each result, after the one before; None: there is none. `begun` gives
        the hold on a SIM that is being written.
        """
        self._services = services
        self._roster = roster
        self._loops = loops
        self._evaluated = evaluated
        store = services.store
        self.matching = Matching(store.sims, store.policies)
        self.books = UsageBooks(services.clock, self._usage_moved)
        self.verdicts = Verdicts(self.matching, services.clock.now)
        self.holds = Holds(
            self.matching, self.books, roster, loops, store.unreadable, self.verdicts.pool_used
        )
        self._bookkeeping = Bookkeeping(store.sims, roster, self.matching, self.holds, self.books)
        self._beginnings = Beginnings()
        decided = self.verdicts.decision
        self.members = Members(
            store, roster, loops, self.matching, self.books, self.holds, decided, begun
        )
        self._evaluator = Evaluator(self.members, self._beginnings)
        self.evaluations: Mapping[Key, Evaluation] = self.verdicts.evaluations
        self._due = Rounds()
        self.places = PolicyPlaces(self.matching, roster, loops, services.hands)
        self._moved: set[Key] = set()
        self._turn = asyncio.Lock()
        self.faults: dict[Key, str] = {}
        """Policies that could not be evaluated the last time, and the kind of fault."""

    # What is told to it

    async def load(self) -> None:
        """Every list is complete: policies count from here on."""
        self.matching.load()
        self.holds.loaded = True
        sims = self._services.store.sims
        for number, sim in enumerate(tuple(sims)):
            if sim in sims:
                self.holds.take_in(sim, sims[sim])
                self._bookkeeping.want(sim)
            await breathe(number)
        self._due.mark(self.matching.all())

    def changed(self, change: Change) -> None:
        """A SIM or policy came, changed or went."""
        if not self.holds.loaded:
            return
        if change.kind == POLICY_KIND:
            concerned = self.matching.policy_changed(change.key)
            if change.new is not None:
                self.holds.policy_returned(change.new.meta.uid)
            for gone in self.verdicts.keep_only(self.matching.policies()):
                self._beginnings.forget(gone)
            for sim in concerned:
                self._bookkeeping.want(sim)
                self._tell(sim)
            policies = {change.key}.union(*map(self.matching.keys_selecting, concerned))
            self._due.changed(policies)
        elif change.kind == SIM_KIND:
            self._due.mark(self.matching.keys_of(self._holds_moved(change.key)))
            self._due.changed(self.matching.sim_changed(change.key))
            self._bookkeeping.want(change.key)

    def mode_changed(self, account: Key) -> None:
        """Whether an account's SIMs may be switched is not what it was."""
        self._due.changed(self.matching.all_selecting(self._roster.sims_of([account])))

    def echoed(self, change: Change) -> None:
        """Only the status changed: a hold that was acknowledged or cleared counts."""
        if change.kind != SIM_KIND or not self.holds.loaded:
            return
        moved = self._holds_moved(change.key)
        if moved:
            # Whose hold it was need not select the SIM, and has a place again.
            keepers = self.matching.keys_of(moved)
            self._due.mark(keepers | self.matching.keys_selecting(change.key))
            self._tell(change.key)

    def _holds_moved(self, sim: Key) -> frozenset[str]:
        return self.holds.take_in(sim, self._services.store.sims.get(sim))

    async def swept(self, account: Key) -> None:
        """A sweep of an account was believed: who is there, on or off, may be new."""
        sims = tuple(self._roster.members.get(account, ()))
        namespaces = {sim.namespace for sim in sims}
        self._due.mark(key for key in self.matching.policies() if key.namespace in namespaces)
        for number, sim in enumerate(sims):
            self._bookkeeping.want(sim)
            await breathe(number)

    def guard_answered(self, sim: Key) -> None:
        """The account's guard let a disable through, or did not."""
        self._due.mark(self.matching.keys_selecting(sim))

    def _usage_moved(self, iccid: Iccid) -> None:
        sim = self._roster.holder(iccid)
        if sim is not None:
            self._moved.add(sim)
            self._due.mark(self.matching.keys_selecting(sim))

    # What it does

    async def run(self) -> None:
        """Evaluate what is due, until cancelled."""
        beats = self._services.heartbeats
        while True:
            beats.beat("quota policies", _DEADLINE)
            self._mark_old()
            for policy in self._due.ready():
                await self._evaluate(policy)
                beats.beat("quota policies", _DEADLINE)
                await asyncio.sleep(0)
            await self._due.more()

    async def catch_up(self) -> None:
        """Evaluate everything that waits."""
        for policy in self._due.all_due():
            await self._evaluate(policy)

    def _mark_old(self) -> None:
        for policy in filter(self.places.seems_here, self.matching.all()):
            old = self._due.idle_for(policy) > _AFRESH or self.verdicts.have_turned(policy)
            if old and not self.places.is_early(policy):
                self._due.mark([policy])

    def hands_changed(self) -> None:
        """Accounts, or what belongs to none, came into this process's hands or left them."""
        if not self.holds.loaded:
            return
        sims = self._roster.sims_of(self.places.moved_accounts(self._services.store.accounts))
        for sim in sims:
            self._bookkeeping.want(sim)
        policies = self.matching.all_selecting(sims) | self.places.unsure(self.matching.all())
        for policy in policies:
            if not self.places.is_here(policy):
                self._give_away(policy)
        self._due.mark(policies)

    def _give_away(self, policy: Key) -> None:
        """Another process decides, or nobody for now: what was decided here counts no more."""
        self._due.put_off(policy)
        if self.verdicts.forget(policy):
            for sim in self.matching.selected(policy):
                self._tell(sim)

    async def _evaluate(self, policy: Key) -> None:
        """Decide for all SIMs of a policy while others run; what changes meanwhile is due again."""
        async with self._turn:
            if not self.places.is_here(policy):
                self._give_away(policy)
                return
            if self.places.is_early(policy):
                self._due.put_off(policy)
                return
            self._due.begin(policy)
            try:
                await self._decide(policy)
            except Exception as error:
                self._fail(policy, error)

    def _fail(self, policy: Key, error: Exception) -> None:
        """A fault of ours: the last decision of this policy stands, and others go on."""
        text = "deciding for QuotaPolicy %s failed and will be tried again in %.0f s"
        whose = about(namespace=policy.namespace, name=policy.name)
        log.error(text, policy, _AFTER_FAULT, exc_info=error, extra=whose)
        self._services.meters.reconcile("failed")
        self.faults[policy] = type(error).__name__
        self._due.fail(policy, _AFTER_FAULT)
        found = self.evaluations.get(policy)
        self._evaluated(policy, found, found)

    async def _decide(self, policy: Key) -> None:
        terms, now, took, found = self.matching.terms(policy), self._services.clock.now(), 0.0, None
        if terms is not None:
            found, took = await self._evaluator.evaluate(policy, terms, now)
        if self.matching.terms(policy) is not terms or not self.places.is_here(policy):
            self._due.break_off(policy)
        else:
            self._conclude(policy, terms, found, now, took)

    def _conclude(
        self,
        policy: Key,
        terms: Terms | None,
        found: Evaluation | None,
        now: datetime,
        took: float,
    ) -> None:
        before = None
        self.faults.pop(policy, None)
        if terms is not None and found is not None:
            before = self.evaluations.get(policy)
            known = before if self.verdicts.are_of(policy, terms) else None
            self.verdicts.take_in(policy, terms, found, now)
            self._tell_changed(known, found)
        waited_for = self._due.end(policy, took)
        if waited_for and found is not None:
            self._tell_held(found)
        self._evaluated(policy, before, found)
        if policy not in self._services.store.policies:
            self._due.forget(policy)

    def _tell_changed(self, before: Evaluation | None, now: Evaluation) -> None:
        old: Mapping[Key, Decision] = before.decisions if before is not None else {}
        for sim, decision in now.decisions.items():
            if sim in self._moved or old.get(sim) != decision:
                self._moved.discard(sim)
                self._tell(sim)

    def _tell_held(self, found: Evaluation) -> None:
        """What became of a hold waited for this answer, be it the same as before."""
        for sim in found.decisions:
            record = self._services.store.sims.get(sim)
            if record is not None and self.holds.on_record(record) is not None:
                self._tell(sim)

    def _tell(self, sim: Key) -> None:
        account = self._roster.assignment(sim)
        loop = self._loops.get(account) if isinstance(account, Key) else None
        if loop is not None:
            loop.look_again(sim)

    # What it is asked

    def rounds_for(self, sims: Iterable[Key]) -> Mapping[Key, int]:
        """What has to be evaluated until the use of these SIMs, as it is now, is decided about."""
        policies = self.matching.all_selecting(sims)
        return self._due.wanted(filter(self.places.was_here, policies))

    def are_over(self, rounds: Mapping[Key, int]) -> bool:
        """Whether all of that was evaluated."""
        return self._due.are_over(rounds)

    def is_outdated(self, terms: Terms) -> bool:
        """Whether a policy has yet to be evaluated as things are since the last change."""
        return self._due.is_outdated(self.matching.key_of(terms))

    def is_reading(self, terms: Terms) -> bool:
        """Whether a new policy waits for the first figures of some of its SIMs."""
        policy = self.matching.key_of(terms)
        found = self.evaluations.get(policy)
        return bool(found and found.unknown and self._beginnings.is_new(policy, terms))
