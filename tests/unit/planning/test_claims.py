"""Who holds an ICCID."""

from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.resources import Key
from sim_operator.planning.claims import Claimant, holder, keeper

KEYS = st.builds(Key, st.sampled_from("ab"), st.sampled_from("xyz"))
CLAIMANTS = st.lists(
    st.builds(Claimant, KEYS, st.sampled_from(["2026-01", "2026-02"]), st.booleans()),
    max_size=6,
    unique_by=lambda one: one.key,
)
OLD, YOUNG = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


def test_nobody_holds_what_nobody_claims() -> None:
    assert holder([], None) is None
    assert holder([], Key("a", "x")) is None


def test_the_older_resource_holds_it() -> None:
    assert holder([Claimant(Key("a", "x"), YOUNG), Claimant(Key("b", "y"), OLD)], None) == Key(
        "b", "y"
    )


def test_of_equal_age_the_first_by_namespace_and_name_holds_it() -> None:
    claimants = [Claimant(Key(*one), OLD) for one in (("b", "a"), ("a", "z"), ("a", "y"))]
    assert holder(claimants, None) == Key("a", "y")


def test_the_present_holder_keeps_it_though_it_is_younger() -> None:
    young = Key("b", "y")
    claimants = [Claimant(Key("a", "x"), OLD), Claimant(young, YOUNG)]
    assert holder(claimants, young) == young


def test_a_holder_that_does_not_compete_any_more_loses_it() -> None:
    assert holder([Claimant(Key("a", "x"), OLD)], Key("b", "gone")) == Key("a", "x")


def test_a_holder_that_is_being_deleted_gives_way_to_a_live_resource() -> None:
    claimants = [Claimant(Key("a", "x"), OLD, deleting=True), Claimant(Key("b", "y"), YOUNG)]
    assert holder(claimants, Key("a", "x")) == Key("b", "y")


def test_a_holder_that_is_being_deleted_keeps_it_where_all_are() -> None:
    claimants = [
        Claimant(Key("a", "x"), OLD, deleting=True),
        Claimant(Key("b", "y"), YOUNG, deleting=True),
    ]
    assert holder(claimants, Key("b", "y")) == Key("b", "y")


@given(CLAIMANTS, st.none() | KEYS)
def test_there_is_a_holder_exactly_where_somebody_competes(
    claimants: list[Claimant], present: Key | None
) -> None:
    chosen = holder(claimants, present)
    assert (chosen is None) == (not claimants)
    assert chosen is None or chosen in {one.key for one in claimants}


@given(CLAIMANTS, st.none() | KEYS)
def test_asking_again_gives_the_same_holder_in_any_order(
    claimants: list[Claimant], present: Key | None
) -> None:
    chosen = holder(claimants, present)
    assert holder(reversed(claimants), present) == chosen
    assert holder(claimants, chosen) == chosen


@given(CLAIMANTS, st.none() | KEYS)
def test_a_live_resource_is_never_passed_over_for_a_dying_one(
    claimants: list[Claimant], present: Key | None
) -> None:
    chosen = holder(claimants, present)
    dying = {one.key for one in claimants if one.deleting}
    assert chosen not in dying or len(dying) == len(claimants)


def test_in_several_hands_only_the_shown_holder_keeps_it() -> None:
    shown, rival = Claimant(Key("a", "x"), YOUNG), Claimant(Key("b", "y"), OLD)
    assert keeper([shown, rival], shown.key) == shown.key
    assert keeper([shown, rival], None) is None
    assert keeper([rival], shown.key) is None


def test_in_several_hands_a_shown_holder_that_goes_keeps_it_from_nobody_alive() -> None:
    going = Claimant(Key("a", "x"), OLD, deleting=True)
    assert keeper([going, Claimant(Key("b", "y"), YOUNG)], going.key) is None
    assert keeper([going, Claimant(Key("b", "y"), YOUNG, deleting=True)], going.key) == going.key
