"""The one writer of status, for all kinds.

A status is the answer to a question that is asked again and again; so the last value wins, what was
overtaken is never sent, and what could not be written in the end is computed anew by the loop.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from sim_operator.domain.resources import Key
from sim_operator.kube.answers import ApiError
from sim_operator.kube.backlog import Backlog, Target, Wish
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.pace import WritePace, backoff
from sim_operator.kube.status_patch import StatusPatcher, WriteOutcome
from sim_operator.kube.store import Store

logger = logging.getLogger(__name__)

_ATTEMPTS = 8
_FORBIDDEN_ATTEMPT = 7
"""As patient as after so many attempts: a whole fleet may wait for a right to be given back."""
_GUARD_TIMEOUT = 15.0
"""Seconds that a guard may wait for the disk before the 1NCE call is given up for now."""
FAILED = "failed"


class StatusNotWrittenError(Exception):
    """The status that had to be on disk is not known to be there."""


class StatusWriter:
    """Writes statuses; `run` has to be running."""

    def __init__(
        self,
        api: ApiClient,
        store: Store,
        *,
        look_again: Callable[[str, Key], None],
        meter: Callable[[str], None],
        in_flight: int = 32,
        per_second: float = 0.0,
        is_ours: Callable[[str, Key], bool] = lambda *_: True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`look_again(kind, key)`: the status could not be written and has to be computed anew.

        `meter(outcome)` counts each request: a `WriteOutcome`, or `failed`. `per_second`: the most
        writes that begin in a second, 0 for no limit. `is_ours(kind, key)`: whether this process
        still speaks for the object; what it wanted to say of others is dropped.
        """
        self._is_ours = is_ours
        self._store = store
        self._patcher = StatusPatcher(api, store)
        self._look_again = look_again
        self._meter = meter
        self._backlog = Backlog()
        self._slots = asyncio.Semaphore(in_flight)
        self._pace = WritePace(per_second, monotonic)

    def __len__(self) -> int:
        """How many statuses wait or are being written."""
        return len(self._backlog)

    def is_waiting(self, kind: str, key: Key) -> bool:
        """Whether a status of this object waits or is being written."""
        return Target(kind, key) in self._backlog

    def submit(self, kind: str, key: Key, uid: str, status: bytes, *, urgent: bool) -> None:
        """Want this status (canonical JSON); it replaces what was wanted before.

        `urgent`: for a new or changed object; it goes before the rest.
        """
        target = Target(kind, key)
        self._backlog.withdraw(target)
        busy = self._backlog.is_busy(target)
        if not busy and self._patcher.settled(target, uid, status) is not None:
            return
        self._backlog.add(target, Wish(uid, status, urgent))

    async def write_now(self, kind: str, key: Key, uid: str, status: bytes) -> None:
        """Write this status before anything else, and return when it is on disk.

        Raises:
            StatusNotWrittenError: it is not known to be there; do nothing that relies on it.
        """
        target = Target(kind, key)
        self._backlog.withdraw(target)
        if not self._is_ours(kind, key):
            raise StatusNotWrittenError(f"another process speaks for {kind} {key} by now")
        try:
            async with asyncio.timeout(_GUARD_TIMEOUT):
                await self._backlog.claim(target)
                try:
                    outcome = await self._insist(target, uid, status)
                finally:
                    self._backlog.release(target)
        except TimeoutError:
            self._look_again(kind, key)
            raise StatusNotWrittenError(
                f"the status of {kind} {key} was not written within {_GUARD_TIMEOUT:g} s"
            ) from None
        if outcome not in (WriteOutcome.WRITTEN, WriteOutcome.UNCHANGED):
            self._look_again(kind, key)
            raise StatusNotWrittenError(f"the status of {kind} {key} was not written: {outcome}")

    async def run(self) -> None:
        """Write what is wanted, until cancelled."""
        async with asyncio.TaskGroup() as writes:
            while True:
                await self._slots.acquire()
                await self._backlog.ready()
                # Only now, so that what became urgent during a pause goes first after it.
                await self._pace.turn()
                target, wish = await self._backlog.take()
                writes.create_task(self._fulfil(target, wish), name=f"status of {target.key}")

    async def flush(self, timeout: float) -> bool:
        """Try to write everything within `timeout` seconds; whether that succeeded."""
        self._backlog.hurry()
        try:
            async with asyncio.timeout(timeout):
                await self._backlog.drained()
        except TimeoutError:
            logger.warning("%d statuses were not written before the end", len(self._backlog))
            return False
        return True

    async def _fulfil(self, target: Target, wish: Wish) -> None:
        try:
            if not self._is_ours(*target):
                return
            outcome = await self._attempt(target, wish.uid, wish.status)
        except ApiError as error:
            self._try_later(target, wish, error)
        else:
            if outcome in (WriteOutcome.CONFLICT, WriteOutcome.OUTDATED):
                self._look_again(*target)
            elif outcome is WriteOutcome.FORBIDDEN:
                self._backlog.add_later(target, wish, backoff(_FORBIDDEN_ATTEMPT))
        finally:
            self._backlog.release(target)
            self._slots.release()

    async def _insist(self, target: Target, uid: str, status: bytes) -> WriteOutcome:
        attempt = 0
        while True:
            await self._pace.resumed()
            try:
                return await self._attempt(target, uid, status)
            except ApiError:
                attempt += 1
                await asyncio.sleep(backoff(attempt))

    async def _attempt(self, target: Target, uid: str, status: bytes) -> WriteOutcome:
        try:
            outcome = await self._patcher.send(target, uid, status)
        except ApiError as error:
            self._meter(FAILED)
            self._heed(error)
            raise
        if outcome not in (WriteOutcome.UNCHANGED, WriteOutcome.OUTDATED):
            self._pace.answered()
            self._meter(outcome)
        return outcome

    def _heed(self, error: ApiError) -> None:
        if error.unreachable:
            self._pace.unreachable()
            return
        self._pace.answered()
        if error.retry_after is not None:
            self._pace.pause(error.retry_after)
        elif error.throttled:
            self._pace.pause(1.0)

    def _try_later(self, target: Target, wish: Wish, error: ApiError) -> None:
        if not error.unreachable and not error.throttled:
            wish.attempts += 1
        if wish.attempts >= _ATTEMPTS:
            logger.error("the status of %s %s was not written: %s", *target, error)
            self._look_again(*target)
            return
        logger.debug("the status of %s %s will be tried again: %s", *target, error)
        self._backlog.add_later(target, wish, backoff(max(1, wish.attempts)))
