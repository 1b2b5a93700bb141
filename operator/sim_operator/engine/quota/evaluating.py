"""One evaluation of a policy, made while others run.

Its members are put together in slices, from live memory; what is decided about a large policy is
computed in a thread, which sees nothing but the frozen values that were put together.
"""

import asyncio
import time
from datetime import datetime
from functools import partial

from sim_operator.domain.resources import Key
from sim_operator.engine.quota.beginnings import Beginnings
from sim_operator.engine.quota.members import Members
from sim_operator.planning.quota.evaluation import Evaluation, Member, evaluate
from sim_operator.planning.quota.terms import Terms

BREATH = 250
"""SIMs between two turns of the event loop."""
_LARGE = 1000
"""Members of more than which a policy is evaluated in a thread."""


async def breathe(number: int) -> None:
    """Give way after some SIMs."""
    if number % BREATH == BREATH - 1:
        await asyncio.sleep(0)


class Evaluator:
    """Evaluates one policy at a time, as things are at that moment."""

    def __init__(self, members: Members, beginnings: Beginnings) -> None:
        """Everything is read live."""
        self._members = members
        self._beginnings = beginnings

    async def evaluate(self, policy: Key, terms: Terms, now: datetime) -> tuple[Evaluation, float]:
        """What a policy decides, and the seconds that it took without those of others."""
        members, took = await self._gather(policy, terms, now)
        began = time.monotonic()
        decide = partial(
            evaluate,
            terms,
            members,
            elsewhere=self._members.elsewhere(policy, terms, now),
            patient=self._beginnings.is_new(policy, terms),
        )
        found = await asyncio.to_thread(decide) if len(members) > _LARGE else decide()
        return found, took + time.monotonic() - began

    async def _gather(self, policy: Key, terms: Terms, now: datetime) -> tuple[list[Member], float]:
        members, took, began = [], 0.0, time.monotonic()
        for number, member in enumerate(self._members.of(policy, terms, now)):
            members.append(member)
            if number % BREATH == BREATH - 1:
                took += time.monotonic() - began
                await asyncio.sleep(0)
                began = time.monotonic()
        return members, took + time.monotonic() - began
