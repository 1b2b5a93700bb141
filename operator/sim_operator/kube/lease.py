"""Leader election by a Lease, after client-go's rules.

Clocks of different nodes are never compared: a foreign Lease has expired when its duration has
passed since this process last saw it change. What we hold ourselves is counted from before the
request that renewed it was sent, so that nobody can hold it while we believe that we do.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sim_operator.kube.answers import ApiError
from sim_operator.kube.connection import ApiClient, quoted
from sim_operator.kube.lease_record import LeaseRecord, body_of, held_by, read_lease, released

logger = logging.getLogger(__name__)

_ATTEMPT_TIMEOUT = 4.0
_RELEASE_TIMEOUT = 5.0


def identity_of(pod: str) -> str:
    """Unique for each process: a restarted container of the same pod is another candidate."""
    return f"{pod}_{uuid4()}"


class Lease:
    """One candidate for the Lease; durations in seconds."""

    def __init__(
        self,
        api: ApiClient,
        namespace: str,
        name: str = "sim-operator",
        *,
        identity: str,
        heartbeat: Callable[[float], None],
        address: str | None = None,
        labels: Mapping[str, str] | None = None,
        duration: float = 15.0,
        renew_deadline: float = 10.0,
        retry: float = 2.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`heartbeat(seconds)` is called at each attempt: the next comes within so many seconds.

        `address`: `ip:port` that the Lease tells others while it is held; None: it tells none.
        `labels` are put on it.
        """
        self._api = api
        self._collection = f"/apis/coordination.k8s.io/v1/namespaces/{quoted(namespace)}/leases"
        self._name = name
        self._identity = identity
        self._heartbeat = heartbeat
        self.address = address
        self._labels = labels
        self._duration = duration
        self._renew_deadline = renew_deadline
        self._retry = retry
        self._monotonic = monotonic
        self._body: dict[str, Any] | None = None
        self._seen: LeaseRecord | None = None
        self._seen_at = float("-inf")
        self._renewed_at = float("-inf")
        self._attempting = asyncio.Lock()
        self._stopping = asyncio.Event()
        self.leading = asyncio.Event()
        self.lost = asyncio.Event()
        """Set when a Lease that was held is held no more and was not given up by `release`."""

    def outlives(self, seconds: float) -> bool:
        """Whether the Lease is ours for so long at least, also if it is never renewed again."""
        return self.leading.is_set() and self._left() > seconds

    @property
    def holder_address(self) -> str | None:
        """`ip:port` of the process that holds the Lease; None: itself, nobody, or not known."""
        seen = self._seen
        if seen is None or seen.holder in ("", self._identity) or self._expired(seen):
            return None
        return seen.address

    @property
    def holder(self) -> str | None:
        """Who holds the Lease as far as is known, this process included; None: nobody."""
        if self.leading.is_set():
            return self._identity
        seen = self._seen
        if seen is None or seen.holder in ("", self._identity) or self._expired(seen):
            return None
        return seen.holder

    async def run(self) -> None:
        """Try to get the Lease, keep it, and end when it is lost or `release` is called."""
        while not self._stopping.is_set():
            self._heartbeat(self._retry * 1.2 + 2 * _ATTEMPT_TIMEOUT)
            await self._attempt()
            if self.lost.is_set():
                return
            pause = self._retry * (0.8 + 0.4 * random.random())  # noqa: S311 - not a secret
            if self.leading.is_set():
                pause = max(0.0, min(pause, self._deadline_left()))
            await self._rest(pause)

    async def release(self) -> None:
        """Stop, and let another candidate have the Lease at once; harmless if it is not held."""
        self._stopping.set()
        async with self._attempting:
            if not self.leading.is_set() or self._seen is None:
                return
            self.leading.clear()
            spec = released(self._seen, datetime.now(UTC))
            try:
                await self._write(spec, _RELEASE_TIMEOUT)
            except ApiError as error:
                logger.warning("the Lease was not given up and has to expire: %s", error)

    async def look(self) -> None:
        """See who holds it, without trying to.

        Raises:
            ApiError: it cannot be read.
        """
        async with self._attempting:
            await self._look()

    async def _attempt(self) -> None:
        async with self._attempting:
            if self._stopping.is_set():
                return
            if self.leading.is_set() and self._left() <= 0:
                # Another one may have led and gone again: what is remembered here is of before.
                self._lose("this process stood still for longer than it lasts")
                return
            timeout = _ATTEMPT_TIMEOUT
            if self.leading.is_set():
                timeout = max(0.1, min(timeout, self._deadline_left()))
            try:
                async with asyncio.timeout(timeout):
                    await self._acquire_or_renew()
            except (ApiError, TimeoutError) as error:
                logger.warning("the Lease could not be read or written: %s", error or "no answer")
            if self.leading.is_set() and self._deadline_left() <= 0:
                self._lose("it could not be renewed in time")

    async def _acquire_or_renew(self) -> None:
        if not self.leading.is_set():
            await self._look()
        if await self._take_if_free():
            return
        # Somebody else wrote it: what it says now decides, at once where we believed to lead.
        await self._look()
        if self.leading.is_set():
            await self._take_if_free()

    async def _take_if_free(self) -> bool:
        """False where the Lease was not what we took it for."""
        seen = self._seen
        if seen is None or seen.holder == self._identity:
            return await self._take()
        if self.leading.is_set():
            self._lose(f"{seen.holder} has taken it" if seen.holder else "it was given to nobody")
            return True
        return await self._take() if not seen.holder or self._expired(seen) else True

    async def _take(self) -> bool:
        started = self._monotonic()
        spec = held_by(self._identity, self._duration, self._seen, datetime.now(UTC))
        try:
            await self._write(spec, _ATTEMPT_TIMEOUT)
        except ApiError as error:
            if error.conflict or error.not_found:
                return False
            raise
        self._renewed_at = started
        if not self.leading.is_set():
            logger.info("%s holds the Lease", self._identity)
            self.leading.set()
        return True

    async def _look(self) -> None:
        try:
            answer = await self._api.request("GET", f"{self._collection}/{quoted(self._name)}")
        except ApiError as error:
            if not error.not_found:
                raise
            # Whoever held it may not know yet that it was deleted, and goes by its own clock; and
            # it may have renewed it since the last look.
            if self._body is not None:
                self._seen_at = self._monotonic()
            self._body = None
        else:
            self._note(answer.body)

    async def _write(self, spec: dict[str, Any], timeout: float) -> None:
        address = self.address if spec["holderIdentity"] else None
        body = body_of(self._name, self._body, spec, address, self._labels)
        method, path = "POST", self._collection
        if self._body is not None:
            method, path = "PUT", f"{self._collection}/{quoted(self._name)}"
        self._note((await self._api.request(method, path, body=body, timeout=timeout)).body)

    def _note(self, body: dict[str, Any]) -> None:
        self._body = body
        found = read_lease(body)
        if found != self._seen:
            self._seen_at = self._monotonic()
        self._seen = found

    def _expired(self, seen: LeaseRecord) -> bool:
        return self._monotonic() >= self._seen_at + max(seen.duration, 1.0)

    def _left(self) -> float:
        return self._renewed_at + self._duration - self._monotonic()

    def _deadline_left(self) -> float:
        return self._renewed_at + self._renew_deadline - self._monotonic()

    def _lose(self, why: str) -> None:
        logger.error("%s lost the Lease: %s", self._identity, why)
        self.leading.clear()
        self.lost.set()

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
