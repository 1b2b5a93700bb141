"""The latest happenings in memory, and on their way into the history.

Without a history they are what a timeline shows; with one they bridge the seconds until it has
them, and the time in which it cannot be written.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from sim_operator.history import Happening, HistoryError, Scope
from sim_operator.hooks.complaints import Complaints

log = logging.getLogger(__name__)

MOST: Final = 10_000
_PAUSE: Final = 1.0
_AFTER_FAILURE: Final = 15.0
_BATCH: Final = 500


class _Same(NamedTuple):
    """What makes two tellings one happening."""

    uid: str
    at: datetime
    type: str
    reason: str
    message: str
    actor: str | None


class Journal:
    """Takes news in without waiting; `run` has to be running, where there is a history."""

    def __init__(self, most: int = MOST) -> None:
        """`most`: happenings that are kept in memory, the newest ones."""
        self._most = most
        self.since: datetime | None = None
        """From when on changes of specs are told of; None: not yet."""
        self._latest: OrderedDict[_Same, Happening] = OrderedDict()
        self._untold: OrderedDict[_Same, Happening] = OrderedDict()
        self._news = asyncio.Event()
        self._complaints = Complaints(log)

    def take(self, happening: Happening | None) -> None:
        """Something happened; the same again counts up. None is no news."""
        if happening is None:
            return
        one = replace(happening, at=happening.at.replace(microsecond=0))
        same = _Same(one.uid, one.at, one.type, one.reason, one.message, one.actor)
        before = self._latest.get(same)
        if before is not None and before.count >= one.count:
            return
        for table in (self._latest, self._untold):
            table[same] = one
            table.move_to_end(same)
            if len(table) > self._most:
                table.popitem(last=False)
        self._news.set()

    def latest(
        self,
        namespace: str | None,
        name: str | None,
        limit: int,
        before: datetime | None,
        scope: Scope,
    ) -> list[Happening]:
        """As `History.timeline`, of what is in memory."""
        found = [
            one
            for one in self._latest.values()
            if scope.holds(one.namespace)
            and (namespace is None or one.namespace == namespace)
            and (name is None or one.name == name)
            and (before is None or one.at < before)
        ]
        return newest_first(found, limit)

    async def run(self, tell: Callable[[Sequence[Happening]], Awaitable[bool]]) -> None:
        """Hand everything on until cancelled; `tell` says whether there was somebody to take it."""
        while True:
            await self._news.wait()
            await asyncio.sleep(_PAUSE)  # news come in groups
            self._news.clear()
            while self._untold:
                batch = dict(list(self._untold.items())[:_BATCH])
                if not await self._handed_on(tell, list(batch.values())):
                    await asyncio.sleep(_AFTER_FAILURE)
                    continue
                for same, one in batch.items():
                    if self._untold.get(same) is one:
                        del self._untold[same]

    async def _handed_on(
        self, tell: Callable[[Sequence[Happening]], Awaitable[bool]], batch: list[Happening]
    ) -> bool:
        try:
            return await tell(batch)
        except HistoryError as error:
            self._complaints.tell("history", "happenings wait for the history: %s", error)
            return False


def newest_first(happenings: Sequence[Happening], limit: int) -> list[Happening]:
    """The newest ones."""
    return sorted(happenings, key=lambda one: one.at, reverse=True)[:limit]


def merged(one: Sequence[Happening], other: Sequence[Happening], limit: int) -> list[Happening]:
    """Of two tellings of the same time, each happening once."""
    found: dict[_Same, Happening] = {}
    for each in (*one, *other):
        same = _Same(each.uid, each.at, each.type, each.reason, each.message, each.actor)
        known = found.get(same)
        if known is None or known.count < each.count:
            found[same] = each
    return newest_first(list(found.values()), limit)
