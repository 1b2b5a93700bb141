"""Which process decides about a policy, and when it is told that none does."""

from collections.abc import Iterable
from typing import cast

from sim_operator.domain.resources import Key
from sim_operator.engine.quota.matching import Matching
from sim_operator.engine.quota.policy_places import PATIENCE, PolicyPlaces
from sim_operator.engine.roster import Roster
from sim_operator.planning.tenancy import Refusal
from tests.unit.engine.hands import SomeHands

A, B = Key("plant", "account-a"), Key("plant", "account-b")
POLICY = Key("plant", "limit")


class Selection:
    """The SIMs of one policy, each named by the account that it has."""

    def __init__(self, accounts: Iterable[Key | None]) -> None:
        self.accounts = {Key("plant", f"sim-{n}"): one for n, one in enumerate(accounts)}
        self.there = True

    def selected(self, _: Key) -> set[Key]:
        return set(self.accounts)

    def exists(self, _: Key) -> bool:
        return self.there

    def assignment(self, sim: Key) -> Key | Refusal | None:
        return self.accounts[sim]


class Desk:
    """The places of one policy, and a clock."""

    def __init__(self, hands: SomeHands, *accounts: Key | None) -> None:
        self.selection, self.now = Selection(accounts), 0.0
        self.places = PolicyPlaces(
            cast("Matching", self.selection),
            cast("Roster", self.selection),
            {},
            hands,
            lambda: self.now,
        )


def test_who_has_all_accounts_decides() -> None:
    assert Desk(SomeHands({A, B}), A, B, None).places.is_here(POLICY)
    assert not Desk(SomeHands({A}), A, B).places.is_here(POLICY)
    assert not Desk(SomeHands({A}, keeps_rest=True), B).places.is_here(POLICY)


def test_a_policy_that_selects_no_sim_with_an_account_is_of_who_keeps_the_rest() -> None:
    assert Desk(SomeHands({A}, keeps_rest=True), None).places.is_here(POLICY)
    assert not Desk(SomeHands({A}), None).places.is_here(POLICY)
    assert Desk(SomeHands({A}), None).places.unsure([POLICY]) == {POLICY}


def test_where_one_process_does_everything_every_policy_is_here() -> None:
    assert Desk(SomeHands(is_shared=False), A, B).places.is_here(POLICY)


def test_everybody_forgets_a_policy_that_is_gone() -> None:
    desk = Desk(SomeHands(), A)
    assert not desk.places.is_here(POLICY)
    desk.selection.there = False
    assert desk.places.is_here(POLICY)
    assert desk.places.was_here(POLICY)


def test_a_policy_elsewhere_is_asked_about_again_after_a_while() -> None:
    desk = Desk(SomeHands(), A)
    assert desk.places.seems_here(POLICY)
    desk.places.is_here(POLICY)
    assert not desk.places.seems_here(POLICY)
    desk.now += PATIENCE
    assert desk.places.seems_here(POLICY)


def test_accounts_that_stay_in_several_hands_are_told_of_by_one_process() -> None:
    teller, other = Desk(SomeHands({A}, keeps_rest=True), A, B), Desk(SomeHands({A}), A, B)
    for desk in (teller, other):
        assert not desk.places.is_scattered(POLICY)
        desk.now += PATIENCE
    assert teller.places.is_scattered(POLICY)
    assert not other.places.is_scattered(POLICY)


def test_a_hand_over_is_no_news() -> None:
    hands = SomeHands({A}, free={B}, keeps_rest=True)
    desk = Desk(hands, A, B)
    assert not desk.places.is_scattered(POLICY)
    desk.now += PATIENCE / 2
    hands.held.add(B)
    assert not desk.places.is_scattered(POLICY)
    hands.held.remove(B)
    desk.now += PATIENCE / 2
    assert not desk.places.is_scattered(POLICY)


def test_the_accounts_that_came_or_went_are_told_once() -> None:
    hands = SomeHands({A})
    places = Desk(hands, A, B).places
    assert places.moved_accounts([A, B]) == {A}
    hands.held = {B}
    assert places.moved_accounts([A, B]) == {A, B}
    assert places.moved_accounts([A, B]) == set()
