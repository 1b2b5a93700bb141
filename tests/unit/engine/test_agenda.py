"""Whose turn it is to be read."""

from datetime import date
from itertools import pairwise

import pytest

from sim_operator.domain.iccid import Iccid
from sim_operator.engine.agenda import Agenda, Turn
from sim_operator.planning.need import Need
from sim_operator.planning.rota import first_due, next_due
from tests.unit.specimens import ICCID, iccids

NOW = 5000.0
DAY = date(2026, 11, 1)
A, B, C = sorted(iccids(3))


def need(interval: float = 60.0, urgency: float = 5.0, namespace: str = "plant-a") -> Need:
    return Need(interval, urgency, DAY, sms=False, namespace=namespace)


def agenda(
    needs: dict[Iccid, Need | None], *, details: float = 0.0, shown: bool = True, now: float = NOW
) -> Agenda:
    made = Agenda()
    made.pace(details, now)
    for iccid, wanted in needs.items():
        made.admit(iccid, wanted, now, shown=shown)
    return made


def taken(made: Agenda, now: float = NOW, count: int = 100) -> list[Iccid]:
    return [turn.iccid for turn in made.take(count, now)]


def visit(made: Agenda, now: float = NOW) -> list[Turn]:
    turns = made.take(100, now)
    for turn in turns:
        made.done(turn, now, visit=True)
    return turns


def test_a_sim_that_was_never_visited_is_due_at_once() -> None:
    assert taken(agenda({A: need()})) == [A]


def test_a_visited_sim_is_due_an_interval_later_and_not_before() -> None:
    made = agenda({A: need(60)})
    visit(made)
    assert taken(made, NOW + 59.9) == []
    assert taken(made, NOW + 60) == [A]


def test_a_sim_is_not_given_out_twice() -> None:
    made = agenda({A: need()})
    assert taken(made) == [A]
    assert taken(made) == []


def test_the_hottest_are_taken_first() -> None:
    made = agenda({A: need(urgency=9), B: need(urgency=0.2), C: need(urgency=3)})
    assert taken(made, count=2) == [B, C]
    assert taken(made) == [A]


def test_no_namespace_waits_for_all_sims_of_another() -> None:
    many = {iccid: need(urgency=0.1, namespace="loud") for iccid in iccids(50)}
    one = Iccid("8988303999999999999")
    assert one in taken(agenda({**many, one: need(urgency=8, namespace="quiet")}), count=2)


def test_taking_few_at_a_time_still_gives_every_namespace_its_turn() -> None:
    names = ["a", "b", "c", "d", "e"]
    made = agenda(
        {iccid: need(namespace=names[n % 5]) for n, iccid in enumerate(sorted(iccids(50)))}
    )
    order = sorted(iccids(50))
    served = [names[order.index(taken(made, count=1)[0]) % 5] for _ in range(10)]
    assert sorted(served[:5]) == sorted(served[5:]) == names


def test_who_was_asked_for_goes_before_the_hottest() -> None:
    made = agenda({A: need(urgency=0.1), B: need(urgency=99)})
    made.ask(B, NOW)
    first, second = made.take(2, NOW)
    assert (first, second) == (Turn(B, asked=True, details=False), Turn(A, False, False))


def test_a_sim_may_be_asked_for_before_its_time() -> None:
    made = agenda({A: need(600)})
    visit(made)
    made.ask(A, NOW + 1)
    assert taken(made, NOW + 1) == [A]


def test_who_is_asked_for_while_it_is_read_is_read_again() -> None:
    made = agenda({A: need()})
    (turn,) = made.take(1, NOW)
    made.ask(A, NOW)
    made.done(turn, NOW, visit=True)
    assert taken(made) == [A]


def test_plain_details_come_after_what_policies_need() -> None:
    made = agenda({A: None, B: need(urgency=99), C: None}, details=3600, shown=False)
    assert taken(made)[0] == B


def test_with_details_off_only_needed_sims_are_read() -> None:
    made = agenda({A: None, B: need()})
    assert (A in made, B in made) == (False, True)
    assert taken(made) == [B]


def test_details_are_due_at_their_slot_and_the_use_at_its_own() -> None:
    made = agenda({ICCID: need(600)}, details=3600, shown=False)
    (first,) = visit(made)
    assert first.details
    (second,) = visit(made, NOW + 600)
    assert not second.details
    slot = next_due(ICCID, 3600, NOW)
    moment = NOW + 600
    while moment + 600 < slot:
        moment += 600
        (turn,) = visit(made, moment)
        assert not turn.details
    (at_slot,) = visit(made, slot)
    assert at_slot.details


def test_a_turn_that_failed_is_tried_again_soon_and_others_go_on() -> None:
    made = agenda({A: need(600, urgency=0.1), B: need()})
    (turn,) = made.take(1, NOW)
    made.put_off(turn, NOW)
    assert taken(made) == [B]
    assert taken(made, NOW + 1.9) == []
    assert taken(made, NOW + 2) == [A]


def test_a_sim_that_fails_time_and_again_is_tried_once_a_minute() -> None:
    made = agenda({A: need()})
    now = NOW
    for _ in range(20):
        (turn,) = made.take(1, now)
        made.put_off(turn, now)
        now += 60
    assert taken(made, now - 0.1) == []
    assert taken(made, now) == [A]


def test_who_was_asked_for_and_failed_is_still_asked_for() -> None:
    made = agenda({A: need(600)}, details=3600)
    made.ask(A, NOW)
    (turn,) = made.take(1, NOW)
    made.put_off(turn, NOW)
    (again,) = made.take(1, NOW + 2)
    assert again == turn == Turn(A, asked=True, details=True)


def test_a_shorter_need_moves_the_next_visit() -> None:
    made = agenda({A: need(3600)})
    visit(made)
    made.renew(A, need(60), NOW + 10)
    assert taken(made, NOW + 59) == []
    assert taken(made, NOW + 60) == [A]


def test_a_longer_need_takes_a_sim_out_of_the_line() -> None:
    made = agenda({A: need(60)})
    visit(made)
    made.take(0, NOW + 60)
    made.renew(A, need(600), NOW + 61)
    assert taken(made, NOW + 61) == []
    assert taken(made, NOW + 600) == [A]


def test_a_sim_that_becomes_urgent_while_it_waits_overtakes() -> None:
    fleet = sorted(iccids(1000))
    made = agenda({iccid: need(urgency=5) for iccid in fleet})
    assert taken(made, count=1) == [fleet[0]]
    made.renew(fleet[-1], need(urgency=0.1), NOW + 1)
    assert taken(made, NOW + 1, count=1) == [fleet[-1]]


def test_a_need_that_ends_leaves_details_alone_or_ends_all_reading() -> None:
    off, on = agenda({A: need()}), agenda({A: need()}, details=3600)
    for made in (off, on):
        made.renew(A, None, NOW)
        assert taken(made) == []
    assert (A in off, A in on) == (False, True)
    assert taken(on, NOW + 3600) == [A]


def test_details_that_are_switched_on_are_due_at_once_and_off_no_more() -> None:
    made = agenda({A: need(600)})
    visit(made)
    made.pace(3600, NOW + 1)
    (turn,) = visit(made, NOW + 1)
    assert turn.details
    made.pace(0, NOW + 2)
    (turn,) = visit(made, NOW + 7200)
    assert not turn.details


def test_a_shorter_detail_interval_counts_from_now() -> None:
    made = agenda({A: None}, details=7 * 24 * 3600.0)
    assert taken(made) == []
    made.pace(10, NOW)
    assert taken(made, NOW + 15) == [A]


def test_a_sim_that_cannot_be_read_any_more_is_forgotten() -> None:
    made = agenda({A: need(), B: need()})
    made.ask(A, NOW)
    (turn,) = made.take(1, NOW)
    made.keep({B})
    made.done(turn, NOW, visit=True)
    made.ask(A, NOW)
    assert taken(made) == [B]


def test_the_interval_that_was_really_kept_is_known() -> None:
    made = agenda({A: need(60)})
    assert (made.last_visit(A), made.observed_interval(A)) == (None, None)
    visit(made)
    assert (made.last_visit(A), made.observed_interval(A)) == (NOW, None)
    visit(made, NOW + 95)
    assert (made.last_visit(A), made.observed_interval(A)) == (NOW + 95, 95)
    assert (made.last_visit(B), made.observed_interval(B)) == (None, None)


def test_a_read_of_details_alone_is_no_visit() -> None:
    made = agenda({A: None}, details=3600, shown=False)
    (turn,) = made.take(1, NOW)
    made.done(turn, NOW, visit=False)
    assert made.last_visit(A) is None


def test_a_need_of_no_time_at_all_is_not_due_again_at_once() -> None:
    made = agenda({A: need(0)})
    visit(made)
    assert taken(made) == []
    assert taken(made, NOW + 1) == [A]


@pytest.mark.parametrize("details", [0.0, 3600.0])
def test_ten_thousand_sims_of_which_none_is_due_are_not_looked_at(details: float) -> None:
    made = agenda(dict.fromkeys(iccids(10_000), need(600)), details=details)
    while visit(made):
        pass
    looked_at = [entry for entry in made._entries.values() if entry.timer == float("inf")]
    assert looked_at == []
    assert taken(made) == []
    assert not made._waiting


def test_moments_that_no_longer_count_do_not_pile_up() -> None:
    made = agenda({A: need(600)})
    visit(made)
    for n in range(5000):
        made.renew(A, need(600 + n), NOW)
        made.take(1, NOW)
    assert len(made._timers) < 300
    assert taken(made, NOW + 5598) == []
    assert taken(made, NOW + 5599) == [A]


def test_everybody_in_a_long_line_has_a_turn() -> None:
    fleet = iccids(1000)
    made = agenda({iccid: need(namespace=iccid[-1]) for iccid in fleet})
    seen: list[Iccid] = []
    while batch := taken(made, count=4):
        seen += batch
    assert len(seen) == 1000
    assert set(seen) == fleet


HISTORY = 6 * 3600.0


def chronicled(
    lacking: set[Iccid], complete: set[Iccid] | None = None, *, details: float = 0.0
) -> Agenda:
    made = Agenda()
    made.pace(details, NOW)
    made.pace_history(HISTORY)
    for iccid in lacking | (complete or set()):
        made.chronicle(iccid, NOW, wanted=True, lacks=iccid in lacking)
    return made


def test_a_sim_whose_history_lacks_days_is_due_at_once_and_another_one_in_its_place() -> None:
    made = chronicled({A}, {B})
    assert made.take(100, NOW) == [Turn(A, asked=False, details=False, history=True)]
    due = first_due(B, HISTORY, NOW, shown=True)
    assert taken(made, due - 1) == []
    assert taken(made, due) == [B]


def test_days_that_come_to_be_missing_are_read_at_once_and_only_once() -> None:
    made = chronicled(set(), {A})
    made.chronicle(A, NOW, wanted=True, lacks=True)
    (turn,) = made.take(100, NOW)
    made.done(turn, NOW, visit=False)
    made.chronicle(A, NOW + 60, wanted=True, lacks=True)
    assert taken(made, NOW + 60) == [], "what 1NCE does not give is not asked for all the time"
    made.chronicle(A, NOW + 120, wanted=True, lacks=False)
    made.chronicle(A, NOW + 180, wanted=True, lacks=True)
    assert taken(made, NOW + 180) == [A], "it was lost again"


def test_the_history_of_a_fleet_is_read_evenly_and_within_six_hours() -> None:
    fleet = set(iccids(500))
    made = chronicled(fleet)
    visits: dict[Iccid, list[float]] = {iccid: [] for iccid in fleet}
    for minute in range(1, 24 * 60):
        now = NOW + 60.0 * minute
        turns = made.take(1000, now)
        # 1.4 on average; a while after the rush come three times as many.
        assert minute == 1 or len(turns) < 15
        for turn in turns:
            visits[turn.iccid].append(now)
            made.done(turn, now, visit=False)
    for moments in visits.values():
        waits = [later - now for now, later in pairwise(moments)]
        assert len(moments) in (4, 5)
        assert max(waits) <= HISTORY + 60
        assert min(waits) >= HISTORY / 2 - 60, "nobody is read twice in a rush"


def test_the_history_comes_behind_policies_and_behind_details() -> None:
    made = chronicled({C}, details=3600.0)
    made.admit(A, None, NOW, shown=False)
    made.admit(B, need(urgency=900.0), NOW, shown=True)
    assert taken(made) == [B, A, C]


def test_the_history_is_read_along_when_details_are() -> None:
    made = chronicled({A})
    made.pace(3600.0, NOW)
    assert made.take(100, NOW) == [Turn(A, asked=False, details=True, history=True)]


def test_what_policies_read_is_not_read_again_for_the_history() -> None:
    made = chronicled(set(), {A})
    made.admit(A, need(60), NOW, shown=True)
    made.renew(A, need(60), NOW)
    for minute in range(24 * 60):
        turns = made.take(100, NOW + 60.0 * minute)
        assert [turn.history for turn in turns] == [False]
        made.done(turns[0], NOW + 60.0 * minute, visit=True)


def test_a_reading_for_the_history_is_no_visit_for_policies() -> None:
    made = chronicled({A})
    (turn,) = made.take(100, NOW)
    made.done(turn, NOW, visit=False)
    assert made.last_visit(A) is None
    made.renew(A, need(60), NOW + 1)
    assert taken(made, NOW + 1) == [A], "the first figure of a policy does not wait"


def test_whom_nobody_wants_to_be_read_is_forgotten() -> None:
    made = chronicled({A})
    made.chronicle(A, NOW, wanted=False, lacks=False)
    assert A not in made
    made = chronicled({A})
    made.admit(A, need(), NOW, shown=True)
    made.renew(A, need(), NOW)
    made.chronicle(A, NOW, wanted=False, lacks=False)
    assert A in made
    made.renew(A, None, NOW)
    assert A not in made


def test_without_a_history_nobody_is_read_for_it() -> None:
    made = agenda({})
    made.chronicle(A, NOW, wanted=True, lacks=True)
    assert A not in made


def test_an_outage_leaves_the_history_due() -> None:
    made = chronicled({A})
    (turn,) = made.take(100, NOW)
    made.put_off(turn, NOW)
    assert taken(made, NOW + 1) == []
    assert made.take(100, NOW + 2) == [Turn(A, asked=False, details=False, history=True)]
