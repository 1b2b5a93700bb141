"""What holds for any policy and any SIMs."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.choices import PolicyAction, PolicyReason
from sim_operator.domain.usage import Service
from sim_operator.planning.limits import resolve
from sim_operator.planning.quota.evaluation import Decision, Member, Standing, evaluate
from sim_operator.planning.quota.terms import POOLS, Terms, is_passed
from tests.unit.planning.quota.fleet import FLEETS, POLICIES

SHOWN_ONLY = (Standing.OBSERVING, Standing.SUSPENDED)


def places_taken(members: Iterable[Member]) -> int:
    """By those that are off, also by a hold that ended."""
    there = [one for one in members if one.standing is not Standing.LEAVING]
    return sum(one.held or one.ends for one in there)


@given(POLICIES, FLEETS)
def test_no_more_places_are_given_than_there_are(terms: Terms, members: list[Member]) -> None:
    found = evaluate(terms, members)
    most = max(resolve(terms.max_disabled, len(members)), places_taken(members))
    disables = [one for one in found.decisions.values() if one.action is PolicyAction.DISABLE]
    placed = [one for one in found.decisions.values() if one.place]
    assert len(disables) <= most
    assert len(placed) <= most
    would = Counter(one.would for one in found.decisions.values())
    pretended = sum(
        one.standing in SHOWN_ONLY and one.last is PolicyAction.DISABLE and not one.held
        for one in members
    )
    assert would[PolicyAction.DISABLE] <= most + pretended


@given(POLICIES, FLEETS, FLEETS)
def test_who_is_off_elsewhere_only_takes_places(
    terms: Terms, members: list[Member], elsewhere: list[Member]
) -> None:
    found, alone = evaluate(terms, members, elsewhere=elsewhere), evaluate(terms, members)
    taken = places_taken([*members, *elsewhere])
    newly = sum(found.decisions[one.key].place and not (one.held or one.ends) for one in members)
    assert taken + newly <= max(resolve(terms.max_disabled, len(members)), taken)
    for one in members:
        if found.decisions[one.key].place:
            assert alone.decisions[one.key].place
    assert (found.matched, found.pool_data) == (alone.matched, alone.pool_data)


@given(POLICIES, FLEETS)
def test_a_place_is_left_free_only_where_nobody_asks_for_it(
    terms: Terms, members: list[Member]
) -> None:
    found = evaluate(terms, members)
    turned_away = [
        one for one in found.decisions.values() if one.reason is PolicyReason.HELD and not one.place
    ]
    placed = sum(found.decisions[one.key].place or bool(places_taken([one])) for one in members)
    assert not turned_away or placed >= resolve(terms.max_disabled, len(members))


@given(POLICIES, FLEETS)
def test_only_a_sim_that_may_be_touched_is_disabled(terms: Terms, members: list[Member]) -> None:
    found = evaluate(terms, members)
    for one in members:
        decided = found.decisions[one.key]
        if one.standing is Standing.RELEASED:
            assert decided.action in (PolicyAction.NONE, PolicyAction.WARN)
            assert not decided.place
        elif one.standing is Standing.UNSEEN:
            assert decided.action is not PolicyAction.DISABLE or one.held
            assert not decided.place or one.held
        elif one.standing is not Standing.ENFORCED:
            assert decided.action is PolicyAction.NONE
        if one.standing not in SHOWN_ONLY:
            assert found.decisions[one.key].would is found.decisions[one.key].action


@given(POLICIES, FLEETS)
def test_nobody_is_newly_disabled_on_a_guess_or_unasked(
    terms: Terms, members: list[Member]
) -> None:
    found = evaluate(terms, members)
    for one in members:
        known = one.usage is not None and any(
            one.usage.of(service) is not None for service in terms.services
        )
        if not one.held and (not known or not terms.disables):
            assert found.decisions[one.key].action is not PolicyAction.DISABLE


@given(POLICIES, FLEETS)
def test_a_sim_that_is_held_stays_so(terms: Terms, members: list[Member]) -> None:
    found = evaluate(terms, members)
    for one in members:
        if one.held and one.standing is Standing.ENFORCED:
            expected = PolicyAction.HOLD if one.waits else PolicyAction.DISABLE
            assert found.decisions[one.key].action is expected


@given(POLICIES, FLEETS, st.randoms(use_true_random=False))
def test_the_order_in_which_sims_are_listed_is_of_no_matter(
    terms: Terms, members: list[Member], chance: Random
) -> None:
    shuffled = list(members)
    chance.shuffle(shuffled)
    assert evaluate(terms, members) == evaluate(terms, shuffled)


@given(POLICIES, FLEETS)
def test_who_is_only_shown_changes_nothing_for_others(terms: Terms, members: list[Member]) -> None:
    without = [
        replace(one, standing=Standing.OUTRANKED) if one.standing in SHOWN_ONLY else one
        for one in members
    ]
    found, other = evaluate(terms, members), evaluate(terms, without)
    for one in members:
        if one.standing not in SHOWN_ONLY:
            assert found.decisions[one.key] == other.decisions[one.key]


@given(POLICIES, FLEETS)
def test_a_fleet_that_is_only_shown_is_told_what_would_be_done(
    terms: Terms, members: list[Member]
) -> None:
    off = PolicyAction.DISABLE
    real = [replace(one, standing=Standing.ENFORCED, last=None, ends=False) for one in members]
    seen = [
        replace(one, standing=Standing.OBSERVING, held=False, last=off if one.held else None)
        for one in real
    ]
    acted, shown = evaluate(terms, real).decisions, evaluate(terms, seen).decisions
    for one in members:
        assert shown[one.key].would is acted[one.key].action
        assert shown[one.key].limit is acted[one.key].limit
        assert shown[one.key].reason is PolicyReason.OBSERVING


def _is_on(one: Member, decision: Decision) -> bool:
    """Whether a SIM is on once all that is decided, and held back, is done."""
    if one.held or one.standing is Standing.OWNER_DISABLED:
        return False
    return decision.reason not in (PolicyReason.HELD, PolicyReason.EXCEEDED) and (
        decision.reason is not PolicyReason.POOL_EXCEEDED
    )


@given(POLICIES, FLEETS)
def test_what_stays_on_fits_into_the_pools_where_it_can_be_made_to(
    terms: Terms, members: list[Member]
) -> None:
    here = [
        replace(one, standing=Standing.ENFORCED)
        for one in members
        if one.standing is not Standing.OWNER_DISABLED
    ]
    found = evaluate(terms, here)
    left = [one for one in here if _is_on(one, found.decisions[one.key])]
    for limit, value in terms.limits(POOLS):
        each = [one.usage.of(limit.service) or 0 for one in left if one.usage is not None]
        assert not is_passed(sum(each), value)


@given(POLICIES, FLEETS)
def test_the_counts_are_those_of_the_decisions(terms: Terms, members: list[Member]) -> None:
    found = evaluate(terms, members)
    actions = Counter(one.action for one in found.decisions.values())
    assert found.matched == len(members) == len(found.decisions)
    assert found.held == actions[PolicyAction.HOLD]
    assert found.warned + found.exceeded <= found.matched
    assert found.unknown <= found.matched
    assert found.disabled <= places_taken(members)
    assert len(found.top) <= 10
    percents = [one.percent for one in found.top]
    assert percents == sorted(percents, reverse=True)
    for service, total in ((Service.DATA, found.pool_data), (Service.SMS, found.pool_sms)):
        each = [one.usage.of(service) or 0 for one in members if one.usage is not None]
        assert total in (None, sum(each))
