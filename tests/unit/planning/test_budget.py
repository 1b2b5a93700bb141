"""How many SIMs may be switched off in an hour."""

from datetime import datetime, timedelta

from sim_operator.domain.resources import Key
from sim_operator.planning.budget import MOST_RESERVATIONS, DisableRequest, Grant, grant, live
from sim_operator.planning.verdict import Cause
from tests.unit.specimens import NOW

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def request(uid: str, cause: Cause = Cause.SPEC, name: str = "") -> DisableRequest:
    return DisableRequest(uid, Key("plant-a", name or uid), cause)


def ask(
    *uids: str, limit: int, taken: dict[str, datetime] | None = None, now: datetime = NOW
) -> Grant:
    return grant([request(uid) for uid in uids], taken or {}, limit, now)


def test_as_many_go_as_the_limit_says_and_the_rest_waits() -> None:
    answer = ask("a", "b", "c", limit=2)
    assert answer.granted == {"a", "b"}
    assert answer.held == 1
    assert answer.changed


def test_nothing_to_ask_for_changes_nothing() -> None:
    answer = ask(limit=2, taken={"a": NOW - MINUTE})
    assert (answer.granted, answer.held, answer.changed) == (frozenset(), 0, False)


def test_a_limit_of_zero_holds_all() -> None:
    answer = ask("a", "b", limit=0)
    assert answer.granted == frozenset()
    assert answer.held == 2
    assert not answer.changed


def test_a_limit_of_zero_holds_also_what_had_a_place() -> None:
    answer = ask("a", limit=0, taken={"a": NOW - MINUTE})
    assert answer.granted == frozenset()
    assert answer.held == 1


def test_owners_come_before_deletions_and_deletions_before_policies() -> None:
    asked = [
        request("policy", Cause.POLICY, "a"),
        request("deletion", Cause.DELETION, "b"),
        request("spec", Cause.SPEC, "c"),
    ]
    for limit, through in ((1, {"spec"}), (2, {"spec", "deletion"})):
        assert grant(asked, {}, limit, NOW).granted == through


def test_equal_causes_go_by_namespace_and_name() -> None:
    asked = [DisableRequest("u1", Key("b", "a"), Cause.SPEC), request("u2", name="z")]
    asked.append(DisableRequest("u3", Key("a", "z"), Cause.SPEC))
    assert grant(asked, {}, 1, NOW).granted == {"u3"}


def test_a_place_is_free_again_after_an_hour() -> None:
    taken = {"a": NOW}
    assert ask("b", limit=1, taken=taken, now=NOW + HOUR - MINUTE).granted == frozenset()
    assert ask("b", limit=1, taken=taken, now=NOW + HOUR).granted == {"b"}


def test_the_hour_slides() -> None:
    first = ask("a", limit=2)
    second = ask("b", limit=2, taken=dict(first.reservations), now=NOW + 40 * MINUTE)
    third = ask("c", "d", limit=2, taken=dict(second.reservations), now=NOW + 61 * MINUTE)
    assert third.granted == {"c"}
    assert third.held == 1
    taken = dict(third.reservations)
    assert ask("d", limit=2, taken=taken, now=NOW + 99 * MINUTE).granted == frozenset()
    assert ask("d", limit=2, taken=taken, now=NOW + 100 * MINUTE).granted == {"d"}


def test_sending_again_takes_no_second_place() -> None:
    first = ask("a", limit=2)
    again = ask("a", "b", limit=2, taken=dict(first.reservations), now=NOW + MINUTE / 2)
    assert again.granted == {"a", "b"}
    assert len(again.reservations) == 2


def test_sending_again_a_moment_later_writes_nothing() -> None:
    first = ask("a", limit=1)
    assert not ask(
        "a", limit=1, taken=dict(first.reservations), now=NOW + timedelta(seconds=5)
    ).changed


def test_the_hour_counts_from_the_latest_disable_of_a_sim() -> None:
    late = NOW + 59 * MINUTE
    again = ask("a", limit=1, taken={"a": NOW}, now=late)
    assert again.granted == {"a"}
    assert again.changed
    after = ask("b", limit=1, taken=dict(again.reservations), now=NOW + 61 * MINUTE)
    assert after.granted == frozenset()


def test_raising_the_limit_lets_waiting_ones_through() -> None:
    first = ask("a", "b", limit=1)
    taken = dict(first.reservations)
    assert ask("a", "b", limit=2, taken=taken, now=NOW + MINUTE).granted == {"a", "b"}


def test_lowering_the_limit_holds_back_also_who_has_a_place() -> None:
    taken = {"a": NOW, "b": NOW + MINUTE, "c": NOW + 2 * MINUTE}
    answer = ask("a", "d", limit=2, taken=taken, now=NOW + 3 * MINUTE)
    # Nobody can tell who of the three was switched off: the first place has to end.
    assert (answer.granted, answer.held, answer.changed) == (frozenset(), 2, False)
    fits = ask("b", "d", limit=2, taken=dict(answer.reservations), now=NOW + HOUR)
    assert fits.granted == {"b"}
    assert fits.held == 1


def test_a_lowered_limit_gives_no_place_before_fewer_are_taken() -> None:
    taken = {"a": NOW, "b": NOW + MINUTE, "c": NOW + 2 * MINUTE}
    opens = NOW + MINUTE + HOUR
    just_before = opens - timedelta(seconds=1)
    assert ask("d", limit=2, taken=taken, now=just_before).granted == frozenset()
    assert ask("d", limit=2, taken=taken, now=opens).granted == {"d"}


def test_a_clock_that_steps_back_opens_no_second_budget() -> None:
    first = ask("a", limit=1)
    back = NOW - 3 * HOUR
    held = ask("b", limit=1, taken=dict(first.reservations), now=back)
    assert held.granted == frozenset()
    taken = dict(held.reservations)
    assert ask("b", limit=1, taken=taken, now=back + 59 * MINUTE).granted == frozenset()


def test_a_place_from_the_future_counts_for_an_hour_and_not_for_ever() -> None:
    held = ask("b", limit=1, taken={"a": NOW + timedelta(days=3650)})
    assert held.granted == frozenset()
    later = ask("b", limit=1, taken=dict(held.reservations), now=NOW + HOUR)
    assert later.granted == {"b"}


def test_only_places_of_the_last_hour_are_live() -> None:
    taken = {"old": NOW - HOUR, "young": NOW - 59 * MINUTE, "ahead": NOW + MINUTE}
    assert live(taken, NOW) == {"young": NOW - 59 * MINUTE, "ahead": NOW}


def test_no_more_go_than_a_status_can_remember() -> None:
    asked = [request(f"{n:05d}") for n in range(MOST_RESERVATIONS + 3)]
    answer = grant(asked, {}, 1_000_000, NOW)
    assert len(answer.granted) == len(answer.reservations) == MOST_RESERVATIONS
    assert answer.held == 3
