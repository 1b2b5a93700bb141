"""Everything that was asked and everything that was written, in order: what tests assert on."""

import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .clock import rfc3339

CAPACITY = 1_000_000


@dataclass(frozen=True, slots=True)
class Write:
    """One SIM before and after; ``pending`` while it is only accepted."""

    iccid: str
    before: dict[str, object]
    after: dict[str, object]
    pending: bool = False
    ignored: bool = False


@dataclass(slots=True)
class Entry:
    """One call, or (method APPLY) a change that was accepted earlier and happens now."""

    at: float
    method: str
    path: str
    query: str
    operation: str
    version: str
    status: int
    duration_ms: float
    client_id: str | None
    token: str | None
    peer_port: int | None
    write: Write | None
    paid: bool
    faults: tuple[str, ...]
    seq: int = 0
    monotonic: float = 0.0

    def shown(self) -> dict[str, Any]:
        """The entry as JSON."""
        write = self.write
        return {
            "seq": self.seq,
            "at": rfc3339(self.at),
            "monotonic": self.monotonic,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "operation": self.operation,
            "version": self.version,
            "status": self.status,
            "duration_ms": round(self.duration_ms, 3),
            "client_id": self.client_id,
            "token": self.token,
            "peer_port": self.peer_port,
            "write": None
            if write is None
            else {
                "iccid": write.iccid,
                "before": write.before,
                "after": write.after,
                "pending": write.pending,
                "ignored": write.ignored,
            },
            "paid": self.paid,
            "faults": list(self.faults),
        }


class Journal:
    """The newest entries, numbered from 1 in the order in which calls ended, and their sums."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Keep at most so many entries."""
        self._entries: deque[Entry] = deque(maxlen=capacity)
        self._seq = 0
        self.clear()

    def clear(self) -> None:
        """Forget all entries and sums; the numbers go on."""
        self._entries.clear()
        self.dropped = 0
        self.writes = 0
        self.paid = 0
        self.by_operation: Counter[str] = Counter()
        self.by_status: Counter[int] = Counter()

    def add(self, entry: Entry) -> None:
        """Append an entry and number it; ``monotonic`` is when it began."""
        self._seq += 1
        entry.seq = self._seq
        entry.monotonic = time.monotonic() - entry.duration_ms / 1000
        if len(self._entries) == self._entries.maxlen:
            self.dropped += 1
        self._entries.append(entry)
        self.writes += entry.write is not None and not entry.write.pending
        self.paid += entry.paid
        self.by_operation[entry.operation] += 1
        if entry.method != "APPLY":
            self.by_status[entry.status] += 1

    @property
    def last(self) -> int:
        """The number of the newest entry; 0 before the first."""
        return self._seq

    def entries(self, since: int, writes_only: bool) -> Iterator[Entry]:
        """Entries with a number above ``since``."""
        first = self._entries[0].seq if self._entries else 1
        for entry in islice(self._entries, max(0, since - first + 1), None):
            if not (writes_only and entry.write is None):
                yield entry
