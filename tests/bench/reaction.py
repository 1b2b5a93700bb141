"""How soon a change is acted upon: of a spec at 1NCE, of the portal in the status."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from tests.bench.arena import Arena
from tests.bench.bare import MERGE, Bare
from tests.bench.fleet import Sim
from tests.bench.progress import rest, step, until
from tests.bench.results import Reaction
from tests.bench.statuses import Statuses
from tests.bench.sweeps import PAGE, Pages, pages_of, sweeps_in

_GAP_SECONDS = 0.4
"""Between two changes: a third of what the rate limit would let through."""
_PATIENCE = 180.0


@dataclass(frozen=True, slots=True)
class Effort:
    """How many changes are measured."""

    specs: int
    portal: int


def react(arena: Arena, effort: Effort) -> Reaction:
    """Change specs at rest and in full work, then SIMs in the portal."""
    chance = random.Random(len(arena.sims))  # noqa: S311 - so that a run can be repeated
    count = 2 * effort.specs + effort.portal
    chosen = chance.sample(arena.sims, min(count, len(arena.sims)))
    quiet, busy = chosen[: effort.specs], chosen[effort.specs : 2 * effort.specs]
    pause = pages_of(len(arena.sims)) / 4 + arena.pause

    arena.account(interval="1h", detailInterval="0s")
    rest("the last sweep ends", pause)
    at_rest = change_specs(arena, quiet, "specs change at rest")

    arena.account(interval="1s", detailInterval="1h")
    rest("sweeps and details begin", pause)
    in_sweeps = change_specs(arena, busy, "specs change in full work")

    arena.account(interval="1s", detailInterval="0s")
    _until_seen(arena, quiet + busy)
    page, sweep = change_at_1nce(arena, chosen[2 * effort.specs :])
    return Reaction(
        spec_at_rest=_rounded(at_rest),
        spec_in_sweeps=_rounded(in_sweeps),
        portal_after_page=_rounded(page),
        portal_after_sweep=_rounded(sweep),
    )


def change_specs(arena: Arena, sims: Sequence[Sim], what: str) -> list[float]:
    """Change labels one after the other; seconds from each request to the answer of its write."""
    since = arena.simulator.last_entry()
    with step(what, len(sims)) as tick:

        async def change(api: Bare) -> dict[str, float]:
            asked: dict[str, float] = {}
            async with asyncio.TaskGroup() as changes:
                for number, sim in enumerate(sims, 1):
                    asked[sim.iccid] = time.monotonic()
                    changes.create_task(api.ask("PATCH", sim.path, _label(number), MERGE))
                    tick(number)
                    await asyncio.sleep(_GAP_SECONDS)
            return asked

        asked = arena.run(change)
    until(f"{what}: they are at 1NCE", len(sims), lambda: len(written(arena, since)), _PATIENCE)
    done = written(arena, since)
    return [done[iccid] - moment for iccid, moment in asked.items()]


def written(arena: Arena, since: int) -> dict[str, float]:
    """When the first accepted write of each SIM was answered by 1NCE."""
    found: dict[str, float] = {}
    for entry in arena.simulator.journal(since=since, writes=True):
        if entry["method"] != "APPLY" and entry["status"] == 200:
            answered = entry["monotonic"] + entry["duration_ms"] / 1000
            found.setdefault(entry["path"].rpartition("/")[2], answered)
    return found


def change_at_1nce(arena: Arena, sims: Sequence[Sim]) -> tuple[list[float], list[float]]:
    """Lock SIMs in the portal; seconds from the page, and from its sweep's end, to the status."""
    places = {sim.name: place for place, sim in enumerate(arena.sims)}
    patience = _PATIENCE + pages_of(len(arena.sims))
    since = arena.simulator.last_entry()

    def begun() -> int:
        return len(sweeps_in(arena.simulator.journal(since=since)))

    # The sweep that is under way would see the first changes, and its beginning is not known.
    until("a sweep begins", 1, begun, patience)
    statuses = Statuses(arena)
    gap = max(_GAP_SECONDS, pages_of(len(arena.sims)) / len(sims) / 2)
    asked: dict[str, float] = {}
    changed: dict[str, float] = {}
    with step("SIMs change in the portal", len(sims)) as tick:
        for number, sim in enumerate(sims, 1):
            asked[sim.name] = time.monotonic()
            arena.simulator.patch_sim(sim.iccid, imei_lock=True)
            changed[sim.name] = time.monotonic()
            statuses.look()
            tick(number)
            time.sleep(gap)
    # Two sweeps have begun after the last change: each is seen, and no sweep is half read.
    last = arena.simulator.last_entry()
    until(
        "two sweeps see what has changed",
        3,
        lambda: len(sweeps_in(arena.simulator.journal(since=last))),
        patience,
    )
    swept = sweeps_in(arena.simulator.journal(since=since))
    seen = {
        name: (places[name] // PAGE + 1, _seeing(swept, places[name] // PAGE + 1, asked[name]))
        for name in changed
    }
    # A call that met the change half-way may show it or not, and says nothing of its time.
    clear = {
        name: (sweep.answered[page], sweep.ended)
        for name, (page, sweep) in seen.items()
        if sweep.asked[page] > changed[name]
    }

    def told() -> int:
        statuses.look()
        return sum(statuses.after(name, shown) is not None for name, (shown, _) in clear.items())

    until("portal changes: they are in the statuses", len(clear), told, patience)
    after_page, after_sweep = [], []
    for name, (shown, ended) in clear.items():
        status = statuses.after(name, shown)
        assert status is not None, "it was just there"
        after_page.append(status - shown)
        after_sweep.append(status - ended)
    return after_page, after_sweep


def _seeing(sweeps: Sequence[Pages], page: int, asked: float) -> Pages:
    """The first sweep whose page was answered after a change was asked for."""
    return next(one for one in sweeps if one.answered.get(page, float("-inf")) > asked)


def _until_seen(arena: Arena, sims: Sequence[Sim]) -> None:
    """Wait until the writes of these SIMs are seen, so that their statuses rest."""

    async def count(api: Bare) -> int:
        bodies = [orjson.loads(await api.ask("GET", sim.path)) for sim in sims]
        return sum(
            any(
                one["type"] == "Synced" and one["reason"] == "InSync"
                for one in body["status"]["conditions"]
            )
            for body in bodies
        )

    patience = _PATIENCE + pages_of(len(arena.sims))
    until("changed specs are seen", len(sims), lambda: arena.run(count), patience)


def _label(number: int) -> bytes:
    return orjson.dumps({"spec": {"label": f"changed-{number}"}})


def _rounded(seconds: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(one, 4) for one in seconds)
