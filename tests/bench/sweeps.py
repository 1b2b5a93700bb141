"""What sweeps cost in which nothing has changed."""

from dataclasses import dataclass
from typing import Any

from tests.bench.arena import Arena
from tests.bench.progress import until
from tests.bench.results import Sweeps
from tests.bench.statuses import SIM_STATUS, Statuses

PAGE = 100


@dataclass(frozen=True, slots=True)
class Pages:
    """The list calls of one sweep, by page: when each was asked for, and when it was answered."""

    asked: dict[int, float]
    answered: dict[int, float]

    @property
    def seconds(self) -> float:
        """From the first call to the last answer."""
        return self.ended - min(self.asked.values())

    @property
    def ended(self) -> float:
        """The last answer."""
        return max(self.answered.values())


def pages_of(sims: int) -> int:
    """The least number of list calls that see every SIM."""
    return max(1, -(-sims // PAGE))


def sweeps_in(entries: list[dict[str, Any]]) -> list[Pages]:
    """The sweeps of a journal; each begins with its first page."""
    found: list[Pages] = []
    # The journal is in the order of the answers; pages are asked for several at a time.
    for entry in sorted(entries, key=lambda one: float(one["monotonic"])):
        if entry["operation"] != "listSims":
            continue
        query = dict(part.split("=") for part in entry["query"].split("&"))
        page, asked = int(query["page"]), float(entry["monotonic"])
        if page == 1:
            found.append(Pages({}, {}))
        if found:
            found[-1].asked[page] = asked
            found[-1].answered[page] = asked + entry["duration_ms"] / 1000
    return found


def sweep_quietly(arena: Arena, count: int) -> tuple[Sweeps, float]:
    """Let `count` sweeps pass, each with its pause; also the simulator's CPU in a busy second."""
    pages = pages_of(len(arena.sims))
    patience = 120 + count * pages * 2.0
    since = arena.simulator.last_entry()

    def begun() -> int:
        return len(sweeps_in(arena.simulator.journal(since=since)))

    until("a sweep begins", 1, begun, patience)
    statuses, before = Statuses(arena), arena.cpu()
    until("sweeps in which nothing changes", count + 1, begun, patience)
    after = arena.cpu()
    statuses.look()
    period = after.since(before)
    found = sweeps_in(arena.simulator.journal(since=since))[:count]
    writes = dict(statuses.others) | {SIM_STATUS: statuses.sent}
    share = {name: spent / count for name, spent in period.cpu.items()}
    busy = period.of("simulator") / max(0.001, sum(one.seconds for one in found))
    return (
        Sweeps(
            count=count,
            calls=sum(len(one.asked) for one in found),
            seconds=tuple(round(one.seconds, 3) for one in found),
            period=period.model_copy(update={"seconds": period.seconds / count, "cpu": share}),
            writes=writes,
        ),
        busy,
    )
