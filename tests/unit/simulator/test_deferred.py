"""What was accepted happens once, when the first of both clocks has reached it."""

import pytest

from sim_operator.simulator import deferred
from sim_operator.simulator.deferred import Deferred
from tests.unit.simulator.fake_time import FakeTime


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    fake = FakeTime()
    monkeypatch.setattr(deferred, "time", fake)
    return fake


def test_simulated_time_makes_an_action_due_once(clock: FakeTime) -> None:
    waiting, moments = Deferred(), list[float]()
    waiting.add(moments.append, 100.0, 5.0)
    waiting.run_due(104.9)
    assert (moments, len(waiting)) == ([], 1)
    waiting.run_due(105.0)
    clock.now += 60
    waiting.run_due(200.0)
    assert (moments, len(waiting)) == ([105.0], 0)


def test_real_time_makes_it_due_while_simulated_time_stands_still(clock: FakeTime) -> None:
    waiting, moments = Deferred(), list[float]()
    waiting.add(moments.append, 100.0, 5.0)
    clock.now += 5.0
    waiting.run_due(100.0)
    assert moments == [100.0]


def test_a_payment_waits_for_simulated_time_alone(clock: FakeTime) -> None:
    waiting, moments = Deferred(), list[float]()
    waiting.add(moments.append, 100.0, 5.0, real=False)
    clock.now += 1000
    waiting.run_due(100.0)
    assert moments == []
    waiting.run_due(105.0)
    assert moments == [105.0]


def test_what_is_due_together_runs_in_the_order_of_acceptance(clock: FakeTime) -> None:
    waiting, order = Deferred(), list[str]()
    waiting.add(lambda _: order.append("first"), 100.0, 9.0)
    waiting.add(lambda _: order.append("second"), 100.0, 1.0)
    waiting.run_due(200.0)
    assert order == ["first", "second"]
