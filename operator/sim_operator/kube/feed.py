"""Where watches deliver: one narrow way into the store, whoever watches."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from sim_operator.domain.resources import Key
from sim_operator.kube.records import UnreadableSpecError
from sim_operator.kube.store import Store
from sim_operator.kube.stream import DELETED

log = logging.getLogger(__name__)


class Feed:
    """Takes objects in, and remembers when each watch was last heard."""

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        """Feed `store`; `now` in Unix seconds."""
        self.store = store
        self._now = now
        self._heard: dict[str, float] = {}

    @property
    def last_event(self) -> float | None:
        """When the watch that has been silent for longest was last heard, in Unix seconds.

        A watch that was never heard counts from its begin; None without any watch.
        """
        return min(self._heard.values(), default=None)

    def heard(self, watch: str) -> None:
        """The API server spoke to this watch: an event, a bookmark or a list."""
        self._heard[watch] = self._now()

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

    def _drop(self, kind: str, body: Mapping[str, Any]) -> None:
        metadata = body["metadata"]
        key = Key(str(metadata["namespace"]), str(metadata["name"]))
        self.store.drop(kind, key, str(metadata["uid"]))
