"""Claims where accounts are in several hands: nobody acts on a SIM that another may act on."""

from typing import Any

from sim_operator.domain.resources import Key, SimRecord
from sim_operator.engine.roster import Roster
from tests.unit.engine.hands import SomeHands
from tests.unit.engine.test_roster import OLD, OTHER, SHOWN, YOUNG, Cluster, claim
from tests.unit.specimens import ACCOUNT, account_record

GONE = Key("sim-operator", "gone")
IN_OTHER: dict[str, Any] = {**SHOWN, "account": str(OTHER)}
IN_GONE: dict[str, Any] = {**SHOWN, "account": str(GONE)}


class Shared(Cluster):
    """A cluster of which one process has a part."""

    def __init__(self, hands: SomeHands, *sims: SimRecord) -> None:
        super().__init__(*sims)
        self.accounts[OTHER] = account_record(OTHER, spec={"allowedNamespaces": {"from": "All"}})
        self.hands = hands
        self.roster = Roster(
            self.sims,
            self.accounts,
            default_account=ACCOUNT,
            labels_of=self._labels,
            lists=self._lists,
            hands=hands,
        )
        for key in self.sims:
            self.roster.refresh(key)


def rivals(**of_old: Any) -> tuple[SimRecord, SimRecord]:
    return claim(OLD, **of_old), claim(YOUNG, account=OTHER)


def test_a_sim_that_nobody_else_claims_is_not_disputed() -> None:
    cluster = Shared(SomeHands({ACCOUNT}), claim(OLD))
    assert not cluster.roster.is_disputed(OLD)
    assert cluster.roster.holds(OLD)


def test_rivals_in_different_hands_both_wait_while_no_status_shows_a_holder() -> None:
    for hands in (SomeHands({ACCOUNT}), SomeHands({OTHER})):
        roster = Shared(hands, *rivals()).roster
        assert roster.is_disputed(OLD)
        assert roster.is_disputed(YOUNG)


def test_whom_the_statuses_show_as_the_holder_keeps_its_sim_in_every_eye() -> None:
    for hands in (SomeHands({ACCOUNT}), SomeHands({OTHER})):
        cluster = Shared(hands, *rivals(status={**SHOWN, "account": str(ACCOUNT)}))
        assert not cluster.roster.is_disputed(OLD)
        assert cluster.holders() == {OLD}


def test_a_holder_that_is_being_deleted_beside_a_live_rival_elsewhere_waits_with_it() -> None:
    deleted = claim(OLD, status=SHOWN, deleted_at="2026-11-23T12:00:00Z")
    roster = Shared(SomeHands({ACCOUNT}), deleted, claim(YOUNG, account=OTHER)).roster
    assert roster.is_disputed(OLD)


def test_rivals_in_one_hand_are_decided_about_as_ever() -> None:
    cluster = Shared(SomeHands({ACCOUNT, OTHER}), *rivals())
    assert not cluster.roster.is_disputed(OLD)
    assert cluster.holders() == {OLD}


def test_a_sim_that_came_from_an_account_elsewhere_waits_until_both_are_here() -> None:
    moved = claim(OLD, status=IN_OTHER)
    assert Shared(SomeHands({ACCOUNT}), moved).roster.is_disputed(OLD)
    assert not Shared(SomeHands({ACCOUNT, OTHER}), moved).roster.is_disputed(OLD)


def test_a_sim_whose_old_account_is_gone_waits_only_while_somebody_holds_that() -> None:
    left = claim(OLD, status=IN_GONE)
    assert Shared(SomeHands({ACCOUNT}), left).roster.is_disputed(OLD)
    assert not Shared(SomeHands({ACCOUNT}, free={GONE}), left).roster.is_disputed(OLD)


def test_a_rival_that_comes_from_an_account_elsewhere_makes_its_rivals_wait() -> None:
    cluster = Shared(SomeHands({ACCOUNT}), claim(OLD), claim(YOUNG, status=IN_OTHER))
    assert cluster.roster.is_disputed(OLD)


def test_a_rival_without_an_account_is_none() -> None:
    cluster = Shared(SomeHands({ACCOUNT}), claim(OLD), claim(YOUNG, account=GONE))
    assert not cluster.roster.is_disputed(OLD)


def test_accounts_that_may_act_on_one_sim_are_tied() -> None:
    moved = claim(OLD, status=IN_GONE)
    roster = Shared(SomeHands({ACCOUNT}), moved, claim(YOUNG, account=OTHER)).roster
    assert roster.rivals(OLD) == roster.rivals(YOUNG) == {ACCOUNT, OTHER, GONE}


def test_a_sim_is_ours_with_its_account_and_without_one_where_the_rest_is_ours() -> None:
    lone = claim(YOUNG, account=GONE)
    for hands, ours in (
        (SomeHands({ACCOUNT}), {OLD}),
        (SomeHands({OTHER}, keeps_rest=True), {YOUNG}),
    ):
        roster = Shared(hands, claim(OLD), lone).roster
        assert {key for key in (OLD, YOUNG) if roster.is_ours(key)} == ours


def test_a_status_that_the_old_hand_wrote_last_is_noticed() -> None:
    cluster = Shared(SomeHands({ACCOUNT}), claim(OLD, status=IN_OTHER))
    assert cluster.roster.is_overwritten(OLD)
    cluster.put(claim(OLD, status={**SHOWN, "account": str(ACCOUNT)}))
    assert not cluster.roster.is_overwritten(OLD)
