"""Where news come from: the watch of events, and the watch cache as it takes objects in.

The cache keeps no managed fields, which tell who wrote; so whoever changed a spec is read from an
object on its way in. Specs are compared here as they came, because the lean record knows only that
the generation moved.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from sim_operator.console.journal import news
from sim_operator.console.journal.journal import Journal
from sim_operator.domain.resources import Meta
from sim_operator.kube.feed import Feed
from sim_operator.kube.records import UnreadableSpecError, meta
from sim_operator.kube.store import Change, Store
from sim_operator.kube.stream import DELETED


class TellingFeed(Feed):
    """Feeds the store, and tells the journal what changed after everything was known once."""

    def __init__(self, store: Store, journal: Journal, now: Callable[[], datetime]) -> None:
        """`now`: the machine's time, as events have it, and not a simulated one."""
        super().__init__(store)
        self._journal = journal
        self._wall = now
        self._specs: dict[str, bytes] = {}
        store.subscribe(self._gone)

    def take(self, kind: str, type_: str | None, body: Mapping[str, Any]) -> None:
        """One object, as `Feed.take`."""
        if not self.store.complete.is_set():
            self._journal.since = self._wall()
        if type_ != DELETED and (told := _meta(body)) is not None:
            held = self.store.held(kind, told.key)
            if held is None or held.meta.uid != told.uid or held.meta.generation < told.generation:
                self._tell(kind, body, told.uid)
        super().take(kind, type_, body)

    def _tell(self, kind: str, body: Mapping[str, Any], uid: str) -> None:
        known = self._specs.get(uid)
        self._specs[uid] = orjson.dumps(body.get("spec") or {})
        if known is not None:
            old = {"spec": orjson.loads(known)}
            self._journal.take(news.changed(kind, old, body, self._wall()))
        elif self.store.complete.is_set():
            self._journal.take(news.created(kind, body))

    def _gone(self, change: Change) -> None:
        if change.new is None and change.old is not None:
            meta_ = change.old.meta
            if self._specs.pop(meta_.uid, None) is not None:
                self._journal.take(news.deleted(change.kind, meta_, self._wall()))


def _meta(body: Mapping[str, Any]) -> Meta | None:
    try:
        return meta(body)
    except UnreadableSpecError:
        return None  # `Feed.take` says so
