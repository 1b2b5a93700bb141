"""Whether the process itself still moves.

A loop says when it will be heard of next, and is stuck when that time has passed. Success is not
asked for: a restart cures neither 1NCE nor a wrong password, and would hide both.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoopHealth:
    """One loop; seconds."""

    age: float
    """Since its last beat."""
    deadline: float
    """From its last beat to the one that is due."""

    @property
    def stuck(self) -> bool:
        """Whether the beat that was due did not come."""
        return self.age > self.deadline


class Heartbeats:
    """The loops of this process; may be called from any thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """No loop yet; a process without loops is healthy."""
        self._monotonic = monotonic
        self._beats: dict[str, tuple[float, float]] = {}

    def beat(self, name: str, deadline: float) -> None:
        """The loop moves, and will beat again within `deadline` seconds."""
        self._beats[name] = (self._monotonic(), deadline)

    def retire(self, name: str) -> None:
        """The loop has ended, as it should; retiring it again does nothing."""
        self._beats.pop(name, None)

    def loops(self) -> dict[str, LoopHealth]:
        """Every loop, by name."""
        now = self._monotonic()
        return {
            name: LoopHealth(age=now - at, deadline=deadline)
            for name, (at, deadline) in sorted(self._beats.copy().items())
        }

    def stuck(self) -> list[str]:
        """The names of the loops whose beat is overdue."""
        return [name for name, loop in self.loops().items() if loop.stuck]
