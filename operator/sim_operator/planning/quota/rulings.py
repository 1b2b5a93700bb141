"""Who is to be switched off, and who of them gets a place.

A SIM that the policy cannot act on takes no place from others. What would become of it is found
by asking once more as if it could be switched off, and from the places that the others leave.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sim_operator.api.choices import PolicyAction
from sim_operator.domain.resources import Key
from sim_operator.planning.quota.loads import Load
from sim_operator.planning.quota.members import Member, Standing
from sim_operator.planning.quota.places import Claim, granted
from sim_operator.planning.quota.pooling import Draw, Pick, PoolState, picks
from sim_operator.planning.quota.terms import Terms

_ENFORCED = frozenset({Standing.ENFORCED})
_SHOWN_ONLY = frozenset({Standing.OBSERVING, Standing.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Case:
    """One SIM and its use."""

    key: Key
    member: Member
    load: Load
    is_shown_only: bool
    """Whether the policy may only say what it would do."""
    is_off: bool
    """Off by this policy, in fact or, where it may not act, by what it said last."""
    keeps_place: bool
    """Whether a hold on it takes one of the places, be it the policy's to decide or not."""
    takes_place: bool
    """The same, or it is off still by a hold that ended."""


def case_of(member: Member, load: Load) -> Case:
    """What there is to know of one SIM."""
    shown_only = member.standing in _SHOWN_ONLY
    is_there = member.standing is not Standing.LEAVING
    return Case(
        key=member.key,
        member=member,
        load=load,
        is_shown_only=shown_only,
        is_off=member.held or (shown_only and member.last is PolicyAction.DISABLE),
        keeps_place=member.held and is_there,
        takes_place=(member.held or member.ends) and is_there,
    )


@dataclass(frozen=True, slots=True)
class Ruling:
    """Who is to go, and who of them may."""

    picked: Mapping[Key, Pick]
    places: frozenset[Key]


def _ruling(
    terms: Terms,
    cases: Sequence[Case],
    pools: Sequence[PoolState],
    reach: frozenset[Standing],
    free: int,
    unread: int = 0,
) -> Ruling:
    """Who goes of those whose standing is in `reach`."""
    picked: dict[Key, Pick] = {}
    if any(pool.is_passed for pool in pools):
        draws = [_draw(one, reach) for one in cases]
        picked = picks([(pool.limit, pool.value) for pool in pools], draws)
    if not terms.disables:
        return Ruling(picked, frozenset())
    claims = _claims((one for one in cases if one.member.standing in reach), picked)
    return Ruling(picked, granted(_in_turn(claims, free, unread), free))


def ruling(
    terms: Terms, cases: Sequence[Case], pools: Sequence[PoolState], free: int, *, patient: bool
) -> Ruling:
    """Who goes, with `free` places left for those that are not off yet.

    It is negative where more are off than there are places: then nobody gets one. `patient`: the
    use of the others is about to be read, so who would take a place from them waits.
    """
    unread = sum(_is_unread(one) for one in cases) if patient else 0
    return _ruling(terms, cases, pools, _ENFORCED, free, unread)


def _is_unread(case: Case) -> bool:
    """Whether the SIM may yet turn out to be the heaviest."""
    return case.member.standing is Standing.ENFORCED and not (case.load.known or case.is_off)


def _in_turn(claims: list[Claim], free: int, unread: int) -> list[Claim]:
    """The claims that need not wait for those that are not read yet.

    Places go to the largest excess, not to who was read first: where they may not suffice for all,
    and for a pool, whose rule is about the heaviest, everybody has to be known.
    """
    if not unread:
        return claims
    scarce = free < sum(not one.has_place for one in claims) + unread
    return [one for one in claims if one.kept or one.has_place or not (scarce or one.for_pool)]


def shown_ruling(
    terms: Terms, cases: Sequence[Case], pools: Sequence[PoolState], real: Ruling, free: int
) -> Ruling:
    """Who would go of those that the policy cannot act on, in the places that `real` leaves."""
    shown = [one for one in cases if one.is_shown_only]
    if not shown:
        return real
    pretended = sum(one.is_off and not one.member.held for one in shown)
    would = _ruling(terms, cases, pools, _SHOWN_ONLY | _ENFORCED, 0)
    if not terms.disables:
        return would
    own = sum(one.member.ends and one.key in real.places for one in cases)
    left = free - (len(real.places) - own) - pretended
    return Ruling(would.picked, granted(_claims(shown, would.picked), left))


def _draw(case: Case, reach: frozenset[Standing]) -> Draw:
    member, usage = case.member, case.member.usage
    in_reach = member.standing in reach
    off = case.is_off if in_reach else member.held
    is_on = not (off or member.standing is Standing.OWNER_DISABLED)
    if in_reach and case.load.is_over:
        is_on = False
    return Draw(
        key=member.key,
        data=(usage.data or 0) if usage is not None else 0,
        sms=(usage.sms or 0) if usage is not None else 0,
        is_on=is_on,
        can_go=in_reach and is_on,
    )


def _claims(cases: Iterable[Case], picked: Mapping[Key, Pick]) -> list[Claim]:
    claims: list[Claim] = []
    for one in cases:
        if one.is_off:
            continue
        pick = picked.get(one.key)
        # What was said last stands, so that no place is given away while a hold is on its way.
        kept = one.member.waits or one.member.last is PolicyAction.DISABLE
        if one.load.is_over:
            claims.append(Claim(one.key, False, one.load.percent or 0, kept, one.member.ends))
        elif pick is not None:
            claims.append(Claim(one.key, True, pick.share, kept, one.member.ends))
    return claims
