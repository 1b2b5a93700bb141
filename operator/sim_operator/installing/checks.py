"""Checks that are looked at until they hold or time is up, and their lines."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from sim_operator.installing.patience import Patience

PASSED, FAILED, LEFT_OUT = "✓", "✗", "–"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one look found."""

    holds: bool
    found: str
    """In a few words."""
    advice: str = ""
    """What to do where it never holds: a sentence."""
    final: bool = False
    """Whether another look would find the same."""


class Check(Protocol):
    """Something that has to be true."""

    @property
    def name(self) -> str:
        """What is checked, as it stands in the line."""
        ...

    async def look(self) -> Verdict:
        """Look once; bounded in time."""
        ...

    async def explain(self) -> str:
        """What to do, asked once, where it did not hold in time; empty: what the last look says."""
        ...


class Report:
    """The lines of all checks, in the order in which they are settled."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """`say` prints a line."""
        self._say = say
        self.checked = 0
        self.failed = 0

    def settled(self, name: str, verdict: Verdict, seconds: float) -> None:
        """A check has held, or never will."""
        self.checked += 1
        self.failed += not verdict.holds
        mark = PASSED if verdict.holds else FAILED
        self._say(f"{mark} {seconds:6.1f} s  {name}: {verdict.found}")
        if not verdict.holds and verdict.advice:
            self._say(f"{'':12}Next: {verdict.advice}")

    def left_out(self, name: str, why: str) -> None:
        """A check that cannot be made, because one before it failed."""
        self._say(f"{LEFT_OUT} {'':6}    {name}: {why}")

    def summary(self, seconds: float) -> str:
        """The last line."""
        what = f"{self.checked} check{'' if self.checked == 1 else 's'}"
        if self.failed:
            return f"{self.failed} of {what} failed after {seconds:.1f} s."
        return f"{what} passed in {seconds:.1f} s."


async def settle(check: Check, patience: Patience, report: Report) -> Verdict:
    """Look until a check holds, will never, or time is up, and report it."""
    began = patience.spent
    verdict = await settled(check, patience)
    report.settled(check.name, verdict, patience.spent - began)
    return verdict


async def settled(check: Check, patience: Patience) -> Verdict:
    """Look until a check holds, will never, or time is up; nothing is reported."""
    verdict = Verdict(False, "there was no answer in time")
    while True:
        try:
            async with asyncio.timeout(patience.share(patience.seconds)):
                verdict = await check.look()
        except TimeoutError:
            pass  # what the look before found is still the best that is known
        if verdict.holds or verdict.final or not await patience.pause():
            break
    if verdict.holds:
        return verdict
    return replace(verdict, advice=await check.explain() or verdict.advice)
