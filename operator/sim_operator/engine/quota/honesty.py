"""How late a policy may act: from the readings as they really come, not as they are meant to."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sim_operator.api.choices import PeriodKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.usage import Service
from sim_operator.engine.quota.books import UsageBooks
from sim_operator.engine.quota.forecasts import Forecasts
from sim_operator.engine.quota.loops import Loops
from sim_operator.engine.quota.matching import Matching
from sim_operator.engine.roster import Roster
from sim_operator.planning.quota import counting
from sim_operator.planning.quota.overshoot import max_overshoot
from sim_operator.planning.quota.period import zone
from sim_operator.planning.quota.terms import Terms

ACT_SECONDS = 15.0
"""From a reading to the disable: evaluation, the hold's write, a place in the guard, the write."""
LAG_SECONDS = 900.0
"""1NCE books a session at the latest every quarter of an hour (its usage records come so often)."""
KEPT_SECONDS = 30.0
_DAYS = 14


@dataclass(frozen=True, slots=True)
class _Figures:
    made: float
    overshoot: int | None
    oldest: float | None


class Honesty:
    """Overshoot and age of the figures of each policy; looked at anew every half minute."""

    def __init__(
        self,
        matching: Matching,
        books: UsageBooks,
        forecasts: Forecasts,
        roster: Roster,
        loops: Loops,
        is_streamed: Callable[[Key], bool],
        speed: Callable[[], float],
    ) -> None:
        """`is_streamed`: whether an account's Data Streamer tells of use; `speed`: of the clock."""
        self._matching = matching
        self._books = books
        self._forecasts = forecasts
        self._roster = roster
        self._loops = loops
        self._is_streamed = is_streamed
        self._speed = speed
        self._kept: dict[Key, _Figures] = {}

    def overshoot(self, policy: Key, terms: Terms, now: datetime) -> int | None:
        """Bytes that a SIM can get past its data limit; None where none is, or nothing is known."""
        return self._figures(policy, terms, now).overshoot

    def oldest(self, policy: Key, terms: Terms, now: datetime) -> float | None:
        """When the oldest figure behind a policy was read, in Unix seconds."""
        return self._figures(policy, terms, now).oldest

    def _figures(self, policy: Key, terms: Terms, now: datetime) -> _Figures:
        kept = self._kept.get(policy)
        if kept is None or time.monotonic() - kept.made > KEPT_SECONDS:
            kept = self._made(policy, terms, now)
            self._kept[policy] = kept
        return kept

    def _made(self, policy: Key, terms: Terms, now: datetime) -> _Figures:
        worst: int | None = None
        oldest: float | None = None
        for sim, iccid in self._members(policy):
            usage = self._books.usage(iccid, terms.track, now)
            if usage is not None and usage.as_of is not None:
                read = usage.as_of.timestamp()
                oldest = read if oldest is None else min(oldest, read)
            if Service.DATA in terms.services:
                one = self._of(sim, iccid, terms, now)
                worst = one if worst is None else max(worst, one or 0)
        return _Figures(time.monotonic(), worst, oldest)

    def _of(self, sim: Key, iccid: Iccid, terms: Terms, now: datetime) -> int | None:
        account = self._roster.assignment(sim)
        if not isinstance(account, Key) or account not in self._loops:
            return None
        cadence = self._loops[account].reading_interval(iccid)
        if cadence is None:
            return None
        return max_overshoot(
            rate=self._forecasts.rate(iccid, Service.DATA, now),
            # Readings are spaced in real time, devices use data in wall time.
            cadence=cadence * self._speed(),
            act=ACT_SECONDS * self._speed(),
            lag=LAG_SECONDS,
            straddle=self._straddle(iccid, terms, now),
            streamed=self._is_streamed(account),
        )

    def _straddle(self, iccid: Iccid, terms: Terms, now: datetime) -> int:
        """The largest day of late, where the policy's days are not 1NCE's."""
        if (
            terms.track.kind is PeriodKind.LIFETIME
            or not now.astimezone(zone(terms.track.zone)).utcoffset()
        ):
            return 0
        book = self._books.book(iccid)
        days = counting.history(book).data[-_DAYS:] if book is not None else ()
        return max((day for day in days if day is not None), default=0)

    def _members(self, policy: Key) -> Iterable[tuple[Key, Iccid]]:
        for sim in self._matching.selected(policy):
            iccid = self._roster.iccid(sim)
            if iccid is not None and self._books.book(iccid) is not None:
                yield sim, iccid
