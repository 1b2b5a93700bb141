"""How a Data Stream delivers: batches by POST, the same one again until 200 acknowledges it."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

BATCH = 3000
"""Records of a batch, at most."""
_FIRST_PAUSE = 0.1
_TIMEOUT = 30.0
_REMEMBERED = 5


@dataclass(frozen=True, slots=True)
class _Batch:
    body: bytes
    records: int
    repeated: bool = False


@dataclass(slots=True)
class Counters:
    """What a stream did; records unless a name says something else."""

    made: int = 0
    delivered: int = 0
    """Acknowledged, each once."""
    batches: int = 0
    """Batches acknowledged, repeated ones too."""
    repeated: int = 0
    """Sent again although they had been acknowledged."""
    lost: int = 0
    """Dropped on purpose."""
    failures: int = 0
    """Batches that were not acknowledged and had to be sent again."""


class Delivery:
    """The records that wait, and the way to the receiver."""

    def __init__(
        self, url: str, username: str, password: str, *, most_failures: int, longest_pause: float
    ) -> None:
        """After ``most_failures`` in a row it stops; pauses between them are real seconds."""
        self._url = url
        self._auth = httpx.BasicAuth(username.encode("utf-8"), password.encode("utf-8"))
        self._most_failures = most_failures
        self._longest_pause = longest_pause
        self._waiting: deque[dict[str, Any]] = deque()
        self._outgoing: deque[_Batch] = deque()
        self._acknowledged: deque[_Batch] = deque(maxlen=_REMEMBERED)
        self._to_lose = 0
        self._in_a_row = 0
        self.counters = Counters()
        self.stopped = False
        self.last_status: int | None = None
        self.last_error: str | None = None

    @property
    def waiting(self) -> int:
        """Records that are not acknowledged yet, repeated ones too."""
        return len(self._waiting) + sum(batch.records for batch in self._outgoing)

    def add(self, records: list[dict[str, Any]]) -> None:
        """Records to deliver, after those that wait."""
        self.counters.made += len(records)
        self._waiting.extend(records)

    def repeat(self, batches: int) -> int:
        """Send the last acknowledged batches again; how many records these are."""
        chosen = list(self._acknowledged)[-batches:]
        again = [_Batch(batch.body, batch.records, repeated=True) for batch in chosen]
        self._outgoing.extend(again)
        return sum(batch.records for batch in again)

    def lose(self, batches: int) -> None:
        """Drop the next batches instead of sending them."""
        self._to_lose += batches

    def restart(self) -> None:
        """Go on after a stop, with the batch that was not acknowledged."""
        self.stopped, self._in_a_row = False, 0

    async def deliver(self, client: httpx.AsyncClient) -> None:
        """Send all that waits, until it is acknowledged or the stream stops."""
        while not self.stopped and self._next():
            if await self._acknowledges(client, self._outgoing[0]):
                self._settle(self._outgoing.popleft())
                continue
            self.counters.failures += 1
            self._in_a_row += 1
            if self._in_a_row >= self._most_failures:
                self.stopped = True
                return
            pause = _FIRST_PAUSE * 2 ** min(self._in_a_row - 1, 16)
            await asyncio.sleep(min(pause, self._longest_pause))

    def _next(self) -> bool:
        """Whether there is a batch to send; once made it stays as it is until acknowledged."""
        while not self._outgoing and self._waiting:
            count = min(BATCH, len(self._waiting))
            records = [self._waiting.popleft() for _ in range(count)]
            if self._to_lose:
                self._to_lose -= 1
                self.counters.lost += count
                continue
            self._outgoing.append(_Batch(orjson.dumps(records), count))
        return bool(self._outgoing)

    async def _acknowledges(self, client: httpx.AsyncClient, batch: _Batch) -> bool:
        headers = {"Content-Type": "application/json"}
        try:
            answer = await client.post(
                self._url, content=batch.body, headers=headers, auth=self._auth
            )
        except httpx.HTTPError as error:
            self.last_status, self.last_error = None, type(error).__name__
            return False
        self.last_status = answer.status_code
        self.last_error = None if answer.status_code == 200 else answer.text[:500]
        return answer.status_code == 200

    def _settle(self, batch: _Batch) -> None:
        self._in_a_row = 0
        self.counters.batches += 1
        if batch.repeated:
            self.counters.repeated += batch.records
        else:
            self.counters.delivered += batch.records
            self._acknowledged.append(batch)


def sender() -> httpx.AsyncClient:
    """A client as 1NCE's: it follows no redirect; a context to be closed."""
    return httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, follow_redirects=False)
