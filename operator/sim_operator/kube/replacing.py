"""A list that takes the place of what was held: what it does not name was deleted."""

import logging
from collections.abc import Mapping
from typing import Any

from sim_operator.domain.resources import Key
from sim_operator.kube.feed import Feed
from sim_operator.kube.store import is_older

logger = logging.getLogger(__name__)


class Replacement:
    """One such list, from before its first request to its end.

    What is held when it begins and not named in it is gone, unless what is held is newer than the
    moment that the list shows.
    """

    def __init__(self, feed: Feed, kind: str, scope: str | None) -> None:
        """`scope`: the namespace that is listed, None for all."""
        self._feed = feed
        self._kind = kind
        self._missing: dict[Key, str] = {
            held.meta.key: held.meta.uid
            for held in feed.store.all_held(kind)
            if scope is None or held.meta.key.namespace == scope
        }

    def take(self, body: Mapping[str, Any]) -> None:
        """One object of the list."""
        self._feed.take(self._kind, None, body)
        if self._missing:
            told = body.get("metadata") or {}
            key = Key(str(told.get("namespace") or ""), str(told.get("name")))
            if self._missing.get(key) == told.get("uid"):
                self._missing.pop(key, None)

    def finish(self, moment: str | None) -> None:
        """Everything was named; `moment`: the list's resourceVersion, None: there is no kind."""
        store = self._feed.store
        for key, uid in self._missing.items():
            held = store.held(self._kind, key)
            if held is None or held.meta.uid != uid:
                continue
            if moment is not None and is_older(moment, held.meta.resource_version):
                continue
            logger.info("%s %s is gone: a list does not name it any more", self._kind, key)
            # It was only missing, so that the same uid may come back where the list was wrong.
            store.drop(self._kind, key, uid, remember=False)
