"""Which policies are due, and what a round has to have seen."""

from sim_operator.domain.resources import Key
from sim_operator.engine.quota.rounds import Rounds

A, B = Key("plant", "a"), Key("plant", "b")


def ended(rounds: Rounds, policy: Key) -> bool:
    rounds.begin(policy)
    return rounds.end(policy, 0.0)


def test_what_is_marked_is_due_until_its_round_begins() -> None:
    rounds = Rounds()
    rounds.mark([A, B])
    assert rounds.all_due() == [A, B]
    assert rounds.ready() == []
    rounds.begin(A)
    assert rounds.all_due() == [B]


def test_a_change_during_a_round_is_not_answered_by_it() -> None:
    rounds = Rounds()
    rounds.changed([A])
    rounds.begin(A)
    rounds.changed([A])
    assert rounds.end(A, 0.0)
    assert rounds.is_outdated(A)
    assert ended(rounds, A)
    assert not rounds.is_outdated(A)
    assert not ended(rounds, A)


def test_a_round_that_was_under_way_before_a_mark_does_not_count_for_it() -> None:
    rounds = Rounds()
    rounds.mark([A])
    rounds.begin(A)
    rounds.mark([A])
    wanted = rounds.wanted([A, B])
    rounds.end(A, 0.0)
    assert not rounds.are_over(wanted)
    ended(rounds, A)
    assert rounds.are_over(wanted)


def test_later_marks_do_not_hold_up_who_waits_for_an_earlier_one() -> None:
    rounds = Rounds()
    rounds.mark([A])
    wanted = rounds.wanted([A])
    ended(rounds, A)
    rounds.mark([A])
    assert rounds.are_over(wanted)


def test_a_round_that_was_broken_off_is_due_again_and_has_not_ended() -> None:
    rounds = Rounds()
    rounds.mark([A])
    wanted = rounds.wanted([A])
    rounds.begin(A)
    rounds.break_off(A)
    assert rounds.all_due() == [A]
    assert not rounds.are_over(wanted)


def test_what_is_put_off_is_not_due_and_not_over() -> None:
    rounds = Rounds()
    rounds.mark([A])
    rounds.put_off(A)
    assert not rounds.all_due()
    assert not rounds.are_over(rounds.wanted([A]))
    rounds.mark([A])
    assert rounds.all_due() == [A]


def test_nobody_waits_for_a_policy_that_is_gone() -> None:
    rounds = Rounds()
    rounds.mark([A])
    wanted = rounds.wanted([A])
    rounds.forget(A)
    assert rounds.are_over(wanted)
    assert not rounds.all_due()


def test_a_long_round_is_followed_by_a_rest_that_ends_soon() -> None:
    rounds = Rounds()
    rounds.begin(A)
    rounds.end(A, 60.0)
    assert -5.0 <= rounds.idle_for(A) < 0.0


def test_policies_take_their_turns_by_name() -> None:
    rounds = Rounds()
    rounds.mark([B])
    rounds.mark([A])
    assert rounds.all_due() == [A, B]
