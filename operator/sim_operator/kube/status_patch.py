"""One status patch: what is sent, and what an answer means.

The patch carries the resourceVersion that it was computed from. The uid alone is not checked by the
API server on `/status`, so this is what keeps the status of a deleted object from its successor.
"""

import logging
from enum import StrEnum
from typing import Any

import orjson

from sim_operator.kube.answers import ApiError
from sim_operator.kube.backlog import Target
from sim_operator.kube.connection import FIELD_MANAGER, MERGE_PATCH, ApiClient
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.records import status_bytes
from sim_operator.kube.store import Held, Store
from sim_operator.status.merge_patch import merge_patch

logger = logging.getLogger(__name__)


class WriteOutcome(StrEnum):
    """What became of a status."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    """Nothing was sent: the object has this status."""
    OUTDATED = "outdated"
    """Nothing was sent: the object is gone, or another one has its name."""
    CONFLICT = "conflict"
    """The object had changed: it was read again and has to be looked at again."""
    GONE = "gone"
    """404."""
    REFUSED = "refused"
    """The API server will not take this status however often it is sent."""


class StatusPatcher:
    """Sends the difference between a held status and a wanted one."""

    def __init__(self, api: ApiClient, store: Store) -> None:
        """The store says what the API server has, and learns what it answers."""
        self._api = api
        self._store = store
        self._normalised: dict[Target, tuple[str, bytes, bytes]] = {}

    def settled(self, target: Target, uid: str, status: bytes) -> WriteOutcome | None:
        """The outcome where nothing has to be sent."""
        held = self._store.held(*target)
        if held is None or held.meta.uid != uid:
            self._normalised.pop(target, None)
            return WriteOutcome.OUTDATED
        if held.status == status or self._normalised.get(target) == (uid, status, held.status):
            return WriteOutcome.UNCHANGED
        return None

    async def send(
        self, target: Target, uid: str, status: bytes, timeout: float | None = None
    ) -> WriteOutcome:
        """Write the status unless it stands there already.

        Raises:
            ApiError: a failure that may pass (`transient`).
        """
        outcome = self.settled(target, uid, status)
        held = self._store.held(*target)
        if outcome is not None or held is None:
            return outcome or WriteOutcome.OUTDATED
        patch = merge_patch(orjson.loads(held.status), orjson.loads(status))
        if patch is None:
            return WriteOutcome.UNCHANGED
        kind = KINDS[target.kind]
        try:
            answer = await self._api.request(
                "PATCH",
                f"{kind.item(target.key)}/status",
                query={"fieldManager": FIELD_MANAGER},
                body={
                    "metadata": {"resourceVersion": held.meta.resource_version},
                    "status": patch,
                },
                content_type=MERGE_PATCH,
                timeout=timeout,
            )
        except ApiError as error:
            return await self._failed(target, error, timeout)
        self._accept(target, held, status, answer.body)
        return WriteOutcome.WRITTEN

    def _accept(self, target: Target, held: Held, sent: bytes, body: dict[str, Any]) -> None:
        answered = status_bytes(body)
        uid = held.meta.uid
        if answered == sent:
            answered = sent  # one text for whoever wanted it and for the record
            self._normalised.pop(target, None)
        else:
            # What the API server made of it stands; wanting the same again is no reason to write.
            known = self._normalised.get(target)
            self._normalised[target] = (uid, sent, answered)
            if known is None:
                logger.warning(
                    "the API server changed the status of %s %s that it was sent: %s; "
                    "is its CRD older than the operator?",
                    target.kind,
                    target.key,
                    ", ".join(_differing(sent, answered)),
                )
        version = str(body.get("metadata", {}).get("resourceVersion", ""))
        self._store.acknowledge(*target, uid, version, answered)

    async def _failed(self, target: Target, error: ApiError, timeout: float | None) -> WriteOutcome:
        if error.transient:
            raise error
        if error.not_found:
            return WriteOutcome.GONE
        if error.conflict:
            await self._read_again(target, timeout)
            return WriteOutcome.CONFLICT
        logger.error("the status of %s %s was refused: %s", target.kind, target.key, error)
        return WriteOutcome.REFUSED

    async def _read_again(self, target: Target, timeout: float | None) -> None:
        try:
            answer = await self._api.request(
                "GET", KINDS[target.kind].item(target.key), timeout=timeout
            )
        except ApiError as error:
            if not error.not_found:
                raise
            held = self._store.held(*target)
            if held is not None:
                self._store.drop(*target, held.meta.uid, remember=False)
        else:
            self._store.observe(target.kind, answer.body)


def _differing(sent: bytes, answered: bytes) -> list[str]:
    before, after = orjson.loads(sent), orjson.loads(answered)
    return sorted(
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    )
