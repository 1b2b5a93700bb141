"""Which SIMs a pass decides about."""

from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.resources import Key
from sim_operator.engine.due import Due

MEMBERS = [Key("plant-a", f"pump-{number}") for number in range(1000)]
FIRST, SECOND, LEFT = *MEMBERS[:2], Key("plant-a", "moved-away")


def never(_: Key) -> bool:
    return False


def begun(unsettled: set[Key] | None = None) -> Due:
    """After the first pass, which looks at all."""
    due = Due(unsettled or set(), never)
    assert due.take(MEMBERS, 0.0) == set(MEMBERS)
    due.ended()
    return due


def test_nothing_is_due_where_nothing_happened() -> None:
    due = begun()
    assert FIRST not in due
    assert due.take(MEMBERS, 1.0) == set()


def test_a_sim_that_something_happened_to_waits_until_its_pass_is_over() -> None:
    due = begun()
    due.touch(FIRST)
    assert FIRST in due
    assert due.take(MEMBERS, 1.0) == {FIRST}
    assert FIRST in due
    due.ended()
    assert FIRST not in due


def test_a_sim_that_left_the_account_is_looked_at_with_all_others() -> None:
    due = begun()
    due.touch(LEFT)
    due.touch_all()
    assert due.take(MEMBERS, 1.0) == {*MEMBERS, LEFT}


def test_what_changes_during_a_pass_is_taken_a_few_at_a_time() -> None:
    due = begun()
    due.take(MEMBERS, 1.0)
    due.touch(FIRST)
    due.touch(SECOND)
    (taken,) = due.take_changed(1)
    assert taken in due
    due.ended()
    assert due.take(MEMBERS, 2.0) == {FIRST, SECOND} - {taken}


def test_a_few_unsettled_sims_are_looked_at_in_every_pass() -> None:
    due = begun({FIRST})
    assert [due.take(MEMBERS, 1.0) for _ in range(2)] == [{FIRST}, {FIRST}]


def test_very_many_unsettled_sims_are_looked_at_in_turn_a_part_each_second() -> None:
    due = begun(set(MEMBERS))
    parts = [due.take(MEMBERS, second) for second in (1.0, 1.5, 2.0)]
    assert not parts[1], "once a second is enough"
    assert parts[0] | parts[2] == set(MEMBERS)
    assert not parts[0] & parts[2]


def test_a_sim_whose_action_waits_for_a_worker_is_not_looked_at_meanwhile() -> None:
    due = Due(set(MEMBERS), {FIRST}.__contains__)
    due.take(MEMBERS, 0.0)
    looked = due.take(MEMBERS, 1.0) | due.take(MEMBERS, 2.0)
    assert looked == set(MEMBERS) - {FIRST}


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(MEMBERS[:300])), max_size=80))
def test_whatever_stays_unsettled_is_looked_at_again(history: list[tuple[bool, Key]]) -> None:
    unsettled = set(MEMBERS[300:])
    due, tick = begun(unsettled), 0.0
    for comes, sim in history:
        (unsettled.add if comes else unsettled.discard)(sim)
        tick += 1
        due.take(MEMBERS, tick)
        due.ended()
    looked: set[Key] = set()
    for _ in range(4):
        tick += 1
        looked |= due.take(MEMBERS, tick)
    assert unsettled <= looked
