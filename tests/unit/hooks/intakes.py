"""A small intake in memory, and a server in front of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from sim_operator.domain.resources import Key
from sim_operator.hooks.door import Door
from sim_operator.hooks.forwarding import Forwarding
from sim_operator.hooks.intake import (
    IntakeUnavailableError,
    OversizedBatchError,
    Receipt,
    StreamCredentials,
    UnreadableBatchError,
)
from sim_operator.hooks.server import BOUNDS, HooksServer
from sim_operator.onence.stream import TooManyRecordsError, UnreadableBodyError, read_batch
from sim_operator.serving import Bounds

ACCOUNT = Key("plant-a", "one")
PATH = "/hooks/1nce/plant-a/one"
USERNAME, PASSWORD = "strömer", "pass:wörd"
PAIR = httpx.BasicAuth(USERNAME.encode(), PASSWORD.encode())


class MemoryIntake:
    """Keeps ids of records; what it does at the moment of taking can be chosen."""

    def __init__(self) -> None:
        self.accounts: dict[Key, StreamCredentials] = {
            ACCOUNT: StreamCredentials(USERNAME, PASSWORD)
        }
        self.unavailable: str | None = None
        self.before: Callable[[], Awaitable[None]] | None = None
        self.ids: set[int] = set()
        self.volume = 0
        self.bodies: list[bytes] = []
        self.answers: list[tuple[Key | None, int]] = []

    async def credentials(self, account: Key) -> StreamCredentials | None:
        if self.unavailable is not None:
            raise IntakeUnavailableError(self.unavailable)
        return self.accounts.get(account)

    async def take(self, account: Key, body: bytes) -> Receipt:
        if self.before is not None:
            await self.before()
        try:
            batch = read_batch(body)
        except TooManyRecordsError as error:
            raise OversizedBatchError(str(error)) from error
        except UnreadableBodyError as error:
            raise UnreadableBatchError(str(error)) from error
        self.bodies.append(body)
        known = len(self.ids)
        for _, use in batch.uses:
            if use.id not in self.ids:
                self.volume += use.volume
            self.ids.add(use.id)
        self.ids.update(event.id for event in batch.events)
        counted = len(self.ids) - known
        duplicates = batch.size - batch.unreadable - counted
        return Receipt(batch.size, counted, duplicates, batch.unreadable)

    def counted(self, account: Key | None, code: int) -> None:
        self.answers.append((account, code))


class Gate:
    """Holds whoever comes until it is opened."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self) -> None:
        self.arrived.set()
        await self.opened.wait()


def leading(leads: bool = True, leader: str | None = None) -> Forwarding:
    return Forwarding(lambda _: leads, lambda _: leader)


@asynccontextmanager
async def served(
    intake: MemoryIntake,
    forward: Forwarding | None = None,
    *,
    refusal_seconds: float = 0.0,
    connections: Bounds = BOUNDS,
    **bounds: Any,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server in front of the intake; its `base_url` is the server's address."""
    forward = forward or leading()
    server = HooksServer(
        0,
        intake,
        forward,
        host="127.0.0.1",
        door=Door(intake, forward, **bounds),
        refusal_seconds=refusal_seconds,
        bounds=connections,
    )
    async with (
        server,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{server.port}", trust_env=False, timeout=60
        ) as http,
    ):
        yield http


def uses(*ids: int) -> bytes:
    """A batch of flat usage records of 1 MB each."""
    moments = {"start_timestamp": "2026-11-23T10:00:00Z", "end_timestamp": "2026-11-23T10:15:00Z"}
    what = {"endpoint_name": "8988303000123456789", "traffic_type_id": 5, "volume_total": 1}
    return orjson.dumps([{"id": one, **moments, **what} for one in ids])
