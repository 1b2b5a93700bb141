"""The SIMs that a policy selects, as its evaluation sees them."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from sim_operator.api.choices import PolicyAction, PolicyMode
from sim_operator.api.names import RELEASE_HOLD_ANNOTATION
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key, SimRecord
from sim_operator.domain.states import AccountMode, ManagementPolicy, SimState
from sim_operator.engine.quota.books import UsageBooks
from sim_operator.engine.quota.holds import Holds
from sim_operator.engine.quota.loops import Loop, Loops
from sim_operator.engine.quota.matching import Matching
from sim_operator.engine.roster import Roster
from sim_operator.kube.store import Store
from sim_operator.planning.quota.evaluation import Decision, Member, Standing
from sim_operator.planning.quota.holds import Hold
from sim_operator.planning.quota.period import period_at
from sim_operator.planning.quota.terms import Terms

_AS_SAID = frozenset({Standing.ENFORCED, Standing.UNSEEN})
"""Of whom a trial goes on as it said before."""
_ANSWERS = frozenset({Standing.ENFORCED, Standing.RELEASED})
"""With whom the policy could deal."""


class Members:
    """Puts the members of a policy together from what is known at this moment."""

    def __init__(
        self,
        store: Store,
        roster: Roster,
        loops: Loops,
        matching: Matching,
        books: UsageBooks,
        holds: Holds,
        last: Callable[[Key, Key], Decision | None],
        begun: Callable[[Key], Hold | None],
    ) -> None:
        """`last` gives the decision that a policy took about a SIM before.

        `begun` gives the hold on a SIM that is being written.
        """
        self._begun = begun
        self._store = store
        self._roster = roster
        self._loops = loops
        self._matching = matching
        self._books = books
        self._holds = holds
        self._last = last

    def of(self, policy: Key, terms: Terms, now: datetime) -> Iterator[Member]:
        """Every SIM that the policy selects, each as it is when its turn comes."""
        for sim in list(self._matching.selected(policy)):
            record = self._store.sims.get(sim)
            if record is not None:
                yield self._member(policy, terms, record, now)

    def elsewhere(self, policy: Key, terms: Terms, now: datetime) -> list[Member]:
        """The SIMs with a hold of the policy that it does not select (any more).

        In Audit a policy keeps nobody off, and what it kept off before takes no place in the trial.
        """
        if terms.mode is not PolicyMode.ENFORCE:
            return []
        sims = self._holds.kept_by(terms.uid) - self._matching.selected(policy)
        records = [record for sim in sims if (record := self._store.sims.get(sim)) is not None]
        return [self._member(policy, terms, record, now) for record in records]

    def _loop(self, sim: Key) -> Loop | None:
        account = self._roster.assignment(sim)
        return self._loops.get(account) if isinstance(account, Key) else None

    def _member(self, policy: Key, terms: Terms, record: SimRecord, now: datetime) -> Member:
        sim = record.meta.key
        iccid = self._roster.iccid(sim)
        loop = self._loop(sim)
        standing = self._standing(terms, record, iccid, loop)
        if iccid is None or not self._roster.holds(sim):
            return Member(sim, None, Standing.LEAVING)
        if standing is Standing.LEAVING:
            return Member(sim, self._books.usage(iccid, terms.track, now), standing)
        last = self._before(policy, terms, record, now)
        if terms.mode is PolicyMode.AUDIT:
            held = last is PolicyAction.DISABLE and standing in _AS_SAID
        else:
            held = self._is_held(terms, record, now)
        ends = terms.mode is PolicyMode.ENFORCE and not held and self._has_hold(terms, record)
        if standing is Standing.ENFORCED and not held and _is_released(terms, record, now):
            standing = Standing.RELEASED
        return Member(
            key=sim,
            usage=self._books.usage(iccid, terms.track, now),
            standing=standing,
            held=held,
            ends=ends,
            waits=terms.mode is PolicyMode.ENFORCE and loop is not None and loop.waits(sim),
            last=last,
        )

    def _standing(
        self, terms: Terms, record: SimRecord, iccid: Iccid | None, loop: Loop | None
    ) -> Standing:
        spec, sim = record.spec, record.meta.key
        seen = loop.state.sightings.get(iccid) if loop is not None and iccid is not None else None
        account = self._account(sim)
        if (
            record.meta.deleted_at is not None
            or iccid in (loop.state.gone if loop is not None else ())
            or not self._roster.holds(sim)
        ):
            return Standing.LEAVING
        if seen is None or account is None:
            is_read = loop is not None and loop.state.listed is not None
            return Standing.LEAVING if is_read and account is not None else Standing.UNSEEN
        if spec.state is SimState.DISABLED:
            return Standing.OWNER_DISABLED
        if (
            spec.state is None
            and seen.sim.state is SimState.DISABLED
            and self._holds.on_record(record) is None
        ):
            # Somebody switched it off, and nobody asks for the contrary.
            return Standing.OWNER_DISABLED
        if spec.suspend or account.spec.mode is AccountMode.PAUSED:
            return Standing.SUSPENDED
        if spec.management is ManagementPolicy.OBSERVE or account.spec.mode is AccountMode.OBSERVE:
            return Standing.OBSERVING
        first = self._matching.winner(sim, terms.mode)
        if first is None or first.uid != terms.uid:
            return Standing.OUTRANKED
        return Standing.ENFORCED

    def is_answered(self, terms: Terms, record: SimRecord, decision: Decision) -> bool:
        """Whether a decision says what is to be done with a SIM as things are now.

        One that was taken while nothing could be done tells what would have been.
        """
        if decision.standing in _ANSWERS:
            return True
        iccid, loop = self._roster.iccid(record.meta.key), self._loop(record.meta.key)
        return self._standing(terms, record, iccid, loop) is not Standing.ENFORCED

    def _account(self, sim: Key) -> AccountRecord | None:
        account = self._roster.assignment(sim)
        return self._store.accounts.get(account) if isinstance(account, Key) else None

    def _is_held(self, terms: Terms, record: SimRecord, now: datetime) -> bool:
        """Whether a hold of the policy stands, or is on its way to the API server."""
        hold = self._holds.standing(record, now)
        if hold is not None and hold.hold.policy_uid == terms.uid:
            return hold.over is None
        begun = self._begun(record.meta.key)
        if begun is None or begun.policy_uid != terms.uid:
            return False
        return begun.period == period_at(terms.track, now).name

    def _has_hold(self, terms: Terms, record: SimRecord) -> bool:
        """Whether a hold of the policy is on the record, be it over or not."""
        hold = self._holds.on_record(record)
        return hold is not None and hold.policy_uid == terms.uid

    def _before(
        self, policy: Key, terms: Terms, record: SimRecord, now: datetime
    ) -> PolicyAction | None:
        """What was decided last: by this process, else as the status tells of this period."""
        last = self._last(policy, record.meta.key)
        if last is not None:
            return last.would
        return recalled(record.status, policy.name, terms.mode, period_at(terms.track, now).name)


def _is_released(terms: Terms, record: SimRecord, now: datetime) -> bool:
    """Whether a person ended a hold of the present period, by repeating when it began.

    Asked of the period and not of the moment: a clock that is set back must not take it again.
    """
    released = record.meta.annotations.get(RELEASE_HOLD_ANNOTATION)
    if released is None:
        return False
    try:
        since = datetime.fromisoformat(released)
    except ValueError:
        return False
    if since.tzinfo is None:
        return False
    period = period_at(terms.track, now)
    return period.start <= since and (period.end is None or since < period.end)


def recalled(status: bytes, policy: str, mode: PolicyMode, period: str) -> PolicyAction | None:
    """The decision that the status of a SIM tells of: by this policy, and in this period."""
    if b'"policy"' not in status:
        return None
    whole: Mapping[str, Any] = orjson.loads(status)
    told: Mapping[str, Any] = whole.get("policy") or {}
    if told.get("name") != policy or told.get("mode") != mode:
        return None
    if (whole.get("usage") or {}).get("period") != period:
        return None
    word = told.get("wouldDo" if mode is PolicyMode.AUDIT else "action")
    return PolicyAction(word) if word in set(PolicyAction) else None
