"""Counts the statuses that the operator writes, as the audit log tells it."""

from collections import Counter

from tests.bench.arena import Arena

SIM_STATUS = "sims/status"


class Statuses:
    """The status writes of SIMs since it was made."""

    def __init__(self, arena: Arena) -> None:
        """Begin now: what was written before does not count."""
        self._arena = arena
        arena.writes()
        self.writes: Counter[str] = Counter()
        """Accepted ones, by the SIM's name."""
        self.refused = 0
        """Those that the API server did not take: they cost as much."""
        self.others: Counter[str] = Counter()
        """Everything else that was written, by what it was."""
        self.first_at = float("inf")
        self.last_at = float("-inf")
        self._times: dict[str, list[float]] = {}

    def look(self) -> int:
        """Read on; how many SIMs have got a status."""
        for one in self._arena.writes():
            if one.target != SIM_STATUS:
                self.others[one.target] += 1
            elif one.code == 200:
                self.writes[one.name] += 1
                self.first_at = min(self.first_at, one.at)
                self.last_at = max(self.last_at, one.at)
                self._times.setdefault(one.name, []).append(one.at)
            else:
                self.refused += 1
        return len(self.writes)

    @property
    def sent(self) -> int:
        """All of them, accepted or not."""
        return self.writes.total() + self.refused

    def after(self, name: str, moment: float) -> float | None:
        """When the first status of a SIM after a moment was written; None: not yet."""
        return next((at for at in self._times.get(name, ()) if at >= moment), None)
