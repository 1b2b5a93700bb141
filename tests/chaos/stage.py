"""A world on which one thing after another is tried, each with the same questions at its end."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.chaos.gate import Asked, Refuse
from tests.chaos.gated import GatedWorld
from tests.chaos.history import History
from tests.chaos.promises import Leeway, Told, kept
from tests.chaos.table import Tried
from tests.chaos.truth import settle

EXPIRED = Refuse(
    200,
    body=b'{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},'
    b'"status":"Failure","message":"too old resource version: 1 (2)","reason":"Expired",'
    b'"code":410}}\n',
)
"""How the API server answers a watch from a place in history that is gone."""
EXCEPTIONS = ("Traceback (most recent call last)", "Task exception was never retrieved")


@dataclass
class Stage:
    """A world, its bystander, and what is asked after each trial."""

    world: GatedWorld
    history: History
    chapter: str

    @contextmanager
    def trial(
        self,
        tried: Tried,
        what: str,
        *,
        before: float = 5.0,
        fine: Collection[str] = (),
        seconds: float = 90.0,
        restarts: bool = False,
    ) -> Iterator[GatedWorld]:
        """Try something; then all faults end, all settles, and every promise was kept.

        `before`: how old what the operator acts on may be, in seconds; `fine`: reasons of Ready
        that SIMs may end with; `restarts`: the operator was ended on purpose.
        """
        world = self.world
        since, logged = world.simulator.last_entry(), len(world.operator.text())
        pid = world.operator.pid
        with tried(self.chapter, what):
            try:
                yield world
            finally:
                self.calm()
            settle(world, fine, seconds)
            kept(world, self.history, Told(Leeway(before=before), since=since))
            assert restarts or (world.operator.runs and world.operator.pid == pid), "it restarted"
            words = world.operator.text()[logged:]
            assert not any(one in words for one in EXCEPTIONS), words

    def calm(self) -> None:
        """End every fault."""
        for gate in (self.world.api, self.world.onence):
            if gate is not None:
                gate.clear()
                gate.mend()
        self.world.simulator.clear_faults()


def watches(asked: Asked) -> bool:
    """Matches the watches of SIMs."""
    return asked.is_watch and asked.path.endswith("/sims")


def lists(asked: Asked) -> bool:
    """Matches the lists of SIMs."""
    return asked.method == "GET" and not asked.is_watch and asked.path.endswith("/sims")


def expire(world: GatedWorld) -> None:
    """The watch of the SIMs of the namespace ends, and its place in history is gone."""

    def mine(asked: Asked) -> bool:
        return watches(asked) and f"/{world.namespace}/" in asked.path

    world.api_gate.on(mine, EXPIRED, times=1)
    assert world.api_gate.end_watches(mine) > 0


def status_writes(asked: Asked) -> bool:
    """Matches the writes of statuses of SIMs."""
    return asked.is_write and "/sims/" in asked.path and asked.path.endswith("/status")
