"""What lies ahead of each policy, and how late it may act: told from readings as they really come.

Each SIM of a policy has a part in it, and looking at one takes a fraction of a millisecond; at ten
thousand that is seconds. So it is looked at beside everything else, a few SIMs at a time, and who
asks gets the figures of the last look.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from sim_operator.api.choices import PeriodKind
from sim_operator.clock.wall import WallClock
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import Key
from sim_operator.domain.usage import Service
from sim_operator.engine.quota.board import QuotaBoard
from sim_operator.engine.quota.forecasts import Forecasts
from sim_operator.engine.quota.loops import Loops
from sim_operator.engine.roster import Roster
from sim_operator.planning.quota import counting, forecast
from sim_operator.planning.quota.evaluation import Evaluation
from sim_operator.planning.quota.forecast import Week
from sim_operator.planning.quota.overshoot import max_overshoot
from sim_operator.planning.quota.period import period_at, zone
from sim_operator.planning.quota.terms import POOLS, Limit, Terms

ACT_SECONDS = 15.0
"""From a reading to the disable: evaluation, the hold's write, a place in the guard, the write."""
LAG_SECONDS = 900.0
"""1NCE books a session at the latest every quarter of an hour (its usage records come so often)."""
_DAYS = 14
_REST = 2.0
_DUTY = 20.0
"""A look is followed by a rest of so many times its own length."""
_AT_A_TIME = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """What one look at a policy found."""

    exhausts_at: date | None = None
    """The first day on which a pool, or without one a SIM, reaches its limit."""
    overshoot: int | None = None
    """Bytes that a SIM can get past its data limit; None: none is set, or nothing is known."""
    oldest: float | None = None
    """When the oldest figure of a member was read, in Unix seconds."""
    rates: dict[Limit, float] = field(default_factory=dict)
    """Bytes (messages) a second that are expected of all members of a pool."""
    days: dict[Key, date] = field(default_factory=dict)
    """On which day each SIM reaches a limit of its own, where no pool is set."""


UNKNOWN = Figures()


@dataclass(slots=True)
class _Look:
    """A look that is under way."""

    worst: int | None = None
    oldest: float | None = None
    days: dict[Key, date] = field(default_factory=dict)
    rates: dict[Limit, float] = field(default_factory=dict)
    weeks: dict[Limit, list[Week | None]] = field(default_factory=dict)

    def note_rate(self, limit: Limit, rate: float | None) -> None:
        """Another member is expected to use this much of a pool."""
        if rate is not None:
            self.rates[limit] = self.rates.get(limit, 0.0) + rate


class Outlook:
    """Looks at one policy after the other."""

    def __init__(
        self,
        board: QuotaBoard,
        forecasts: Forecasts,
        roster: Roster,
        loops: Loops,
        clock: WallClock,
        *,
        is_streamed: Callable[[Key], bool],
        shown: Callable[[Key], date | None],
        changed: Callable[[Key], None],
    ) -> None:
        """`is_streamed`: whether an account's Data Streamer tells of use.

        `shown` gives the day that the status of a policy tells, `changed` is told of a policy whose
        figures moved.
        """
        self._board = board
        self._forecasts = forecasts
        self._roster = roster
        self._loops = loops
        self._clock = clock
        self._is_streamed = is_streamed
        self._shown = shown
        self._changed = changed
        self._known: dict[Key, Figures] = {}

    def of(self, policy: Key) -> Figures:
        """The figures of the last look at a policy."""
        return self._known.get(policy, UNKNOWN)

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            took = 0.0
            here = list(filter(self._board.places.was_here, self._board.matching.policies()))
            for policy in here:
                began = time.monotonic()
                await self._look(policy)
                took += time.monotonic() - began
            for gone in self._known.keys() - set(here):
                del self._known[gone]
            self._forecasts.prune()
            await asyncio.sleep(max(_REST, min(took * _DUTY, 60.0)))

    async def _look(self, policy: Key) -> None:
        terms = self._board.matching.terms(policy)
        if terms is None:
            return
        look, now, before = _Look(), self._clock.now(), self.of(policy)
        for number, sim in enumerate(list(self._board.matching.selected(policy))):
            if number % _AT_A_TIME == _AT_A_TIME - 1:
                await asyncio.sleep(0)
            iccid = self._roster.iccid(sim)
            if iccid is not None and self._board.books.book(iccid) is not None:
                self._see(look, terms, sim, iccid, now, before.days.get(sim))
        found = self._board.evaluations.get(policy)
        told = self._shown(policy) if before is UNKNOWN else before.exhausts_at
        figures = Figures(
            exhausts_at=self._pool_day(look, terms, found, now, told)
            if look.weeks
            else _steady(min(look.days.values(), default=None), told, terms, now),
            overshoot=look.worst,
            oldest=look.oldest,
            rates=look.rates,
            days=look.days,
        )
        self._known[policy] = figures
        if (figures.exhausts_at, figures.overshoot) != (before.exhausts_at, before.overshoot):
            self._changed(policy)

    def _see(
        self,
        look: _Look,
        terms: Terms,
        sim: Key,
        iccid: Iccid,
        now: datetime,
        before: date | None,
    ) -> None:
        usage = self._board.books.usage(iccid, terms.track, now)
        record = self._roster.record(sim)
        # Of a suspended SIM nothing is read: its figure is old on purpose.
        is_read = record is not None and not record.spec.suspend
        if is_read and usage is not None and usage.as_of is not None:
            read = usage.as_of.timestamp()
            look.oldest = read if look.oldest is None else min(look.oldest, read)
        if Service.DATA in terms.services:
            overshoot = self._overshoot(sim, iccid, terms, now)
            if overshoot is not None:
                look.worst = max(look.worst or 0, overshoot)
        for limit, _ in terms.limits(POOLS):
            look.note_rate(limit, self._forecasts.rate(iccid, limit.service, now))
            week = self._forecasts.week(iccid, limit.service, now)
            look.weeks.setdefault(limit, []).append(week)
        if not look.weeks:
            day = self._forecasts.exhausts_at(iccid, terms, now, before)
            if day is not None:
                look.days[sim] = day

    def _pool_day(
        self,
        look: _Look,
        terms: Terms,
        found: Evaluation | None,
        now: datetime,
        before: date | None,
    ) -> date | None:
        days = []
        for limit, weeks in look.weeks.items():
            used, value = _used(found, limit), terms.value(limit)
            if used is None or value is None:
                continue
            days.append(
                forecast.pool_exhausts_at(
                    used=used,
                    limit=value,
                    expected=forecast.pooled(weeks),
                    period=period_at(terms.track, now),
                    now=now,
                    before=before,
                )
            )
        return min((day for day in days if day is not None), default=None)

    def _overshoot(self, sim: Key, iccid: Iccid, terms: Terms, now: datetime) -> int | None:
        account = self._roster.assignment(sim)
        if not isinstance(account, Key) or account not in self._loops:
            return None
        cadence = self._loops[account].reading_interval(iccid)
        if cadence is None:
            return None
        speed = self._clock.speed
        return max_overshoot(
            rate=self._forecasts.rate(iccid, Service.DATA, now),
            # Readings are spaced in real time, devices use data in wall time.
            cadence=cadence * speed,
            act=ACT_SECONDS * speed,
            lag=LAG_SECONDS,
            straddle=self._straddle(iccid, terms, now),
            streamed=self._is_streamed(account),
        )

    def _straddle(self, iccid: Iccid, terms: Terms, now: datetime) -> int:
        """The largest day of late, where the policy's days are not 1NCE's."""
        if terms.track.kind is PeriodKind.LIFETIME:
            return 0
        if not now.astimezone(zone(terms.track.zone)).utcoffset():
            return 0
        book = self._board.books.book(iccid)
        days = counting.history(book).data[-_DAYS:] if book is not None else ()
        return max((day for day in days if day is not None), default=0)


def _steady(day: date | None, before: date | None, terms: Terms, now: datetime) -> date | None:
    """The first day of all SIMs; the one that is shown stays while it is off by a day.

    A day that is reached stays, too: it does not move on with each day that follows.
    """
    if day is None or before is None:
        return day
    today, began = now.date(), period_at(terms.track, now).start.date()
    if day <= today:
        return before if began <= before <= day else day
    return before if before > today and abs((day - before).days) <= 1 else day


def _used(found: Evaluation | None, limit: Limit) -> int | None:
    if found is None:
        return None
    return found.pool_data if limit.service is Service.DATA else found.pool_sms
