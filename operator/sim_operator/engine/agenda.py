"""Whose turn it is to be read: details by the rota, usage as policies and the history need it.

Every SIM has one moment at which it is due next. Moments lie in a heap, and who is due waits in a
line that is put in order now and then, so that a fleet of which nothing is due costs nothing.
"""

import heapq
import math
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sim_operator.domain.iccid import Iccid
from sim_operator.planning import rota
from sim_operator.planning.need import Need
from sim_operator.planning.quota.cadence import fair_order

_LINE = 200
"""SIMs that are put in order at a time."""
_WAITING_PER_SECOND = 1000
"""Ten thousand that wait are put in order anew every ten seconds at most, a few every second."""
_FIRST_RETRY = 2.0
_LONGEST_RETRY = 60.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One SIM to be read now."""

    iccid: Iccid
    asked: bool
    """Somebody asked for it."""
    details: bool
    """All of its details are due."""
    history: bool = False
    """The history wants its use."""


@dataclass(slots=True)
class _Entry:
    details_at: float
    need: Need | None
    history_at: float = math.inf
    lacks: bool = False
    """Days were missing in the history when it was last asked."""
    visited_at: float | None = None
    visited_before: float | None = None
    not_before: float = -math.inf
    failures: int = 0
    asked: bool = False
    timer: float = math.inf
    """The moment for which the heap holds it."""

    @property
    def need_at(self) -> float:
        return math.inf if self.need is None else self.need.next_visit(self.visited_at)

    @property
    def due(self) -> float:
        wanted = min(self.details_at, self.need_at, self.history_at)
        return max(-math.inf if self.asked else wanted, self.not_before)


@dataclass(slots=True)
class Agenda:
    """When each SIM of an account is read; all moments are monotonic seconds."""

    _entries: dict[Iccid, _Entry] = field(default_factory=dict)
    _timers: list[tuple[float, Iccid]] = field(default_factory=list)
    _asked: dict[Iccid, None] = field(default_factory=dict)
    _waiting: set[Iccid] = field(default_factory=set)
    _line: deque[Iccid] = field(default_factory=deque)
    _line_is_old: bool = False
    _lined_up_at: float = -math.inf
    _served: str = ""
    _interval: float = 0.0
    _history: float = 0.0

    def __contains__(self, iccid: object) -> bool:
        """Whether the SIM is read at all."""
        return iccid in self._entries

    def last_visit(self, iccid: Iccid) -> float | None:
        """When the last visit that went through began; None: there was none."""
        entry = self._entries.get(iccid)
        return entry.visited_at if entry is not None else None

    def observed_interval(self, iccid: Iccid) -> float | None:
        """The seconds between the last two visits; None: there were no two."""
        entry = self._entries.get(iccid)
        if entry is None or entry.visited_at is None or entry.visited_before is None:
            return None
        return entry.visited_at - entry.visited_before

    def pace(self, interval: float, now: float) -> None:
        """Details are read every `interval` seconds from now on; 0: never for their own sake."""
        if interval == self._interval:
            return
        self._interval = interval
        for iccid, entry in self._entries.items():
            if interval <= 0:
                entry.details_at = math.inf
            elif entry.details_at == math.inf:
                entry.details_at = now
            else:
                entry.details_at = min(entry.details_at, rota.next_due(iccid, interval, now))
            self._place(iccid, entry, now)

    def pace_history(self, interval: float) -> None:
        """Seconds from one reading for the history to the next, of each SIM."""
        self._history = interval

    def chronicle(self, iccid: Iccid, now: float, *, wanted: bool, lacks: bool) -> None:
        """The history wants the use of a SIM from now on, or does not; `lacks`: days are missing.

        What comes to be missing is read as soon as there is room, the rest at the SIM's place.
        """
        entry = self._entries.get(iccid)
        if not wanted or self._history <= 0:
            if entry is not None and entry.history_at < math.inf:
                entry.history_at, entry.lacks = math.inf, False
                self._settle(iccid, entry, now)
            return
        if entry is None:
            entry = self._entries[iccid] = _Entry(math.inf, None)
        known, entry.lacks = entry.lacks, lacks
        if entry.history_at == math.inf or (lacks and not known):
            entry.history_at = rota.first_due(iccid, self._history, now, shown=not lacks)
            self._place(iccid, entry, now)

    def admit(self, iccid: Iccid, need: Need | None, now: float, *, shown: bool) -> None:
        """Read a SIM from now on; `shown` says whether a figure of it is known to anybody."""
        if iccid in self._entries or (need is None and self._interval <= 0):
            return
        details_at = math.inf
        if self._interval > 0:
            details_at = rota.first_due(iccid, self._interval, now, shown=shown)
        entry = self._entries[iccid] = _Entry(details_at, need)
        self._place(iccid, entry, now)

    def renew(self, iccid: Iccid, need: Need | None, now: float) -> None:
        """What policies need of a SIM is this now."""
        entry = self._entries.get(iccid)
        if entry is None:
            return
        self._line_is_old |= entry.need != need and iccid in self._waiting
        entry.need = need
        self._settle(iccid, entry, now)

    def keep(self, readable: Collection[Iccid]) -> None:
        """Forget every SIM that is not one of these."""
        for gone in self._entries.keys() - readable:
            self._drop(gone)

    def ask(self, iccid: Iccid, now: float) -> None:
        """Somebody wants this SIM read, before all others."""
        entry = self._entries.get(iccid)
        if entry is not None:
            entry.asked = True
            entry.not_before = -math.inf
            self._place(iccid, entry, now)

    def take(self, count: int, now: float) -> list[Turn]:
        """The next to be read, at most `count`; each one is to be `done` or `put_off`."""
        self._ring(now)
        taken: list[Turn] = []
        while len(taken) < count:
            iccid = next(iter(self._asked), None) or self._next_waiting(now)
            if iccid is None:
                break
            entry = self._entries[iccid]
            details = entry.details_at <= now or (entry.asked and entry.details_at < math.inf)
            taken.append(Turn(iccid, entry.asked, details, entry.history_at <= now))
            entry.asked = False
            self._asked.pop(iccid, None)
            self._waiting.discard(iccid)
        return taken

    def done(self, turn: Turn, now: float, *, visit: bool) -> None:
        """A turn that began at `now` went through; `visit`: for the policies too."""
        entry = self._entries.get(turn.iccid)
        if entry is None:
            return
        entry.failures, entry.not_before = 0, -math.inf
        if turn.details and self._interval > 0:
            entry.details_at = rota.next_due(turn.iccid, self._interval, now)
        if visit:
            entry.visited_before, entry.visited_at = entry.visited_at, now
        if entry.history_at < math.inf:
            if turn.history:
                entry.history_at = rota.next_within(turn.iccid, self._history, now)
            elif visit:
                # What policies read is as good, and most of their SIMs are never read for it.
                entry.history_at = now + self._history
        self._place(turn.iccid, entry, now)

    def put_off(self, turn: Turn, now: float) -> None:
        """A turn did not go through: it stays due, and others go on before it is tried again."""
        entry = self._entries.get(turn.iccid)
        if entry is None:
            return
        wait = min(_LONGEST_RETRY, _FIRST_RETRY * 2.0 ** min(entry.failures, 16))
        entry.failures += 1
        if not entry.asked:
            entry.asked, entry.not_before = turn.asked, now + wait
        self._place(turn.iccid, entry, now)

    def _settle(self, iccid: Iccid, entry: _Entry, now: float) -> None:
        """Who is not read for anything is forgotten."""
        if entry.need is None and entry.history_at == math.inf and self._interval <= 0:
            self._drop(iccid)
        else:
            self._place(iccid, entry, now)

    def _drop(self, iccid: Iccid) -> None:
        del self._entries[iccid]
        self._asked.pop(iccid, None)
        self._waiting.discard(iccid)

    def _place(self, iccid: Iccid, entry: _Entry, now: float) -> None:
        """Into the line, or into the heap."""
        due = entry.due
        if due <= now:
            if entry.asked:
                self._waiting.discard(iccid)
                self._asked[iccid] = None
            elif iccid not in self._waiting:
                self._waiting.add(iccid)
                self._line_is_old = True
            entry.timer = math.inf
            return
        self._asked.pop(iccid, None)
        self._waiting.discard(iccid)
        if due != entry.timer:
            entry.timer = due
            if due < math.inf:
                heapq.heappush(self._timers, (due, iccid))

    def _ring(self, now: float) -> None:
        """Let everybody into the line whose moment has come."""
        if len(self._timers) > 2 * len(self._entries) + _LINE:
            self._timers = [
                (entry.timer, iccid)
                for iccid, entry in self._entries.items()
                if entry.timer < math.inf
            ]
            heapq.heapify(self._timers)
        while self._timers and self._timers[0][0] <= now:
            at, iccid = heapq.heappop(self._timers)
            entry = self._entries.get(iccid)
            if entry is not None and entry.timer == at:
                self._place(iccid, entry, now)

    def _next_waiting(self, now: float) -> Iccid | None:
        if not self._waiting:
            return None
        age = now - self._lined_up_at
        if self._line_is_old and age >= max(1.0, len(self._waiting) / _WAITING_PER_SECOND):
            self._line.clear()
        while True:
            if not self._line:
                self._line_up(now)
            iccid = self._line.popleft()
            if iccid in self._waiting:
                need = self._entries[iccid].need
                self._served = need.namespace if need is not None else self._served
                return iccid

    def _line_up(self, now: float) -> None:
        """The hottest first, namespaces in turn; then who is longest overdue.

        By details, and behind all of these by the history.
        """
        self._line_is_old, self._lined_up_at = False, now
        known = [(iccid, self._entries[iccid]) for iccid in self._waiting]
        needed = (
            (entry.need.namespace, -entry.need.urgency, iccid)
            for iccid, entry in known
            if entry.need is not None and entry.need_at <= now
        )
        self._line.extend(Iccid(iccid) for _, _, iccid in fair_order(needed, _LINE, self._served))
        if len(self._line) < _LINE:
            plain: Iterable[tuple[bool, float, Iccid]] = (
                (entry.details_at > now, min(entry.details_at, entry.history_at), iccid)
                for iccid, entry in known
                if entry.need_at > now
            )
            rest = heapq.nsmallest(_LINE - len(self._line), plain)
            self._line.extend(iccid for _, _, iccid in rest)
