"""How often the use of each SIM is read, so that policies act in time and the rate limit holds.

A quarter of the time to the next threshold, as the forecast sees it, is waited between two
readings; where an account cannot carry that for all, those that are farthest from a limit wait
longer.
"""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sim_operator.api.choices import PeriodKind, PolicyMode
from sim_operator.clock.wall import WallClock
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.resources import AccountRecord, Key
from sim_operator.domain.usage import Service
from sim_operator.engine.quota.board import QuotaBoard
from sim_operator.engine.quota.forecasts import Forecasts
from sim_operator.engine.quota.outlook import Outlook
from sim_operator.engine.roster import Roster
from sim_operator.kube.store import Store
from sim_operator.planning import pace
from sim_operator.planning.need import Need
from sim_operator.planning.quota.book import Book
from sim_operator.planning.quota.cadence import Stretch, stretched, wanted_interval
from sim_operator.planning.quota.terms import PER_SIM, POOLS, Limit, Terms

FASTEST = 30.0
SLOWEST = 6 * 3600.0
_LEAST = 2.0
"""Real seconds, however fast a simulated clock runs."""
_HOT_FACTOR = 4.0
"""Up to so many times the fastest interval a SIM counts as hot."""
_CALLS = 3
"""Calls of one visit: usage, data left, and now and then SMS left or the session."""
_STRETCH_SECONDS = 30.0
_KEPT_SECONDS = 60.0
_HISTORY = timedelta(days=56)
_LIFETIME = timedelta(days=180)
_LATE = timedelta(days=3)
"""How late the figure of a day may come."""


@dataclass(slots=True)
class _Account:
    wanted: dict[Iccid, float] = field(default_factory=dict)
    stretch: Stretch = field(default_factory=lambda: Stretch(float("inf"), 1.0))
    made: float = float("-inf")


@dataclass(frozen=True, slots=True)
class _Kept:
    made: float
    book: Book | None
    policies: list[Terms]
    fastest: float
    interval: float


class Needs:
    """What the policies want to read."""

    def __init__(
        self,
        board: QuotaBoard,
        forecasts: Forecasts,
        outlook: Outlook,
        roster: Roster,
        store: Store,
        clock: WallClock,
    ) -> None:
        """Everything is read live."""
        self._board = board
        self._forecasts = forecasts
        self._outlook = outlook
        self._roster = roster
        self._store = store
        self._clock = clock
        self._accounts: defaultdict[Key, _Account] = defaultdict(_Account)
        self._kept: dict[Iccid, _Kept] = {}

    def of(self, iccid: Iccid) -> Need | None:
        """What is to be read of one SIM; None: no policy asks."""
        sim = self._roster.holder(iccid)
        book = self._board.books.book(iccid)
        account = self._roster.assignment(sim) if sim is not None else None
        if sim is None or book is None or not isinstance(account, Key):
            return None
        record = self._store.accounts.get(account)
        policies = self._board.matching.selecting(sim)
        if record is None or not policies:
            return None
        now = self._clock.now()
        fastest = self._fastest(record)
        wanted = self._wanted(iccid, policies, record, fastest, now)
        interval = self._fitted(account, record, iccid, wanted)
        return Need(
            interval=interval,
            urgency=wanted / (_HOT_FACTOR * fastest),
            first=self._first(iccid, policies, now),
            sms=any(Service.SMS in terms.services for terms in policies),
            namespace=sim.namespace,
        )

    def _wanted(
        self,
        iccid: Iccid,
        policies: list[Terms],
        account: AccountRecord,
        fastest: float,
        now: datetime,
    ) -> float:
        """Seconds between two readings; computed anew when a fact came, or after a while."""
        book = self._board.books.book(iccid)
        kept = self._kept.get(iccid)
        if (
            kept is not None
            and kept.book is book
            and kept.policies == policies
            and kept.fastest == fastest
            and time.monotonic() - kept.made < _KEPT_SECONDS
        ):
            return kept.interval
        interval = min(self._interval(iccid, terms, account, fastest, now) for terms in policies)
        self._kept[iccid] = _Kept(time.monotonic(), book, policies, fastest, interval)
        return interval

    def forget_account(self, account: Key) -> None:
        """The account is gone."""
        self._accounts.pop(account, None)

    def _fastest(self, account: AccountRecord) -> float:
        detail = account.spec.sync.detail_interval_seconds
        fastest = max(_LEAST, FASTEST / max(1.0, self._clock.speed))
        return min(fastest, detail) if detail > 0 else fastest

    def _interval(
        self, iccid: Iccid, terms: Terms, account: AccountRecord, fastest: float, now: datetime
    ) -> float:
        usage = self._board.books.usage(iccid, terms.track, now)
        intervals = [
            self._until(
                terms,
                used=usage.of(limit.service) if usage is not None else None,
                value=value,
                rate=self._forecasts.rate(iccid, limit.service, now),
                account=account,
                fastest=fastest,
            )
            for limit, value in terms.limits(PER_SIM)
        ]
        intervals += [
            self._pool(terms, limit, value, account, fastest)
            for limit, value in terms.limits(POOLS)
        ]
        return min(intervals, default=SLOWEST)

    def _until(
        self,
        terms: Terms,
        *,
        used: int | None,
        value: int,
        rate: float | None,
        account: AccountRecord,
        fastest: float,
    ) -> float:
        speed = self._clock.speed
        return wanted_interval(
            used=used,
            limit=_next_threshold(terms, used, value),
            # Devices live in wall time, readings in real time: a month may pass in minutes.
            rate=rate * speed if rate is not None else None,
            enforced=terms.mode is PolicyMode.ENFORCE,
            detail_interval=account.spec.sync.detail_interval_seconds,
            fastest=fastest,
            slowest=SLOWEST,
        )

    def _pool(
        self,
        terms: Terms,
        limit: Limit,
        value: int,
        account: AccountRecord,
        fastest: float,
    ) -> float:
        key = self._board.matching.key_of(terms)
        found = self._board.evaluations.get(key)
        if found is None:
            return fastest
        used = found.pool_data if limit.service is Service.DATA else found.pool_sms
        # The pool is nearly used up by all together: no single one has to be read that often.
        members = max(1, found.matched)
        rate = self._outlook.of(key).rates.get(limit)
        shared = self._until(
            terms, used=used, value=value, rate=rate, account=account, fastest=fastest
        )
        return shared if used is None else min(SLOWEST, max(shared, fastest * min(members, 20)))

    def _fitted(self, account: Key, record: AccountRecord, iccid: Iccid, wanted: float) -> float:
        """The interval that the account's rate limit can carry."""
        known = self._accounts[account]
        known.wanted[iccid] = wanted
        now = time.monotonic()
        if now - known.made > _STRETCH_SECONDS:
            known.made = now
            books = self._board.books
            self._kept = {one: it for one, it in self._kept.items() if books.book(one) is not None}
            members = {self._roster.iccid(sim) for sim in self._roster.members.get(account, ())}
            known.wanted = {one: at for one, at in known.wanted.items() if one in members}
            visits = record.spec.rate_limit.requests_per_second * pace.DETAIL_SHARE / _CALLS
            known.stretch = stretched(list(known.wanted.values()), visits)
        return known.stretch.of(wanted)

    def _first(self, iccid: Iccid, policies: Iterable[Terms], now: datetime) -> date:
        """The first day to ask for: all that helps at first, later what may still change."""
        today = now.astimezone(UTC).date()
        book = self._board.books.book(iccid)
        new = book is None or book.polled is None
        first = today - (_HISTORY if new else _LATE)
        for terms in policies:
            if terms.track.kind is PeriodKind.LIFETIME:
                first = min(first, today - _LIFETIME) if new else first
                continue
            usage = self._board.books.usage(iccid, terms.track, now)
            if usage is not None:
                first = min(first, usage.period.start.date())
        return first


def _next_threshold(terms: Terms, used: int | None, limit: int) -> int | None:
    """The next warning step or the limit; None where all are passed."""
    if used is None:
        return limit
    steps = (limit * percent // 100 for percent in terms.warn_at)
    return min((step for step in (*steps, limit) if step > used), default=None)
