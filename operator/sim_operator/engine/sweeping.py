"""One sweep: every page of the account's list, taken whole or not at all.

Sightings carry the moment at which their page was asked for, so that a SIM that is written while
the sweep goes on is not judged by a page from before.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.engine.account_state import AccountState, Sighting
from sim_operator.onence.client import OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.planning import breaker, ledger, pace
from sim_operator.status.account import SweepReport

_PAGES_AT_ONCE = 4
_MOST_PAGES = 20_000
_MOST_IDLE_PAGES = 8
"""Pages that show nothing new: a list gets shorter while it is read, but not by so much."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A complete sweep; `began` and `seconds` on the monotonic clock."""

    sightings: dict[Iccid, Sighting]
    began: float
    seconds: float
    requests: int


def _untold() -> None:
    """Nobody waits for a page."""


async def read_all(
    client: OnenceClient,
    known: Mapping[Iccid, Sighting],
    page_read: Callable[[], None] = _untold,
) -> Sweep:
    """Read every page; of a SIM that is as it is `known` the known object is kept.

    `page_read` is called after each page.

    Raises:
        OnenceError: a page failed, or there are pages without end; nothing of the others counts.
    """
    began = time.monotonic()
    sightings: dict[Iccid, Sighting] = {}
    first = await _page(client, 1, sightings, known)
    page_read()
    requests = 1
    if first.pages is not None:
        last = min(first.pages, _MOST_PAGES)
        numbers = iter(range(2, last + 1))
        idle = 0

        async def reader() -> None:
            nonlocal idle
            for number in numbers:
                page = await _page(client, number, sightings, known)
                page_read()
                idle += not page.news  # after the wait: four readers count
                if idle > _MOST_IDLE_PAGES:
                    raise _endless("the list promises more pages than it has")

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(_PAGES_AT_ONCE, max(0, last - 1))):
                    group.create_task(reader())
        except BaseExceptionGroup as failures:
            # The readers fail together or one for all: the first says what happened.
            raise failures.exceptions[0] from failures
        requests = max(1, last)
    else:
        latest = first
        while latest.full and requests < _MOST_PAGES:
            requests += 1
            latest = await _page(client, requests, sightings, known)
            page_read()
    return Sweep(sightings, began, time.monotonic() - began, requests)


class _Read(NamedTuple):
    """A page that was read."""

    pages: int | None
    full: bool
    news: bool
    """It shows something that no other page did."""


async def _page(
    client: OnenceClient,
    number: int,
    into: dict[Iccid, Sighting],
    known: Mapping[Iccid, Sighting],
) -> _Read:
    asked = time.monotonic()
    page = await client.read_page(number)
    seen = len(into)
    for sim in page.sims:
        before = known.get(sim.iccid)
        if before is not None and before.sim == sim:
            # Of ten thousand that are as they were a sweep needs no second copy meanwhile.
            sim = before.sim  # noqa: PLW2901
        into[sim.iccid] = Sighting(sim, asked)
    full = len(page.sims) + page.unreadable >= pace.PAGE_SIZE
    news = len(into) > seen or page.unreadable > 0
    if full and not news:
        raise _endless("the pages of the list repeat each other")
    return _Read(page.pages, full, news)


def _endless(why: str) -> OnenceError:
    return OnenceError(Failure(FailureKind.UNAVAILABLE, f"list-sims: {why}"))


def take_in(
    state: AccountState, sweep: Sweep, max_missing: int | str, accepted: str | None, now: datetime
) -> breaker.Judgement:
    """Judge a sweep and, where it is believed, make it the account's picture."""
    swept = frozenset(sweep.sightings)
    judgement = breaker.judge(swept, state.breaker, max_missing, accepted, now)
    state.breaker = judgement.memory
    if not judgement.believed:
        return judgement
    for sighting in sweep.sightings.values():
        state.sight(sighting)
    for iccid in [one for one in state.sightings if one not in swept]:
        state.missing[iccid] = state.missing.get(iccid, 0) + 1
    for iccid, memory in list(state.ledgers.items()):
        state.remember(iccid, ledger.swept(memory, sweep.began))
    state.listed = swept
    state.trusted = True
    state.ever_ready = True
    state.last_believed = sweep.began + sweep.seconds
    state.last_sweep = SweepReport(now, sweep.seconds, sweep.requests, len(swept))
    return judgement
