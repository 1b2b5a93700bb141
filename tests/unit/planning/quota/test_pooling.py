"""Who goes when a pool is used up."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.resources import Key
from sim_operator.domain.usage import Service
from sim_operator.planning.quota.pooling import Draw, picks, pool_states
from sim_operator.planning.quota.terms import Limit, is_passed
from tests.unit.planning.quota.fleet import key, policy, pool_policy, used

DATA = [(Limit.DATA_POOL, 100)]


def draw(
    name: str, data: int = 0, sms: int = 0, *, is_on: bool = True, can_go: bool = True
) -> Draw:
    return Draw(key(name), data, sms, is_on, can_go and is_on)


def gone(pools: list[tuple[Limit, int]], *draws: Draw) -> list[str]:
    return [one.name for one in picks(pools, draws)]


def test_the_heaviest_goes_and_no_more_than_it_takes() -> None:
    assert gone(DATA, draw("light", 10), draw("heavy", 60), draw("middle", 40)) == ["heavy"]


def test_a_pool_that_is_not_used_up_takes_nobody_out() -> None:
    assert gone(DATA, draw("a", 60), draw("b", 39)) == []


def test_who_is_off_already_is_not_taken_out_and_counts_for_the_rest() -> None:
    assert gone(DATA, draw("off", 90, is_on=False), draw("a", 60), draw("b", 30)) == []
    assert gone(DATA, draw("off", 90, is_on=False), draw("a", 60), draw("b", 40)) == ["a"]


def test_others_go_for_one_that_cannot_be_switched_off() -> None:
    assert gone(DATA, draw("stays", 95, can_go=False), draw("a", 3), draw("b", 4)) == ["b"]
    assert gone(DATA, draw("stays", 100, can_go=False), draw("a", 3), draw("b", 4)) == ["b", "a"]


def test_who_used_nothing_stays() -> None:
    assert gone(DATA, draw("stays", 100, can_go=False), draw("idle", 0)) == []


def test_equal_ones_go_by_name() -> None:
    assert gone(DATA, draw("b", 50), draw("a", 50)) == ["a"]


def test_a_pool_of_nothing_takes_everyone_out_that_used_anything() -> None:
    pool = [(Limit.SMS_POOL, 0)]
    assert gone(pool, draw("a", sms=1), draw("b", sms=2), draw("idle", data=9)) == ["b", "a"]


def test_who_goes_for_data_is_off_when_messages_are_looked_at() -> None:
    pools = [*DATA, (Limit.SMS_POOL, 10)]
    both = (draw("a", 80, 6), draw("b", 30, 5))
    assert {one.name: pick.limit for one, pick in picks(pools, both).items()} == {
        "a": Limit.DATA_POOL
    }
    more = (*both, draw("c", 0, 8))
    assert {one.name: pick.limit for one, pick in picks(pools, more).items()} == {
        "a": Limit.DATA_POOL,
        "c": Limit.SMS_POOL,
    }


def test_what_is_not_known_counts_as_nothing_in_a_pool() -> None:
    usages = [used(30, None), None, used(None, None), used(5, None)]
    data, sms = pool_states(pool_policy(100, 10), usages)
    assert (data.used, data.known, sms.used, sms.known) == (35, True, 0, False)
    (empty,) = pool_states(pool_policy(100), [])
    assert (empty.used, empty.known) == (0, True)
    assert pool_states(policy(), usages) == ()


DRAWS = st.lists(
    st.builds(
        lambda name, data, sms, on, can: Draw(Key("n", name), data, sms, on, can and on),
        st.text("abcdef", min_size=1, max_size=2),
        st.integers(0, 40),
        st.integers(0, 40),
        st.sampled_from([True, True, False]),
        st.sampled_from([True, True, False]),
    ),
    max_size=12,
    unique_by=lambda one: one.key,
)


@given(DRAWS, st.integers(0, 120))
def test_the_last_one_to_go_is_needed_and_the_heaviest_go_first(
    draws: list[Draw], limit: int
) -> None:
    out = list(picks([(Limit.DATA_POOL, limit)], draws))
    by_key = {one.key: one for one in draws}
    rest = sum(one.data for one in draws if one.is_on and one.key not in out)
    able = [one for one in draws if one.can_go and one.data > 0]
    if out:
        assert is_passed(rest + by_key[out[-1]].data, limit)
    if len(out) < len(able):
        assert not is_passed(rest, limit)
    ranked = sorted(able, key=lambda one: (-one.data, one.key))
    assert out == [one.key for one in ranked[: len(out)]]


@given(DRAWS, st.integers(0, 120), st.integers(0, 120), st.randoms(use_true_random=False))
def test_the_order_of_the_list_is_of_no_matter(
    draws: list[Draw], data: int, sms: int, chance: Random
) -> None:
    pools = [(Limit.DATA_POOL, data), (Limit.SMS_POOL, sms)]
    shuffled = list(draws)
    chance.shuffle(shuffled)
    assert picks(pools, draws) == picks(pools, shuffled)


@given(DRAWS, st.integers(0, 120), st.integers(0, 120))
def test_both_pools_fit_unless_nobody_is_left_who_could_go(
    draws: list[Draw], data: int, sms: int
) -> None:
    out = picks([(Limit.DATA_POOL, data), (Limit.SMS_POOL, sms)], draws)
    left = [one for one in draws if one.is_on and one.key not in out]
    for service, limit in ((Service.DATA, data), (Service.SMS, sms)):
        fits = not is_passed(sum(one.of(service) for one in left), limit)
        assert fits or not any(one.can_go and one.of(service) > 0 for one in left)
