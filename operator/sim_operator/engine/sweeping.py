"""One sweep: every page of the account's list, taken whole or not at all.

Sightings carry the moment at which their page was asked for, so that a SIM that is written while
the sweep goes on is not judged by a page from before.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sim_operator.domain.iccid import Iccid
from sim_operator.engine.account_state import AccountState, Sighting
from sim_operator.onence.client import OnenceClient, Page
from sim_operator.planning import breaker, ledger, pace
from sim_operator.status.account import SweepReport

_PAGES_AT_ONCE = 4
_MOST_PAGES = 20_000


@dataclass(frozen=True, slots=True)
class Sweep:
    """A complete sweep; `began` and `seconds` on the monotonic clock."""

    sightings: dict[Iccid, Sighting]
    began: float
    seconds: float
    requests: int


async def read_all(client: OnenceClient, known: Mapping[Iccid, Sighting]) -> Sweep:
    """Read every page; of a SIM that is as it is `known` the known object is kept.

    Raises:
        OnenceError: a page failed; nothing of the others counts.
    """
    began = time.monotonic()
    sightings: dict[Iccid, Sighting] = {}
    first = await _page(client, 1, sightings, known)
    requests = 1
    if first.pages is not None:
        last = min(first.pages, _MOST_PAGES)
        numbers = iter(range(2, last + 1))

        async def reader() -> None:
            for number in numbers:
                await _page(client, number, sightings, known)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(_PAGES_AT_ONCE, max(0, last - 1))):
                    group.create_task(reader())
        except BaseExceptionGroup as failures:
            # The readers fail together or one for all: the first says what happened.
            raise failures.exceptions[0] from failures
        requests = max(1, last)
    else:
        page = first
        while len(page.sims) + page.unreadable >= pace.PAGE_SIZE and requests < _MOST_PAGES:
            requests += 1
            page = await _page(client, requests, sightings, known)
    return Sweep(sightings, began, time.monotonic() - began, requests)


async def _page(
    client: OnenceClient,
    number: int,
    into: dict[Iccid, Sighting],
    known: Mapping[Iccid, Sighting],
) -> Page:
    asked = time.monotonic()
    page = await client.read_page(number)
    for sim in page.sims:
        before = known.get(sim.iccid)
        if before is not None and before.sim == sim:
            # Of ten thousand that are as they were a sweep needs no second copy meanwhile.
            sim = before.sim  # noqa: PLW2901
        into[sim.iccid] = Sighting(sim, asked)
    return page


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
