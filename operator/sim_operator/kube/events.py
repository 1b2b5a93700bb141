"""Events, as `kubectl describe` and `kubectl get events` show them.

Written as core/v1: both API groups show the same objects, but only here are first time, last time
and count filled in, which `--sort-by=.lastTimestamp` and most viewers rely on. An event is worth
less than the work that it tells of, so nothing ever waits for one: what does not fit into the queue
is dropped, and counted.
"""

import asyncio
import logging
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import uuid4

from sim_operator.api.names import API_VERSION, GROUP
from sim_operator.domain.resources import Meta
from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import MERGE_PATCH, ApiClient, quoted
from sim_operator.kube.pace import backoff

logger = logging.getLogger(__name__)

CONTROLLER = f"{GROUP}/sim-operator"
LONGEST_NOTE = 1024
_LONGEST_NAME = 253
_LONGEST_REASON = 128
_COMPONENT = "sim-operator"
_REMEMBERED = 4096
_ATTEMPTS = 3
_DROPS_BETWEEN_WARNINGS = 100


class EventType(StrEnum):
    """The two types that Kubernetes knows."""

    NORMAL = "Normal"
    WARNING = "Warning"


class _Text(NamedTuple):
    uid: str
    type: EventType
    reason: str
    note: str


@dataclass(slots=True)
class _Told:
    """One event object: what it says, and how often that has been said."""

    path: str
    name: str
    body: dict[str, Any]
    until: float
    count: int = 1
    sent: int = 0
    last: str = ""
    queued: bool = False


class EventRecorder:
    """Takes events in without waiting; `run` writes them."""

    def __init__(
        self,
        api: ApiClient,
        *,
        instance: str = "",
        capacity: int = 1_000,
        workers: int = 4,
        same_for: float = 600.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`instance`: this process, by default its host.

        `same_for`: seconds in which the same event is counted up instead of told anew.
        """
        self._api = api
        self._instance = instance or socket.gethostname()
        self._workers = workers
        self._same_for = same_for
        self._monotonic = monotonic
        self._queue: asyncio.Queue[_Told] = asyncio.Queue(capacity)
        self._told: OrderedDict[_Text, _Told] = OrderedDict()
        self.dropped = 0
        """Events that were not told."""

    def emit(self, kind: str, meta: Meta, type_: EventType, reason: str, message: str) -> None:
        """Tell of something that happened to an object; the same again is counted up."""
        note = message if len(message) <= LONGEST_NOTE else f"{message[: LONGEST_NOTE - 1]}…"
        text = _Text(meta.uid, type_, reason[:_LONGEST_REASON], note)
        now = self._monotonic()
        told = self._told.get(text)
        if told is not None and now < told.until:
            told.count += 1
        else:
            told = self._event(kind, meta, text)
            self._remember(text, told)
        told.last = _now()
        self._enqueue(told)

    async def run(self) -> None:
        """Write events, until cancelled."""
        async with asyncio.TaskGroup() as workers:
            for number in range(self._workers):
                workers.create_task(self._work(), name=f"events {number}")

    async def flush(self, timeout: float) -> bool:
        """Wait for what is in the queue, at most `timeout` seconds; whether it was written."""
        try:
            async with asyncio.timeout(timeout):
                await self._queue.join()
        except TimeoutError:
            return False
        return True

    async def _work(self) -> None:
        while True:
            told = await self._queue.get()
            try:
                while told.sent != told.count:
                    if not await self._write(told):
                        self._drop("it could not be written")
                        break
            finally:
                told.queued = False
                self._queue.task_done()

    async def _write(self, told: _Told) -> bool:
        for attempt in range(1, _ATTEMPTS + 1):
            count = told.count
            try:
                await self._send(told, count)
            except ApiError as error:
                if not error.transient:
                    logger.info("the event %s was refused: %s", told.name, error)
                    return False
                await asyncio.sleep(error.retry_after or backoff(attempt))
            else:
                told.sent = count
                return True
        return False

    async def _send(self, told: _Told, count: int) -> None:
        counted = {"count": count, "lastTimestamp": told.last}
        if told.sent:
            try:
                path = f"{told.path}/{quoted(told.name)}"
                await self._api.request("PATCH", path, body=counted, content_type=MERGE_PATCH)
            except ApiError as error:
                if not error.not_found:
                    raise
            else:
                return
        try:
            await self._api.request("POST", told.path, body={**told.body, **counted})
        except ApiError as error:
            # An earlier attempt went through after all: its answer was lost.
            if error.reason != "AlreadyExists":
                raise

    def _event(self, kind: str, meta: Meta, text: _Text) -> _Told:
        suffix = f".{uuid4().hex[:16]}"
        name = meta.key.name[: _LONGEST_NAME - len(suffix)].rstrip(".-") + suffix
        body = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": meta.key.namespace},
            "involvedObject": {
                "apiVersion": API_VERSION,
                "kind": kind,
                "namespace": meta.key.namespace,
                "name": meta.key.name,
                "uid": meta.uid,
                "resourceVersion": meta.resource_version,
            },
            "type": text.type.value,
            "reason": text.reason,
            "action": text.reason,
            "message": text.note,
            "source": {"component": _COMPONENT},
            "reportingComponent": CONTROLLER,
            "reportingInstance": self._instance,
            "firstTimestamp": _now(),
        }
        path = f"/api/v1/namespaces/{quoted(meta.key.namespace)}/events"
        return _Told(path, name, body, self._monotonic() + self._same_for)

    def _remember(self, text: _Text, told: _Told) -> None:
        self._told[text] = told
        self._told.move_to_end(text)
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)

    def _enqueue(self, told: _Told) -> None:
        if told.queued:
            return
        try:
            self._queue.put_nowait(told)
        except asyncio.QueueFull:
            self._drop("too many wait already")
        else:
            told.queued = True

    def _drop(self, why: str) -> None:
        self.dropped += 1
        if self.dropped % _DROPS_BETWEEN_WARNINGS == 1:
            logger.warning("an event was dropped, %d so far: %s", self.dropped, why)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
