"""What one person sees and does, with their rights: the one way to it, for pages and REST alike.

The fleet comes from the watch cache, narrowed to the namespaces that they may list. One object is
read, and every write made, by impersonation.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeVar

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.clock.wall import SystemClock
from sim_operator.console.archive import asking
from sim_operator.console.fleet import AccountRow, PolicyRow, SimRow
from sim_operator.console.fleet.summary import MOST_TOP, Consumer, Summary, Used, summary
from sim_operator.console.journal import news
from sim_operator.console.journal.journal import merged
from sim_operator.console.journal.news import CHANGED, of_event
from sim_operator.console.parts import Console
from sim_operator.console.rights.access import Scope
from sim_operator.console.rights.callers import Viewer
from sim_operator.console.sim_file import SimFile, read_sim
from sim_operator.console.writing.acting import Change, Outcome, carry_out
from sim_operator.console.writing.verbs import Verb
from sim_operator.domain.resources import Key
from sim_operator.history import (
    By,
    DayRow,
    Dimension,
    Happening,
    HistoryError,
    Hour,
    UsageRow,
)
from sim_operator.history import Scope as HistoryScope
from sim_operator.kube.answers import ApiError
from sim_operator.kube.event_watch import events_about

_DAY: Final = timedelta(days=1)

Row = TypeVar("Row", SimRow, PolicyRow, AccountRow)


class Person:
    """One viewer of one console, for the time of one request."""

    def __init__(self, console: Console, viewer: Viewer) -> None:
        """Nothing is asked yet."""
        self._console = console
        self.viewer = viewer
        self.api = console.rights.acting(viewer)
        """The API server, as this person."""

    async def scope(self, kind: str) -> Scope:
        """The namespaces of which they may see objects of a kind."""
        return await self._console.rights.scope(self.viewer, kind)

    def now(self) -> datetime:
        """The time that the console goes by."""
        return self._console.clock.now()

    async def sims(self) -> list[SimRow]:
        """The SIMs that they may see."""
        return _seen(self._console.fleet.sims, await self.scope(SIM_KIND))

    async def policies(self) -> list[PolicyRow]:
        """The QuotaPolicies that they may see, by namespace and name."""
        return sorted(
            _seen(self._console.fleet.policies, await self.scope(POLICY_KIND)),
            key=lambda row: row.key,
        )

    async def accounts(self) -> list[AccountRow]:
        """The SIMAccounts that they may see, by namespace and name."""
        return sorted(
            _seen(self._console.fleet.accounts, await self.scope(ACCOUNT_KIND)),
            key=lambda row: row.key,
        )

    async def version(self) -> str:
        """A text that changes when anything does that they may see of the fleet."""
        told = []
        for kind in (SIM_KIND, POLICY_KIND, ACCOUNT_KIND):
            namespaces = (await self.scope(kind)).namespaces
            shown = "*" if namespaces is None else ",".join(sorted(namespaces))
            told.append(f"{shown}:{self._console.fleet.version(namespaces)}")
        return ";".join(told)

    async def summary(self) -> Summary:
        """The fleet in a few numbers: use of this month by the history, else by statuses."""
        sims, accounts, policies = await self.sims(), await self.accounts(), await self.policies()
        now = self._console.clock.now()
        used = await self._used(now)
        odd = [
            one
            for one in self._console.fleet.misunderstood()
            if (await self.scope(one.kind)).covers(one.key.namespace)
        ]
        return summary(sims, accounts, policies, f"{now:%Y-%m}", used, odd)

    async def sim(self, key: Key) -> SimFile:
        """One SIM, read now.

        Raises:
            ApiError: their rights do not allow it, there is none, or it could not be asked.
        """
        return await read_sim(self._console.rights, self.viewer, self.api, key)

    async def act(
        self,
        key: Key,
        verb: Verb,
        *,
        label: str | None = None,
        resource_version: str | None = None,
    ) -> Outcome:
        """Change a SIM.

        `label`: for the verb of that name. `resource_version`: of the SIM that they saw, so that
        nobody changes what they have not seen; without it the one that is read now.

        Raises:
            ApiError: their rights or the schema do not allow it, or somebody else was faster.
            Problem: 409, a tool of GitOps owns the object, or it changed meanwhile.
        """
        found = await self.sim(key)
        change = Change(verb, label, resource_version)
        # The machine's time, as events have it: a simulated one is for periods alone.
        now = SystemClock().now()
        outcome = await carry_out(self.api, found, change, now)
        if outcome.changed:
            told = news.asked(SIM_KIND, outcome.body, self.viewer.name, change.sentence, now)
            self._console.journal.take(told)
        return outcome

    async def timeline(self, file: SimFile, limit: int = 100) -> list[Happening]:
        """What happened to a SIM that they may see; events only where they may see those."""
        row = file.row
        kept = await self._kept(row.key, limit, None, HistoryScope())
        told: list[Happening] = []
        try:
            async for body in events_about(self.api, row.key.namespace, row.uid):
                one = of_event(body)
                if one is not None:
                    told.append(one)
        except ApiError as error:
            if not error.forbidden:
                raise
            kept = [one for one in kept if one.type == CHANGED]
        last = news.unseen(SIM_KIND, file.body, self._console.journal.since, kept)
        return merged([*told, last] if last is not None else told, kept, limit)

    async def events(
        self, namespace: str | None, limit: int, before: datetime | None = None
    ) -> list[Happening]:
        """What happened, newest first, in the namespaces of which they may see events."""
        scope = HistoryScope((await self._console.rights.events_scope(self.viewer)).namespaces)
        if namespace is not None and not scope.holds(namespace):
            return []
        return await self._kept(Key(namespace or "", ""), limit, before, scope)

    async def usage_of(self, row: SimRow, first: date, last: date) -> list[DayRow]:
        """The use of a SIM that they may see, by day.

        Raises:
            Problem: no history is kept, or it cannot be asked now.
        """
        history = self._console.archive.opened()
        scope = await self._scope_of(row)
        async with asking():
            return await history.sim_days(row.iccid, first, last, scope)

    async def hours_of(self, row: SimRow, first: date, last: date) -> list[Hour]:
        """What the Data Streamer told of a SIM that they may see, by hours of days in UTC.

        Of days that have not begun there is nothing to tell.

        Raises:
            Problem: no history is kept, or it cannot be asked now.
        """
        history = self._console.archive.opened()
        scope = await self._scope_of(row)
        end = min(last, today(self.now())) + _DAY
        since, until = (datetime.combine(one, time.min, UTC) for one in (first, end))
        async with asking():
            return await history.hours(row.iccid, since, until, scope)

    async def days(self, first: date, last: date) -> list[UsageRow]:
        """What was used on each day, of what they may see.

        Raises:
            Problem: no history is kept, or it cannot be asked now.
        """
        return await self.usage(first, last, By(Dimension.DAY))

    async def usage(self, first: date, last: date, by: By) -> list[UsageRow]:
        """Who used what, of what they may see: by the namespace that a SIM was in on each day.

        Raises:
            Problem: no history is kept, or it cannot be asked now.
        """
        history = self._console.archive.opened()
        scope = HistoryScope((await self.scope(SIM_KIND)).namespaces)
        async with asking():
            return await history.usage(first, last, by, scope, now=self._console.clock.now())

    async def _scope_of(self, row: SimRow) -> HistoryScope:
        """Not what the card used while others held it; where it is now they have read it."""
        seen = (await self.scope(SIM_KIND)).namespaces
        return HistoryScope(None if seen is None else seen | {row.key.namespace})

    async def _used(self, now: datetime) -> Used | None:
        """The use of this month by the history; None where that cannot be asked now."""
        history = self._console.archive.history
        if history is None:
            return None
        first, last = month_of(today(now))
        scope = HistoryScope((await self.scope(SIM_KIND)).namespaces)
        try:
            rows = await history.usage(first, last, By(Dimension.SIM), scope, now=now)
        except HistoryError as error:
            # The fleet is shown all the same; `missing_days` then says that no history was asked.
            self._console.archive.complain(error)
            return None
        top = sorted(rows, key=lambda row: (-row.data, -row.sms, row.group))[:MOST_TOP]
        return Used(
            data=sum(row.data for row in rows),
            sms=sum(row.sms for row in rows),
            sims=sum(row.known_days > 0 for row in rows),
            missing_days=sum(row.missing_days for row in rows),
            top=tuple(
                Consumer(
                    Key(row.namespace or "", row.name or row.group), row.group, row.data, row.sms
                )
                for row in top
                if row.data or row.sms
            ),
        )

    async def _kept(
        self, key: Key, limit: int, before: datetime | None, scope: HistoryScope
    ) -> list[Happening]:
        """What journal and history have; empty texts of the key mean: any."""
        about = (key.namespace or None, key.name or None, limit, before, scope)
        recent = self._console.journal.latest(*about)
        history = self._console.archive.history
        if history is None:
            return recent
        try:
            return merged(recent, await history.timeline(*about), limit)
        except HistoryError as error:
            self._console.archive.complain(error)
            return recent


def month_of(day: date) -> tuple[date, date]:
    """The first and last day of a day's month."""
    first = day.replace(day=1)
    following = (first + 31 * _DAY).replace(day=1)
    return first, following - _DAY


def today(now: datetime) -> date:
    """The day in UTC, as 1NCE counts."""
    return now.astimezone(UTC).date()


def _seen(rows: Mapping[Key, Row], scope: Scope) -> list[Row]:
    if scope.namespaces is None:
        return list(rows.values())
    return [row for key, row in rows.items() if key.namespace in scope.namespaces]
