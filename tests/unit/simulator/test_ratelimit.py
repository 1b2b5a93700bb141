"""Ten calls in any second for each customer; what was refused does not count."""

import pytest

from sim_operator.simulator import ratelimit
from sim_operator.simulator.ratelimit import RateLimits, SlidingWindow
from tests.unit.simulator.fake_time import FakeTime


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(ratelimit, "time", fake)
    return fake


def test_ten_calls_pass_and_the_eleventh_waits_a_second(clock: FakeTime) -> None:
    window = SlidingWindow(10, 1.0)
    assert [window.refuse("a") for _ in range(10)] == [None] * 10
    assert window.refuse("a") == 1


def test_a_place_is_free_again_a_second_after_its_own_call(clock: FakeTime) -> None:
    window = SlidingWindow(2, 1.0)
    assert window.refuse("a") is None
    clock.now += 0.6
    assert window.refuse("a") is None
    clock.now += 0.3
    assert window.refuse("a") == 1
    clock.now += 0.2
    assert window.refuse("a") is None
    assert window.refuse("a") == 1


def test_no_second_ever_holds_more_than_the_limit(clock: FakeTime) -> None:
    window = SlidingWindow(10, 1.0)
    passed = []
    for _ in range(400):
        if window.refuse("a") is None:
            passed.append(clock.now)
        clock.now += 0.013
    assert len(passed) > 40
    assert all(later - early >= 1.0 for early, later in zip(passed, passed[10:], strict=False))


def test_refused_calls_do_not_put_the_next_one_off(clock: FakeTime) -> None:
    window = SlidingWindow(1, 1.0)
    assert window.refuse("a") is None
    for _ in range(9):
        clock.now += 0.1
        assert window.refuse("a") == 1
    clock.now += 0.11
    assert window.refuse("a") is None


def test_customers_do_not_share_their_second(clock: FakeTime) -> None:
    limits = RateLimits(1)
    assert limits.refuse("sims", "one", "here") is None
    assert limits.refuse("sims", "two", "here") is None
    assert limits.refuse("sims", "one", "there") == 1


def test_tokens_and_orders_are_counted_for_an_address_and_apart(clock: FakeTime) -> None:
    limits = RateLimits(10)
    assert {limits.refuse("oauth", "", "here") for _ in range(600)} == {None}
    assert limits.refuse("oauth", "", "here") == 60
    assert {limits.refuse("orders", "one", "here") for _ in range(100)} == {None}
    assert limits.refuse("orders", "two", "here") == 300
    assert limits.refuse("products", "one", "here") is None
    assert limits.refuse("orders", "one", "there") is None
    assert limits.refuse("sims", "one", "here") is None


def test_a_limit_of_zero_refuses_nothing(clock: FakeTime) -> None:
    limits = RateLimits(0)
    for group in ("sims", "oauth", "orders"):
        assert {limits.refuse(group, "one", "here") for _ in range(1000)} == {None}
