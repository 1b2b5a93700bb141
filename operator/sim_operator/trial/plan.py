"""What policies would do at this moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from sim_operator.api.choices import PolicyAction, PolicyMode
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.domain.states import SimState
from sim_operator.planning import limits
from sim_operator.planning.quota.evaluation import Decision, Evaluation, Member, Standing
from sim_operator.planning.quota.loads import gauge
from sim_operator.planning.quota.period import period_at
from sim_operator.planning.quota.terms import Terms
from sim_operator.planning.tenancy import Refusal
from sim_operator.settings import Settings
from sim_operator.trial.documents import Document
from sim_operator.trial.outcomes import AccountGuard, Now, PlanOutcome, SimOutcome
from sim_operator.trial.preparing import Prepared, prepared
from sim_operator.trial.reading import read_usage
from sim_operator.trial.reasons import sentence
from sim_operator.trial.world import World, told

Announce = Callable[[int], Callable[[], None]]
"""Told how many SIMs will be read; gives what is called after each."""


async def plan(
    documents: Sequence[Document], settings: Settings, announce: Announce, most_sims: int | None
) -> list[PlanOutcome]:
    """What each policy would do; at most `most_sims` of each namespace are read at 1NCE.

    Raises:
        BadInputError, UnreachableError, NoClusterError, ClockUnavailableError: see `prepared`.
    """
    outcomes = []
    async with prepared(documents, settings) as namespaces:
        wanted = [_wanted(one, most_sims) for one in namespaces]
        done = announce(sum(map(len, wanted)))
        for one, sims in zip(namespaces, wanted, strict=True):
            read = await read_usage(one.world, sims, done)
            skipped = len({sim for key in one.policies for sim in _keys(one.world, key)} - read)
            notes = one.notes
            if skipped:
                notes = (*notes, f"{skipped} SIMs were not read at 1NCE (see wasRead).")
            outcomes += [_Plan(one.world, key, read).outcome(notes) for key in one.policies]
    return outcomes


def _keys(world: World, policy: Key) -> list[Key]:
    return [record.meta.key for record in world.concerned(policy)]


def _wanted(one: Prepared, most: int | None) -> list[Key]:
    """Whom to read: with a bound, those that had used most of a limit when last told."""
    world, loads = one.world, dict[Key, int]()
    for policy in one.policies:
        terms, now = world.terms(policy), world.clock.now()
        world.open_books(world.concerned(policy))
        measure = gauge(terms)
        for sim in _keys(world, policy):
            iccid = world.roster.iccid(sim)
            usage = world.books.usage(iccid, terms.track, now) if iccid is not None else None
            loads[sim] = max(loads.get(sim, 0), measure.load(usage).percent or 0)
    return sorted(loads, key=lambda sim: (-loads[sim], sim))[:most]


@dataclass(slots=True)
class _Plan:
    """One policy and its SIMs."""

    world: World
    policy: Key
    read: set[Key]

    def outcome(self, notes: Sequence[str]) -> PlanOutcome:
        """What it would do."""
        world, now = self.world, self.world.clock.now()
        terms = world.terms(self.policy)
        found = world.evaluate(self.policy)
        members = {one.key: one for one in world.members(self.policy)}
        sims = tuple(
            self._sim(record, members.get(record.meta.key), terms, found, now)
            for record in world.concerned(self.policy)
        )
        return PlanOutcome(
            terms=terms,
            namespace=self.policy.namespace,
            as_of=now,
            period=period_at(terms.track, now),
            places=limits.resolve(terms.max_disabled, found.matched),
            evaluation=found,
            sims=sims,
            guards=_guards(world, sims),
            notes=tuple(notes),
        )

    def _sim(
        self,
        record: SimRecord,
        member: Member | None,
        terms: Terms,
        found: Evaluation,
        now: datetime,
    ) -> SimOutcome:
        world, sim = self.world, record.meta.key
        glance, iccid = world.glance(sim), world.roster.iccid(sim)
        seen = glance.state.sightings[iccid].sim.state if glance and iccid else None
        decision = found.decisions.get(sim)
        hold = world.holds.standing(record, now)
        over = hold.over if hold is not None else None
        released = over is not None and (decision is None or not decision.place)
        first = world.matching.winner(sim, terms.mode)
        why = over or "It is kept off."
        if decision is not None and member is not None and not released:
            name = first.name if first is not None else None
            why = sentence(terms, decision, member.standing, period_at(terms.track, now), name)
        elif over is not None:
            why = f"{over} {_after(record, terms, first)}"
        refusal = world.roster.assignment(sim)
        if isinstance(refusal, Refusal):
            why = refusal.message
        today = Now.from_status(told(world.cluster.sims[sim]))
        standing = member.standing if member is not None else Standing.LEAVING
        return SimOutcome(
            key=sim,
            iccid=iccid,
            account=world.account(sim),
            state=seen.value if seen is not None else None,
            usage=world.books.usage(iccid, terms.track, now) if iccid is not None else None,
            was_read=sim in self.read,
            decision=decision,
            now=today,
            is_off=member is not None and member.held and terms.mode is PolicyMode.ENFORCE,
            released=released,
            why=why,
            exhausts_at=world.exhausts_at(sim, terms),
            changes=released or _changes(terms, decision, standing, today),
        )


def _after(record: SimRecord, terms: Terms, first: Terms | None) -> str:
    """What follows the end of a hold."""
    before = (orjson.loads(record.status).get("policy") or {}).get("hold") or {}
    if SimState.DISABLED in (record.spec.state, before.get("stateBefore")):
        return "It stays off: it was off before, or its owner wants it so."
    if first is not None and first.uid != terms.uid:
        return f"QuotaPolicy {first.name} decides about it then."
    return "It comes back."


def _changes(
    terms: Terms, decision: Decision | None, standing: Standing, today: Now | None
) -> bool:
    """Whether the status would tell something else than it does."""
    none = PolicyAction.NONE.value
    mine = today is not None and today.policy == terms.name
    if standing in (Standing.OUTRANKED, Standing.LEAVING) or decision is None:
        return mine
    acts = terms.mode is PolicyMode.ENFORCE
    action = decision.action if acts else PolicyAction.NONE
    would = decision.would if decision.would is not action else PolicyAction.NONE
    before = (today.action, today.would_do) if today is not None else (none, none)
    return before != (action.value, would.value)


def _guards(world: World, sims: Sequence[SimOutcome]) -> tuple[AccountGuard, ...]:
    """What the accounts' guards make of all who would newly be switched off."""
    wanted: dict[Key, int] = {}
    for one in sims:
        acted = one.decision is not None and one.decision.action is PolicyAction.DISABLE
        if acted and not one.is_off and one.account is not None:
            wanted[one.account] = wanted.get(one.account, 0) + 1
    return tuple(_guard(world, account, wanted[account]) for account in sorted(wanted))


def hourly_limit(world: World, account: Key) -> int:
    """Disables that an account lets through in an hour, of the SIMs that claim it by its status."""
    record = world.store.accounts[account]
    status: dict[str, Any] = orjson.loads(record.status)
    claimed = (status.get("sims") or {}).get("claimed")
    here = len(world.roster.members.get(account, ()))
    of = max(claimed if isinstance(claimed, int) else 0, here)
    return limits.resolve(record.spec.protection.max_disables_per_hour, of)


def _guard(world: World, account: Key, wanted: int) -> AccountGuard:
    limit = hourly_limit(world, account)
    status: dict[str, Any] = orjson.loads(world.store.accounts[account].status)
    taken = (status.get("protection") or {}).get("disablesInWindow")
    in_window = taken if isinstance(taken, int) else 0
    return AccountGuard.of(account, limit=limit, taken=in_window, wanted=wanted)
