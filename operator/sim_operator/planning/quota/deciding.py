"""The decision about one SIM, once it is clear who goes and who has a place."""

from collections.abc import Sequence
from dataclasses import replace

from sim_operator.api.choices import PolicyAction, PolicyReason
from sim_operator.planning.quota.loads import Load
from sim_operator.planning.quota.members import Decision, Standing
from sim_operator.planning.quota.pooling import PoolState
from sim_operator.planning.quota.rulings import Case, Ruling
from sim_operator.planning.quota.terms import Limit, Terms

_NEVER_ASKED = frozenset({Standing.OUTRANKED, Standing.LEAVING})


def decision(terms: Terms, case: Case, pools: Sequence[PoolState], ruling: Ruling) -> Decision:
    """What is done with the SIM; `ruling` is the one that it falls under."""
    made, standing = _decided(terms, case, pools, ruling), case.member.standing
    return made if made.standing is standing else replace(made, standing=standing)


def _decided(terms: Terms, case: Case, pools: Sequence[PoolState], ruling: Ruling) -> Decision:
    standing = case.member.standing
    if standing in _NEVER_ASKED:
        return _untouched(case, _told(case.load))
    if standing is Standing.OWNER_DISABLED:
        return _untouched(case, PolicyReason.OWNER_DISABLED)
    if standing is Standing.RELEASED:
        return _released(case, pools)
    if standing is Standing.UNSEEN:
        return _unseen(case, pools)
    acted = _acted(terms, case, pools, ruling)
    if not case.is_shown_only:
        return acted
    return Decision(
        action=PolicyAction.NONE,
        reason=PolicyReason.OBSERVING,
        limit=acted.limit,
        percent=acted.percent,
        step=acted.step,
        would=acted.action,
        place=case.keeps_place,
    )


def _untouched(case: Case, reason: PolicyReason) -> Decision:
    return _made(case, PolicyAction.NONE, reason, case.load.limit, place=case.keeps_place)


def _released(case: Case, pools: Sequence[PoolState]) -> Decision:
    """The decision about a SIM that a person let go: what it uses is told, and nothing is done."""
    limit, reason = limit_of_hold(case, pools), _told(case.load)
    if case.load.known and limit is not None:
        reason = PolicyReason.POOL_EXCEEDED if limit.pooled else PolicyReason.EXCEEDED
    calm = reason in (PolicyReason.WITHIN_LIMIT, PolicyReason.USAGE_UNKNOWN)
    action = PolicyAction.NONE if calm else PolicyAction.WARN
    return _made(case, action, reason, limit or case.load.limit)


def _unseen(case: Case, pools: Sequence[PoolState]) -> Decision:
    """The decision about a SIM whose account is not read: the last one stands, and none is new."""
    if case.is_off:
        return _kept_off(case, pools)
    last = case.member.last or PolicyAction.NONE
    action = PolicyAction.HOLD if last is PolicyAction.DISABLE else last
    return _made(case, action, _told(case.load), case.load.limit)


def _told(load: Load) -> PolicyReason:
    """How much a SIM used, in the words of a reason."""
    if not load.known:
        return PolicyReason.USAGE_UNKNOWN
    if load.passed:
        return PolicyReason.EXCEEDED if load.is_over else PolicyReason.POOL_EXCEEDED
    return PolicyReason.WITHIN_LIMIT if load.step is None else PolicyReason.WARNED


def _acted(terms: Terms, case: Case, pools: Sequence[PoolState], ruling: Ruling) -> Decision:
    """The decision about a SIM that can be switched off."""
    member, load = case.member, case.load
    if case.is_off:
        return _kept_off(case, pools)
    if not load.known:
        # Without a hold, Disable would be a new disable: it waits until usage is known again.
        last = member.last or PolicyAction.NONE
        action = PolicyAction.HOLD if last is PolicyAction.DISABLE else last
        return _made(case, action, PolicyReason.USAGE_UNKNOWN, load.limit)
    pick = ruling.picked.get(member.key)
    if not load.is_over and pick is None:
        action = PolicyAction.NONE if load.step is None else PolicyAction.WARN
        return _made(case, action, _told(load), load.limit)
    limit = load.limit if pick is None else pick.limit
    reason = PolicyReason.EXCEEDED if load.is_over else PolicyReason.POOL_EXCEEDED
    if not terms.disables:
        return _made(case, PolicyAction.WARN, reason, limit)
    place = member.key in ruling.places
    if place and not member.waits:
        return _made(case, PolicyAction.DISABLE, reason, limit, place=True)
    return _made(case, PolicyAction.HOLD, PolicyReason.HELD, limit, place=place)


def _kept_off(case: Case, pools: Sequence[PoolState]) -> Decision:
    """The decision about a SIM that is off by this policy: it stays so, whatever is known."""
    limit = limit_of_hold(case, pools)
    if not case.load.known:
        reason = PolicyReason.USAGE_UNKNOWN
    elif case.member.waits:
        reason = PolicyReason.HELD
    elif limit is None:
        reason = PolicyReason.WAITING_FOR_PERIOD
    else:
        reason = PolicyReason.POOL_EXCEEDED if limit.pooled else PolicyReason.EXCEEDED
    action = PolicyAction.HOLD if case.member.waits else PolicyAction.DISABLE
    return _made(case, action, reason, limit, place=True)


def limit_of_hold(case: Case, pools: Sequence[PoolState]) -> Limit | None:
    """The limit that would still keep the SIM off; None: none does any more."""
    usage = case.member.usage
    if case.load.is_over or usage is None:
        return case.load.limit
    passed = [(pool, usage.of(pool.limit.service) or 0) for pool in pools if pool.is_passed]
    shares = [(used / max(pool.value, 1), pool.limit) for pool, used in passed if used > 0]
    return max(shares, key=lambda share: share[0])[1] if shares else None


def _made(
    case: Case,
    action: PolicyAction,
    reason: PolicyReason,
    limit: Limit | None,
    *,
    place: bool = False,
) -> Decision:
    step = case.load.step if reason is PolicyReason.WARNED else None
    return Decision(action, reason, limit, case.load.percent, step, action, place)
