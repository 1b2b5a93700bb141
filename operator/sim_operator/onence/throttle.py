"""The pace of an account: at most so many calls start in any one-second window.

A sliding window over the last starts and not a bucket: a bucket lends credit after idling, and 1NCE
answers what exceeds its second with 429. The window is a little longer than a second, for calls
reach 1NCE closer together, or further apart, than they left.
"""

import asyncio
import heapq
import itertools
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from sim_operator.onence.lanes import LOOK_BACK, Lane, detail_opens_at, next_lane, opens_at

__all__ = ["Lane", "Slot", "Throttle"]

WINDOW_SECONDS = 1.05
SHORTEST_SLEEP_SECONDS = 0.001
"""Rounding may let a sleep end just before its moment; the next one must not be nothing."""
_LOOK_SECONDS = 0.2
"""Between two looks whether a call may start that may not."""


@dataclass(slots=True, eq=False)
class Slot:
    """Leave to start one call."""

    lane: Lane
    started: float
    _throttle: "Throttle" = field(repr=False)

    def stamp(self) -> None:
        """The call goes out now: what was lost since the leave was given counts no more."""
        self._throttle.restart(self)

    def give_back(self) -> None:
        """The call was not made; the next in line may have its place."""
        self._throttle.release(self)


@dataclass(slots=True, order=True)
class _Waiter:
    priority: int
    newcomer: bool
    ticket: int
    granted: asyncio.Future[Slot] = field(compare=False)


class Throttle:
    """Gives the calls of one account their turn; belongs to one event loop."""

    def __init__(
        self,
        requests_per_second: int,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_wait: Callable[[float], None] | None = None,
        may_start: Callable[[], bool] = lambda: True,
    ) -> None:
        """`on_wait` is told the seconds that each call waited for its turn.

        `may_start`: whether the account is in our hands; without it no call starts.

        Raises:
            ValueError: a rate below one.
        """
        self._now = now
        self._sleep = sleep
        self._on_wait = on_wait
        self._may_start = may_start
        self._queues: dict[Lane, list[_Waiter]] = {lane: [] for lane in Lane}
        self._tickets = itertools.count()
        self._slots: list[Slot] = []
        self._recent: deque[Slot] = deque(maxlen=LOOK_BACK)
        self._paused_until = float("-inf")
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at = float("inf")
        self._rate = _checked(requests_per_second)

    @property
    def remaining(self) -> int:
        """Calls that could start at this moment."""
        now = self._now()
        if now < self._paused_until:
            return 0
        used = sum(1 for slot in self._slots if now - slot.started < WINDOW_SECONDS)
        return max(0, self._rate - used)

    def set_rate(self, requests_per_second: int) -> None:
        """Go on at another rate; what started counts already.

        Raises:
            ValueError: a rate below one.
        """
        self._rate = _checked(requests_per_second)
        self._settle()

    def pause(self, seconds: float) -> None:
        """Start nothing for so long (an earlier, longer pause stays)."""
        self._paused_until = max(self._paused_until, self._now() + seconds)

    async def acquire(self, lane: Lane, priority: int = 0, *, follow_up: bool = False) -> Slot:
        """Wait for the turn of one call.

        Within a lane the lower `priority` goes first, then a `follow_up` (it acts on what was read
        a moment ago, which should not grow old in the queue), then who came first. A cancelled
        waiter takes no slot.
        """
        asked = self._now()
        granted: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        waiter = _Waiter(priority, not follow_up, next(self._tickets), granted)
        heapq.heappush(self._queues[lane], waiter)
        self._settle()
        try:
            slot = await granted
        except asyncio.CancelledError:
            if granted.cancelled():
                self._settle()
            else:
                granted.result().give_back()
            raise
        await self._until_allowed(slot)
        slot.stamp()
        if self._on_wait is not None:
            self._on_wait(self._now() - asked)
        return slot

    async def _until_allowed(self, slot: Slot) -> None:
        """A process that stood still may have lost the account: it ends, or is called off."""
        try:
            while not self._may_start():
                await self._sleep(_LOOK_SECONDS)
        except asyncio.CancelledError:
            slot.give_back()
            raise

    def restart(self, slot: Slot) -> None:
        """Count `slot` from now on; see `Slot.stamp`."""
        slot.started = max(slot.started, self._now())
        if slot not in self._slots:
            self._slots.append(slot)

    def release(self, slot: Slot) -> None:
        """Count `slot` no more; see `Slot.give_back`."""
        if slot in self._slots:
            self._slots.remove(slot)
        if slot in self._recent:
            self._recent.remove(slot)
        self._settle()

    def _settle(self) -> None:
        """Give leave to everyone who may go now, and set the alarm for who may not."""
        now = self._now()
        self._slots = [slot for slot in self._slots if now - slot.started < 2 * WINDOW_SECONDS]
        while now >= self._open_at():
            lane = next_lane(
                self._waiting(),
                [slot.lane for slot in self._recent],
                detail_allowed=now >= self._detail_open_at(),
            )
            if lane is None:
                break
            slot = Slot(lane, now, self)
            self._slots.append(slot)
            self._recent.append(slot)
            heapq.heappop(self._queues[lane]).granted.set_result(slot)
        self._set_alarm(now)

    def _waiting(self) -> set[Lane]:
        """The lanes with a live waiter in front; who was cancelled is dropped on the way."""
        for queue in self._queues.values():
            while queue and queue[0].granted.done():
                heapq.heappop(queue)
        return {lane for lane, queue in self._queues.items() if queue}

    def _open_at(self) -> float:
        starts = (slot.started for slot in self._slots)
        return max(self._paused_until, opens_at(starts, self._rate, WINDOW_SECONDS))

    def _detail_open_at(self) -> float:
        starts = (slot.started for slot in self._slots if slot.lane is Lane.DETAIL)
        return detail_opens_at(starts, self._rate, WINDOW_SECONDS)

    def _set_alarm(self, now: float) -> None:
        waiting = self._waiting()
        if not waiting:
            self._drop_alarm()
            return
        due = self._open_at()
        if waiting == {Lane.DETAIL}:
            due = max(due, self._detail_open_at())
        if self._alarm is not None and self._alarm_at <= due:
            return  # it rings early enough, and looks again
        self._drop_alarm()
        self._alarm_at = due
        self._alarm = asyncio.create_task(self._ring(max(due - now, SHORTEST_SLEEP_SECONDS)))

    def _drop_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    async def _ring(self, delay: float) -> None:
        await self._sleep(delay)
        self._alarm = None
        self._settle()


def _checked(requests_per_second: int) -> int:
    if requests_per_second < 1:
        raise ValueError("the rate is at least one request a second")
    return requests_per_second
