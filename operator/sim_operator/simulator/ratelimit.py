"""Sliding windows in real time, one for each key (customer, or address and group of paths)."""

import math
import time
from collections import deque


class SlidingWindow:
    """At most ``limit`` calls in any ``seconds``; refused calls do not count."""

    def __init__(self, limit: int, seconds: float) -> None:
        """A limit of 0 refuses nothing."""
        self.limit = limit
        self._seconds = seconds
        self._calls: dict[str, deque[float]] = {}

    def refuse(self, key: str) -> int | None:
        """Count a call; or the whole seconds after which to come again."""
        if self.limit == 0:
            return None
        now = time.monotonic()
        calls = self._calls.setdefault(key, deque())
        while calls and now - calls[0] >= self._seconds:
            calls.popleft()
        if len(calls) >= self.limit:
            return max(1, math.ceil(self._seconds - (now - calls[0])))
        calls.append(now)
        return None


class RateLimits:
    """1NCE's limits: SIM calls per customer and second, the rest per address."""

    def __init__(self, sims_per_second: int) -> None:
        """0 lifts all of them."""
        lifted = sims_per_second == 0
        self.sims = SlidingWindow(sims_per_second, 1.0)
        self._oauth = SlidingWindow(0 if lifted else 600, 60.0)
        self._others = SlidingWindow(0 if lifted else 100, 300.0)

    def refuse(self, group: str, customer: str, address: str) -> int | None:
        """Seconds to wait, or None where the call may go on; group: first word of the path."""
        if group == "sims":
            return self.sims.refuse(customer)
        if group == "oauth":
            return self._oauth.refuse(address)
        return self._others.refuse(f"{address} {group}")
