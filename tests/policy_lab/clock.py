"""The time of the laboratory: wall and monotonic, both standing still until they are moved."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

BEGINNING = 10_000.0
"""The monotonic moment at which a laboratory begins: far from 0, which means `never` here."""


class LabClock:
    """A wall clock that may be set, beside a monotonic one that only goes on."""

    def __init__(self, wall: datetime) -> None:
        self.wall = wall.astimezone(UTC)
        self.tick = BEGINNING

    def now(self) -> datetime:
        return self.wall

    @property
    def speed(self) -> float:
        return 1.0

    def monotonic(self) -> float:
        return self.tick

    def pass_by(self, seconds: float) -> None:
        """Time passes."""
        assert seconds >= 0
        self.tick += seconds
        self.wall += timedelta(seconds=seconds)

    def step(self, by: timedelta) -> None:
        """Somebody sets the wall clock; no time passes."""
        self.wall += by


class _Ticks:
    """Stands in for the module `time` where the operator asks for monotonic seconds."""

    def __init__(self, clock: LabClock) -> None:
        self._clock = clock

    def monotonic(self) -> float:
        return self._clock.tick


@contextmanager
def ticking(clock: LabClock) -> Iterator[None]:
    """Every module of the operator asks `clock` for monotonic seconds, and nobody else does."""
    asking = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith("sim_operator.engine") and getattr(module, "time", None) is time
    ]
    ticks = _Ticks(clock)
    for module in asking:
        setattr(module, "time", ticks)  # noqa: B010 - a module has no such attribute for mypy
    try:
        yield
    finally:
        for module in asking:
            setattr(module, "time", time)  # noqa: B010
