"""What a policy decides for all of its SIMs: the same function for Audit and for Enforce.

It looks at one moment and remembers nothing: what must not flap comes in with the members (who is
held, who waits, what was said last), so the same members always get the same answer, in whatever
order they are listed. Nobody is switched off on a guess: where usage is not known the last decision
stands, and none is made anew.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sim_operator.api.choices import PolicyAction
from sim_operator.domain.resources import Key
from sim_operator.planning import limits
from sim_operator.planning.quota.deciding import decision, limit_of_hold
from sim_operator.planning.quota.loads import gauge
from sim_operator.planning.quota.members import Decision, Evaluation, Heavy, Member, Standing
from sim_operator.planning.quota.pooling import PoolState, pool_states
from sim_operator.planning.quota.rulings import Case, Ruling, case_of, ruling, shown_ruling
from sim_operator.planning.quota.terms import Limit, Terms, percent_of, step_of

__all__ = ["Decision", "Evaluation", "Heavy", "Member", "Standing", "evaluate"]

MOST_TOP = 10
_NOT_READ = frozenset({Standing.SUSPENDED, Standing.UNSEEN})
"""Of whom nobody asks: what they use is not missing."""


def evaluate(
    terms: Terms,
    members: Sequence[Member],
    *,
    elsewhere: Sequence[Member] = (),
    patient: bool = False,
) -> Evaluation:
    """Decide about all SIMs that the policy selects, each listed once.

    Usage has to be of the policy's own period. `elsewhere`: SIMs with a hold of the policy that it
    does not select; nothing is decided about them, and they take places as the others do.
    `patient`: the policy is new and its SIMs are being read, so places that may not suffice for all
    are not given to those that were read first.

    Raises:
        ValueError: spec.maxDisabled is neither a number nor a percentage.
    """
    measure = gauge(terms)
    cases = [case_of(one, measure.load(one.usage)) for one in members]
    pools = pool_states(terms, [one.usage for one in members])
    places = limits.resolve(terms.max_disabled, len(members))
    taking = (*cases, *(case_of(one, measure.load(None)) for one in elsewhere))
    free = places - sum(one.takes_place for one in taking)
    real = ruling(terms, cases, pools, free, patient=patient)
    shown = shown_ruling(terms, cases, pools, real, free)
    decisions = {
        one.key: decision(terms, one, pools, shown if one.is_shown_only else real) for one in cases
    }
    found = _counted(terms, cases, decisions, real, pools)
    return replace(found, disabled=found.disabled + sum(map(_is_kept_off, elsewhere)))


def _counted(
    terms: Terms,
    cases: Sequence[Case],
    decisions: Mapping[Key, Decision],
    real: Ruling,
    pools: Sequence[PoolState],
) -> Evaluation:
    """The decisions with what the status of the policy says of them."""
    counting = [one for one in cases if one.member.standing is not Standing.LEAVING]
    exceeded = {one.key for one in counting if _is_exceeded(one, real, pools)}
    used = {pool.limit: pool.used for pool in pools if pool.known}
    return Evaluation(
        decisions=decisions,
        matched=len(cases),
        warned=sum(
            one.load.step is not None and one.key not in exceeded and not one.is_off
            for one in counting
        ),
        exceeded=len(exceeded),
        disabled=sum(_is_kept_off(one.member) for one in counting),
        held=sum(one.action is PolicyAction.HOLD for one in decisions.values()),
        pool_data=used.get(Limit.DATA_POOL),
        pool_sms=used.get(Limit.SMS_POOL),
        pool_step=_pool_step(terms, pools),
        unknown=sum(
            not one.load.known and one.member.standing not in _NOT_READ for one in counting
        ),
        top=_top(counting),
    )


def _is_exceeded(case: Case, real: Ruling, pools: Sequence[PoolState]) -> bool:
    """Over its own limit or out for the pool; who was held counts while a limit still is passed."""
    if case.load.is_over or case.key in real.picked:
        return True
    was_held = case.member.held or case.member.standing is Standing.RELEASED
    return was_held and limit_of_hold(case, pools) is not None


def _is_kept_off(member: Member) -> bool:
    """Whether it is this policy that keeps the SIM off, and the account let it do so."""
    return member.held and not member.waits and member.standing is not Standing.OWNER_DISABLED


def _pool_step(terms: Terms, pools: Sequence[PoolState]) -> int | None:
    highest = max((percent_of(pool.used, pool.value) for pool in pools), default=0)
    return step_of(highest, terms.warn_at)


def _top(cases: Sequence[Case]) -> tuple[Heavy, ...]:
    """The heaviest of those that used anything; of one percentage the one with more of it."""
    used = [one for one in cases if one.load.ratio > 0]
    return tuple(_heavy(one) for one in heapq.nsmallest(MOST_TOP, used, key=_weight))


def _weight(case: Case) -> tuple[int, float, Key]:
    return (-(case.load.percent or 0), -case.load.ratio, case.key)


def _heavy(case: Case) -> Heavy:
    usage = case.member.usage
    data, sms = (usage.data, usage.sms) if usage is not None else (None, None)
    return Heavy(case.key, data, sms, case.load.percent or 0)
