"""Who should have which account: groups stay together, shares are even, nothing moves in vain."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.resources import Key
from sim_operator.planning.sharding import distribute, groups

MEMBERS = ["one", "two", "three", "four"]
ACCOUNTS = [Key("plant", f"account-{number}") for number in range(24)]

accounts = st.sets(st.sampled_from(ACCOUNTS), max_size=24)
ties = st.lists(st.sets(st.sampled_from(ACCOUNTS), max_size=3), max_size=6)
members = st.sets(st.sampled_from(MEMBERS), min_size=1)
held = st.dictionaries(st.sampled_from(ACCOUNTS), st.sampled_from([*MEMBERS, "gone"]))


def singles(count: int) -> list[tuple[Key, ...]]:
    return [(account,) for account in sorted(ACCOUNTS[:count])]


def test_ties_reach_through_others_and_strangers_tie_nobody() -> None:
    a, b, c, d = ACCOUNTS[:4]
    stranger = Key("else", "where")
    assert groups([a, b, c, d], [(a, b), (b, c), (d, stranger), ()]) == [(a, b, c), (d,)]


def test_two_replicas_share_ten_accounts_by_halves() -> None:
    found = distribute(["one", "two"], singles(10), {})
    assert Counter(found.values()) == {"one": 5, "two": 5}


def test_a_replica_that_comes_is_given_what_is_too_much_elsewhere_and_nothing_else_moves() -> None:
    before = distribute(["one", "two"], singles(12), {})
    after = distribute(["one", "two", "three"], singles(12), before)
    assert Counter(after.values()) == {"one": 4, "two": 4, "three": 4}
    moved = {account for account in after if after[account] != before[account]}
    assert {after[account] for account in moved} == {"three"}


def test_what_a_replica_leaves_is_spread_and_the_others_keep_what_they_have() -> None:
    before = distribute(["one", "two", "three"], singles(12), {})
    after = distribute(["one", "two"], singles(12), before)
    kept = {account: member for account, member in before.items() if member != "three"}
    assert {account: after[account] for account in kept} == kept
    assert Counter(after.values()) == {"one": 6, "two": 6}


def test_accounts_that_became_tied_meet_where_most_of_them_are() -> None:
    a, b, c = sorted(ACCOUNTS[:3])
    found = distribute(["one", "two"], [(a, b, c)], {a: "one", b: "two", c: "two"})
    assert set(found.values()) == {"two"}


def test_without_replicas_nobody_has_anything() -> None:
    assert distribute([], singles(3), {}) == {}


@given(accounts, ties, members, held)
def test_every_account_has_a_living_member_and_groups_are_whole(
    some: set[Key], tied: list[set[Key]], alive: set[str], before: dict[Key, str]
) -> None:
    parts = groups(some, tied)
    found = distribute(alive, parts, before)
    assert found.keys() == some
    assert set(found.values()) <= alive
    for part in parts:
        assert len({found[account] for account in part}) == 1


@given(accounts, ties, members, held)
def test_an_answer_that_was_carried_out_is_not_changed_again(
    some: set[Key], tied: list[set[Key]], alive: set[str], before: dict[Key, str]
) -> None:
    parts = groups(some, tied)
    found = distribute(alive, parts, before)
    assert distribute(alive, parts, found) == found


@given(accounts, ties, members, held)
def test_no_single_group_could_move_and_make_the_shares_more_even(
    some: set[Key], tied: list[set[Key]], alive: set[str], before: dict[Key, str]
) -> None:
    parts = groups(some, tied)
    found = distribute(alive, parts, before)
    loads = Counter(dict.fromkeys(alive, 0)) + Counter(found.values())
    light = min(loads.get(one, 0) for one in alive)
    heavy = max(alive, key=lambda one: (loads.get(one, 0), one))
    for part in parts:
        if found[part[0]] == heavy:
            assert light + len(part) >= loads[heavy]


@given(accounts, ties, members, held)
def test_every_replica_comes_to_the_same_answer_whatever_the_order(
    some: set[Key], tied: list[set[Key]], alive: set[str], before: dict[Key, str]
) -> None:
    one = distribute(sorted(alive), groups(sorted(some), tied), before)
    other = distribute(
        sorted(alive, reverse=True),
        groups(sorted(some, reverse=True), tied[::-1]),
        dict(reversed(before.items())),
    )
    assert one == other
