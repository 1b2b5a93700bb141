"""Which SIMs of an account the next pass decides about.

Whatever happened to is due at once. What only the time changes (a retry, a place in the budget) is
looked at each second; of very many a part each second, so that thousands of waiting writes do not
keep the process busy with saying so.
"""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet

from sim_operator.domain.resources import Key

_FEW = 200
"""Unsettled SIMs that each pass looks at, however often passes come."""
_PART = 500
"""Of more than those, so many a second."""
_SECOND = 1.0


class Due:
    """The SIMs of one account that wait to be decided about."""

    def __init__(self, unsettled: AbstractSet[Key], is_queued: Callable[[Key], bool]) -> None:
        """`unsettled`: whose plan depends on the time, live.

        `is_queued`: whether an action for the SIM waits for a worker, which looks again itself.
        """
        self._unsettled = unsettled
        self._is_queued = is_queued
        self._touched: set[Key] = set()
        self._in_pass: set[Key] = set()
        self._all = True
        self._round: list[Key] = []
        self._looked = float("-inf")

    def __contains__(self, sim: object) -> bool:
        """Whether a SIM waits to be decided about."""
        return self._all or sim in self._touched or sim in self._in_pass

    def touch(self, sim: Key) -> None:
        """Something happened to a SIM."""
        self._touched.add(sim)

    def touch_all(self) -> None:
        """Something happened that concerns every SIM."""
        self._all = True

    def take(self, members: Iterable[Key], tick: float) -> set[Key]:
        """Those of the pass that begins now; `members`: all, `tick`: monotonic seconds."""
        # Whoever left the account is touched and no member: it has to be forgotten.
        due, self._touched = self._touched, set()
        due.update(members if self._all else self._to_look_at(tick))
        self._all = False
        self._in_pass = set(due)
        return due

    def take_changed(self, most: int) -> list[Key]:
        """A few of those to which something happened since the pass began."""
        taken: list[Key] = []
        while self._touched and len(taken) < most:
            taken.append(self._touched.pop())
        self._in_pass.update(taken)
        return taken

    def ended(self) -> None:
        """The pass is over."""
        self._in_pass = set()

    def _to_look_at(self, tick: float) -> Iterable[Key]:
        if len(self._unsettled) <= _FEW:
            return self._unsettled
        if tick - self._looked < _SECOND:
            return ()
        self._looked = tick
        if not self._round:
            self._round = list(self._unsettled)
        looked: list[Key] = []
        while self._round and len(looked) < _PART:
            sim = self._round.pop()
            if sim in self._unsettled and not self._is_queued(sim):
                looked.append(sim)
        return looked
