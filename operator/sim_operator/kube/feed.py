"""Where watches deliver: one narrow way into the store, whoever watches."""

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from sim_operator.domain.resources import Key
from sim_operator.kube.records import UnreadableSpecError
from sim_operator.kube.store import Store

log = logging.getLogger(__name__)

_LIST_SECONDS = 10.0


class Feed:
    """Takes watch events in."""

    def __init__(self, store: Store) -> None:
        """Feed `store`."""
        self._store = store
        self.last_event: float | None = None
        """When a watch last delivered anything, in Unix seconds."""
        self.relisted = asyncio.Event()
        """Set when a watch began anew: what was deleted in its gap has to be looked for."""
        self._asked_at = float("-inf")

    def take(self, kind: str, type_: str | None, body: Mapping[str, Any]) -> None:
        """One event; `type_` is None for an object of the initial list."""
        self.last_event = time.time()
        if type_ is None:
            self._began_anew()
        if type_ == "DELETED":
            metadata = body["metadata"]
            key = Key(str(metadata["namespace"]), str(metadata["name"]))
            self._store.drop(kind, key, str(metadata["uid"]))
            return
        try:
            self._store.observe(kind, body)
        except UnreadableSpecError as error:
            log.warning("an event was no object: %s", error)

    def _began_anew(self) -> None:
        # Once for the many objects of one list; the first list of all is no gap.
        now = time.monotonic()
        if self._store.complete.is_set() and now - self._asked_at > _LIST_SECONDS:
            self._asked_at = now
            self.relisted.set()
