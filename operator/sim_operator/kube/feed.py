"""Where watches deliver: one narrow way into the store, whoever watches."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from sim_operator.domain.resources import Key
from sim_operator.kube.records import UnreadableSpecError
from sim_operator.kube.store import Store
from sim_operator.kube.stream import DELETED

log = logging.getLogger(__name__)

_LIST_SECONDS = 10.0


class Feed:
    """Takes objects in, and remembers when each watch was last heard."""

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        """Feed `store`; `now` in Unix seconds."""
        self.store = store
        self._now = now
        self._heard: dict[str, float] = {}
        self.relisted = asyncio.Event()
        """Set when a watch of kopf's began anew: its gap may have hidden deletions."""
        self._asked_at = float("-inf")

    @property
    def last_event(self) -> float | None:
        """When the one that has been silent for longest was last heard, in Unix seconds.

        A watch that was never heard counts from its begin; None before any has begun.
        """
        return min(self._heard.values(), default=None)

    def heard(self, name: str) -> None:
        """The API server spoke to a watch (an event, a bookmark or a list) or to the relist."""
        self._heard[name] = self._now()

    def take(self, kind: str, type_: str | None, body: Mapping[str, Any]) -> None:
        """One object; `type_` of the event, None for an object of a list."""
        try:
            if type_ == DELETED:
                self._drop(kind, body)
            else:
                self.store.observe(kind, body)
        except UnreadableSpecError as error:
            log.warning("an event was no object: %s", error)
        except Exception:
            # One object must not keep all others from being heard of; passes look at it again.
            log.exception("a %s could not be taken in", kind)

    def take_from_kopf(self, kind: str, type_: str | None, body: Mapping[str, Any]) -> None:
        """One event of kopf's, whose lists do not replace what is held."""
        if type_ is None:
            self._began_anew()
        self.take(kind, type_, body)

    def _began_anew(self) -> None:
        # Once for the many objects of one list; the first list of all is no gap.
        now = time.monotonic()
        if self.store.complete.is_set() and now - self._asked_at > _LIST_SECONDS:
            self._asked_at = now
            self.relisted.set()

    def _drop(self, kind: str, body: Mapping[str, Any]) -> None:
        metadata = body["metadata"]
        key = Key(str(metadata["namespace"]), str(metadata["name"]))
        self.store.drop(kind, key, str(metadata["uid"]))
