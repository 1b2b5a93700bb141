"""What one process knows of the life of others, by its own clock alone."""

from sim_operator.domain.resources import Key
from sim_operator.planning.vigil import Pulse, Vigil

ACCOUNT = Key("plant", "a")


def pulse(version: int) -> Pulse:
    return Pulse(str(version), 15.0)


def test_who_renews_lives_and_who_does_not_has_ended_after_its_duration() -> None:
    vigil = Vigil("me")
    vigil.note({"other": pulse(1)}, {ACCOUNT: "other"}, 100.0)
    vigil.note({"other": pulse(2)}, {ACCOUNT: "other"}, 110.0)
    assert vigil.is_member("other", 124.9)
    assert not vigil.is_free(ACCOUNT, "other", 124.9)
    assert not vigil.is_member("other", 125.0)
    assert vigil.is_free(ACCOUNT, "other", 125.0)


def test_a_longer_lease_lasts_longer() -> None:
    vigil = Vigil("me")
    vigil.note({"other": Pulse("1", 60.0)}, {}, 100.0)
    assert not vigil.has_ended("other", 159.9)
    assert vigil.has_ended("other", 160.0)


def test_a_lease_that_is_gone_proves_nothing_before_it_would_have_run_out() -> None:
    vigil = Vigil("me")
    vigil.note({"other": pulse(1)}, {ACCOUNT: "other"}, 100.0)
    vigil.note({}, {ACCOUNT: "other"}, 101.0)
    assert not vigil.is_member("other", 101.0)
    assert not vigil.is_free(ACCOUNT, "other", 115.9), "it may have been renewed before it went"
    assert vigil.is_free(ACCOUNT, "other", 116.0)
    vigil.note({}, {ACCOUNT: "other"}, 110.0)
    assert vigil.is_free(ACCOUNT, "other", 116.0), "once gone it is not renewed"


def test_a_lease_that_had_run_out_before_it_went_is_not_waited_for_again() -> None:
    vigil = Vigil("me")
    vigil.note({"other": pulse(1)}, {ACCOUNT: "other"}, 100.0)
    vigil.note({"other": pulse(1)}, {ACCOUNT: "other"}, 115.0)
    vigil.note({}, {ACCOUNT: "other"}, 117.0)
    assert vigil.is_free(ACCOUNT, "other", 117.0)


def test_a_lease_that_went_between_two_looks_far_apart_is_waited_for() -> None:
    vigil = Vigil("me")
    vigil.note({"other": pulse(1)}, {ACCOUNT: "other"}, 100.0)
    vigil.note({}, {ACCOUNT: "other"}, 120.0)
    assert not vigil.is_free(ACCOUNT, "other", 134.9)
    assert vigil.is_free(ACCOUNT, "other", 135.0)


def test_a_holder_that_was_never_seen_alive_is_waited_for_from_the_first_look() -> None:
    vigil = Vigil("me")
    vigil.note({}, {ACCOUNT: "stranger"}, 100.0)
    assert not vigil.is_free(ACCOUNT, "stranger", 114.9)
    assert vigil.is_free(ACCOUNT, "stranger", 115.0)


def test_only_what_was_given_up_is_free_at_once() -> None:
    vigil = Vigil("me")
    vigil.note({"other": pulse(1)}, {ACCOUNT: "other"}, 100.0)
    vigil.note({"other": pulse(2)}, {ACCOUNT: ""}, 102.0)
    assert vigil.is_free(ACCOUNT, "", 102.0)


def test_a_lease_that_somebody_removed_or_rewrote_is_free_when_its_holder_knows() -> None:
    vigil = Vigil("me")
    vigil.note({"other": pulse(1)}, {ACCOUNT: "other"}, 100.0)
    vigil.note({"other": pulse(2)}, {}, 102.0)
    for holder in (None, "me"):
        assert not vigil.is_free(ACCOUNT, holder, 116.9)
        assert vigil.is_free(ACCOUNT, holder, 117.0)
    vigil.note({"other": pulse(3)}, {}, 104.0)
    assert vigil.is_free(ACCOUNT, None, 117.0)


def test_an_account_without_a_lease_is_free_to_who_has_looked_for_long_enough() -> None:
    vigil = Vigil("me")
    assert not vigil.is_free(ACCOUNT, None, 100.0)
    vigil.note({"other": pulse(1)}, {}, 100.0)
    assert not vigil.is_free(ACCOUNT, None, 114.9)
    assert vigil.is_free(ACCOUNT, None, 115.0)


def test_a_newcomer_counts_after_a_while_and_whoever_was_there_first_at_once() -> None:
    vigil = Vigil("me", settling=4.0)
    vigil.note({"me": pulse(1), "old": pulse(2)}, {}, 100.0)
    assert sorted(vigil.counted(100.0)) == ["me", "old"]
    vigil.note({"me": pulse(3), "old": pulse(4), "new": pulse(5)}, {}, 102.0)
    assert "new" not in vigil.counted(105.9)
    assert "new" in vigil.counted(106.0)


def test_a_process_that_comes_late_counts_itself_at_once() -> None:
    vigil = Vigil("me", settling=4.0)
    vigil.note({"old": pulse(1)}, {}, 100.0)
    vigil.note({"old": pulse(2), "me": pulse(3)}, {}, 101.0)
    assert sorted(vigil.counted(101.0)) == ["me", "old"]


def test_who_may_still_act_is_told() -> None:
    vigil, other = Vigil("me"), Key("plant", "b")
    vigil.note({"other": pulse(1)}, {ACCOUNT: "other", other: ""}, 100.0)
    assert list(vigil.living({ACCOUNT: "other", other: ""}, 101.0)) == [ACCOUNT]
    assert list(vigil.living({ACCOUNT: "other", other: ""}, 116.0)) == []
