"""What was accepted and happens later: queued updates, resets, payments, late writes."""

import heapq
import itertools
import time
from collections.abc import Callable


class Deferred:
    """Actions with a due time; each is run once, when either clock has reached it.

    Real seconds carry a test whose simulated time stands still; simulated seconds carry one that
    jumps. ``real_seconds`` None: only simulated time counts (a payment takes days).
    """

    def __init__(self) -> None:
        """Nothing is due."""
        self._number = itertools.count()
        self._real: list[tuple[float, int]] = []
        self._simulated: list[tuple[float, int]] = []
        self._actions: dict[int, Callable[[float], None]] = {}

    def __len__(self) -> int:
        """How many actions wait."""
        return len(self._actions)

    def add(
        self, action: Callable[[float], None], now: float, seconds: float, *, real: bool = True
    ) -> None:
        """Run the action in so many seconds; it is given the simulated time."""
        number = next(self._number)
        self._actions[number] = action
        heapq.heappush(self._simulated, (now + seconds, number))
        if real:
            heapq.heappush(self._real, (time.monotonic() + seconds, number))

    def run_due(self, now: float) -> None:
        """Run what is due, in the order in which it was accepted."""
        due = {*self._take(self._simulated, now), *self._take(self._real, time.monotonic())}
        for number in sorted(due):
            action = self._actions.pop(number, None)
            if action is not None:
                action(now)

    @staticmethod
    def _take(heap: list[tuple[float, int]], until: float) -> list[int]:
        taken = []
        while heap and heap[0][0] <= until:
            taken.append(heapq.heappop(heap)[1])
        return taken
