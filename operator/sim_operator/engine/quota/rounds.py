"""Which policies are to be evaluated, from when on, and which rounds of that have ended.

Changes are collected for a moment, and a round is followed by a rest in proportion to its length,
so that evaluating takes a bounded share of the process however large a policy is.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Mapping

from sim_operator.domain.resources import Key

PAUSE = 0.2
"""Seconds in which changes are collected before a policy is evaluated again."""
_TICK = 1.0
_DUTY = 20.0
"""An evaluation is followed by a rest of so many times its own length."""
_LONGEST_REST = 5.0
"""Seconds; a batch of the Data Streamer waits for the next evaluation, and not for long."""


class Rounds:
    """The evaluations of all policies; moments are monotonic seconds."""

    def __init__(self) -> None:
        """Nothing is due."""
        self.wake = asyncio.Event()
        """Set when something became due."""
        self._due: dict[Key, float] = {}
        self._put_off: set[Key] = set()
        self._rested: dict[Key, float] = {}
        self._changed: dict[Key, int] = {}
        """Policies whose decisions are from before a change: the number of the last one."""
        self._changes = 0
        self._under_way: dict[Key, int] = {}
        self._begun: dict[Key, int] = {}
        self._ended: dict[Key, int] = {}

    def __len__(self) -> int:
        """How many policies are due."""
        return len(self._due)

    def mark(self, policies: Iterable[Key]) -> None:
        """Something moved that these policies decide by."""
        now = time.monotonic()
        for policy in policies:
            self._begun.setdefault(policy, 0)
            self._put_off.discard(policy)
            self._due.setdefault(policy, max(now + PAUSE, self._rested.get(policy, 0.0)))
        self.wake.set()

    def changed(self, policies: Iterable[Key]) -> None:
        """What these policies say, or what they select, is not what it was."""
        policies = list(policies)
        self._changes += 1
        self._changed.update(dict.fromkeys(policies, self._changes))
        self.mark(policies)

    def put_off(self, policy: Key) -> None:
        """A policy cannot be evaluated yet: it waits until it is marked again."""
        self._due.pop(policy, None)
        self._put_off.add(policy)

    def forget(self, policy: Key) -> None:
        """The policy is gone, and this was its last round."""
        self._put_off.discard(policy)
        for memory in (self._due, self._rested, self._changed, self._begun, self._ended):
            memory.pop(policy, None)

    def all_due(self) -> list[Key]:
        """Every policy that waits, be it resting or not, by name."""
        return sorted(self._due)

    def ready(self) -> list[Key]:
        """Those whose moment has come, by name."""
        now = time.monotonic()
        return sorted(policy for policy, at in self._due.items() if at <= now)

    def pause(self) -> float:
        """Seconds until the next one is ready, a tick at most."""
        now = time.monotonic()
        return max(0.0, min([_TICK, *(at - now for at in self._due.values())]))

    def idle_for(self, policy: Key) -> float:
        """Seconds since the rest after its last round ended."""
        return time.monotonic() - self._rested.get(policy, 0.0)

    async def more(self) -> None:
        """Wait until something may be ready: what comes in a rush is evaluated once."""
        self.wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.pause()):
                await self.wake.wait()
            await asyncio.sleep(min(PAUSE, self.pause()))

    def begin(self, policy: Key) -> None:
        """A round begins: what is marked from now on is due again."""
        self._due.pop(policy, None)
        self._under_way[policy] = self._changes
        self._begun[policy] = self._begun.get(policy, 0) + 1

    def break_off(self, policy: Key) -> None:
        """The round came to nothing: the policy changed meanwhile."""
        del self._under_way[policy]
        self.mark([policy])

    def fail(self, policy: Key, rest: float) -> None:
        """The round came to nothing by a fault: the next one waits so many seconds."""
        self._under_way.pop(policy, None)
        self._rested[policy] = time.monotonic() + rest
        self.mark([policy])

    def end(self, policy: Key, took: float) -> bool:
        """The round ended after so many seconds; whether its answer was waited for."""
        begun = self._under_way.pop(policy)
        self._ended[policy] = self._begun[policy]
        self._rested[policy] = time.monotonic() + min(took * _DUTY, _LONGEST_REST)
        before = self._changed.get(policy)
        if before is not None and before <= begun:
            del self._changed[policy]
        return before is not None

    def is_outdated(self, policy: Key) -> bool:
        """Whether no round that began after the last change has ended."""
        return policy in self._changed

    def wanted(self, policies: Iterable[Key]) -> dict[Key, int]:
        """The rounds that have to end before what was marked by now is decided about."""
        waiting = self._due.keys() | self._put_off
        return {
            policy: self._begun.get(policy, 0) + (policy in waiting)
            for policy in policies
            if policy in waiting or policy in self._under_way
        }

    def are_over(self, wanted: Mapping[Key, int]) -> bool:
        """Whether these rounds have ended, or will never be."""
        return all(
            policy not in self._begun or self._ended.get(policy, 0) >= number
            for policy, number in wanted.items()
        )
