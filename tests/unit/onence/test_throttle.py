"""The pace of an account, in virtual time."""

import asyncio
from dataclasses import dataclass, field

import pytest

from sim_operator.onence.throttle import WINDOW_SECONDS, Lane, Throttle
from tests.unit.onence.virtual_time import VirtualTime


@dataclass
class Calls:
    """Calls that wait for their turn, and the starts that they got."""

    rate: int
    clock: VirtualTime = field(default_factory=VirtualTime)
    starts: list[tuple[float, str]] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.throttle = Throttle(
            self.rate, now=self.clock.now, sleep=self.clock.sleep, on_wait=self.waits.append
        )

    def ask(
        self, name: str, lane: Lane = Lane.WRITE, priority: int = 0, *, follow_up: bool = False
    ) -> asyncio.Task[None]:
        async def call() -> None:
            await self.throttle.acquire(lane, priority, follow_up=follow_up)
            self.starts.append((self.clock.now(), name))

        task = asyncio.create_task(call())
        self.tasks.append(task)
        return task

    def names(self) -> list[str]:
        return [name for _, name in self.starts]

    async def finish(self) -> None:
        await self.clock.advance(600)
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_an_idle_throttle_lets_a_second_s_worth_go_and_then_none() -> None:
    calls = Calls(rate=8)
    await calls.clock.advance(3600)
    for number in range(20):
        calls.ask(str(number))
    await calls.clock.advance(0.9)
    assert len(calls.starts) == 8
    assert calls.throttle.remaining == 0
    await calls.clock.advance(1.0)
    assert len(calls.starts) == 16
    await calls.finish()
    assert calls.names() == [str(number) for number in range(20)]


async def test_the_wait_of_every_call_is_told() -> None:
    calls = Calls(rate=1)
    calls.ask("first")
    calls.ask("second")
    await calls.finish()
    assert calls.waits == [0.0, pytest.approx(WINDOW_SECONDS)]


async def test_writes_go_by_priority_then_follow_up_then_arrival() -> None:
    calls = Calls(rate=1)
    calls.ask("first", priority=9)
    await calls.clock.settle()
    calls.ask("label", priority=3)
    calls.ask("policy-a", priority=2)
    calls.ask("policy-b", priority=2)
    calls.ask("policy-put", priority=2, follow_up=True)
    calls.ask("restore", priority=0)
    await calls.finish()
    assert calls.names() == ["first", "restore", "policy-put", "policy-a", "policy-b", "label"]


async def test_a_cancelled_waiter_takes_no_slot() -> None:
    calls = Calls(rate=2)
    calls.ask("a")
    calls.ask("b")
    gone = [calls.ask("gone") for _ in range(10)]
    calls.ask("c")
    await calls.clock.advance(0.5)
    for task in gone:
        task.cancel()
    await calls.clock.advance(0.6)
    assert calls.names() == ["a", "b", "c"]
    await calls.finish()


async def test_a_waiter_cancelled_when_its_turn_had_just_come_gives_its_slot_to_the_next() -> None:
    calls = Calls(rate=1)
    calls.ask("first")
    await calls.clock.settle()
    unlucky = calls.ask("unlucky")
    calls.ask("next")
    await calls.clock.settle()
    calls.clock.time += 2 * WINDOW_SECONDS
    calls.throttle.set_rate(
        1
    )  # looks again: the turn of `unlucky` has come, but it has not run yet
    unlucky.cancel()
    await calls.clock.settle()
    assert calls.names() == ["first", "next"]
    await calls.finish()


async def test_nothing_is_left_running_when_the_last_waiter_is_cancelled() -> None:
    calls = Calls(rate=1)
    calls.ask("a")
    waiting = calls.ask("b")
    await calls.clock.settle()
    waiting.cancel()
    await calls.clock.settle()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_nothing_starts_before_a_pause_is_over() -> None:
    calls = Calls(rate=5)
    calls.throttle.pause(30)
    calls.throttle.pause(10)  # an earlier, longer one stays
    for lane in Lane:
        calls.ask(lane, lane)
    await calls.clock.advance(29.9)
    assert calls.starts == []
    assert calls.throttle.remaining == 0
    await calls.clock.advance(0.2)
    assert len(calls.starts) == 4
    await calls.finish()


async def test_a_pause_that_comes_while_calls_wait_holds_them_too() -> None:
    calls = Calls(rate=1)
    calls.ask("a")
    calls.ask("b")
    await calls.clock.advance(0.5)
    calls.throttle.pause(20)
    await calls.clock.advance(19.9)
    assert calls.names() == ["a"]
    await calls.clock.advance(0.2)
    assert calls.names() == ["a", "b"]
    await calls.finish()


async def test_a_raised_rate_lets_waiters_go_at_once() -> None:
    calls = Calls(rate=1)
    for name in "abcd":
        calls.ask(name)
    await calls.clock.settle()
    assert calls.names() == ["a"]
    calls.throttle.set_rate(4)
    await calls.clock.settle()
    assert calls.names() == ["a", "b", "c", "d"]
    await calls.finish()


async def test_a_lowered_rate_counts_what_started_already() -> None:
    calls = Calls(rate=8)
    for number in range(8):
        calls.ask(str(number))
    await calls.clock.settle()
    calls.throttle.set_rate(2)
    assert calls.throttle.remaining == 0
    for number in range(4):
        calls.ask(f"later {number}")
    await calls.clock.advance(1.06)
    assert len(calls.starts) == 10
    await calls.finish()


async def test_a_write_goes_at_once_while_details_wait_for_their_half() -> None:
    calls = Calls(rate=8)
    for number in range(20):
        calls.ask(f"detail {number}", Lane.DETAIL)
    await calls.clock.advance(0.5)
    assert len(calls.starts) == 4
    calls.ask("write")
    await calls.clock.settle()
    assert calls.names()[-1] == "write"
    await calls.finish()


async def test_a_slot_counts_from_the_moment_its_call_left() -> None:
    clock = VirtualTime()
    throttle = Throttle(1, now=clock.now, sleep=clock.sleep)
    slot = await throttle.acquire(Lane.WRITE)
    clock.time += 5.0  # connecting took long
    assert throttle.remaining == 1
    slot.stamp()
    assert throttle.remaining == 0


async def test_a_slot_given_back_is_free_again() -> None:
    clock = VirtualTime()
    throttle = Throttle(1, now=clock.now, sleep=clock.sleep)
    slot = await throttle.acquire(Lane.WRITE)
    slot.give_back()
    assert throttle.remaining == 1
    await throttle.acquire(Lane.WRITE)
    assert throttle.remaining == 0


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_below_one_is_refused(rate: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Throttle(rate)


async def test_no_call_starts_while_the_account_is_not_in_our_hands() -> None:
    calls = Calls(rate=4)
    ours = False
    calls.throttle = Throttle(
        4, now=calls.clock.now, sleep=calls.clock.sleep, may_start=lambda: ours
    )
    calls.ask("held up")
    called_off = calls.ask("called off")
    await calls.clock.advance(5)
    assert calls.starts == []
    called_off.cancel()
    ours = True
    await calls.finish()
    assert calls.names() == ["held up"]
