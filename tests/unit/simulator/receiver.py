"""A receiver of streams: the operator's own intake, which remembers whatever came."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson

from sim_operator.domain.usage import Service
from sim_operator.hooks.server import HooksServer
from sim_operator.onence.stream import Batch, read_batch
from tests.simulated import SimulatorProcess
from tests.unit.hooks.intakes import PASSWORD, PATH, USERNAME, MemoryIntake, leading


class Receiver(MemoryIntake):
    """Everything that was taken in, in order."""

    url: str = ""

    @property
    def batches(self) -> list[Batch]:
        return [read_batch(body) for body in self.bodies]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [record for body in self.bodies for record in orjson.loads(body)]

    def sums(self) -> dict[tuple[str, Service], int]:
        """Bytes and messages by SIM, each record counted once."""
        seen: set[int] = set()
        found: dict[tuple[str, Service], int] = defaultdict(int)
        for batch in self.batches:
            for iccid, use in batch.uses:
                if use.id not in seen:
                    found[iccid, use.service] += use.volume
                seen.add(use.id)
        return found


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    async with HooksServer(0, receiver, leading(), host="127.0.0.1") as server:
        receiver.url = f"http://127.0.0.1:{server.port}{PATH}"
        yield receiver


class Streamer:
    """The simulator's controls, out of the way of the loop that serves the receiver."""

    def __init__(self, simulator: SimulatorProcess) -> None:
        self._simulator = simulator

    async def call(self, method: str, path: str, **kwargs: Any) -> Any:
        return await asyncio.to_thread(self._simulator.control, method, path, **kwargs)

    async def open(self, receiver: Receiver, **order: Any) -> int:
        who = {"username": USERNAME, "password": PASSWORD}
        answer = await self.call("POST", "streams", json={"url": receiver.url, **who, **order})
        return int(answer["id"])

    async def flush(self, stream: int) -> dict[str, Any]:
        shown: dict[str, Any] = await self.call("POST", f"streams/{stream}/flush")
        return shown

    async def shown(self, stream: int) -> dict[str, Any]:
        shown: dict[str, Any] = await self.call("GET", f"streams/{stream}")
        return shown

    async def until(self, stream: int, **wanted: Any) -> dict[str, Any]:
        """Wait until the stream shows these values."""
        for _ in range(600):
            shown = await self.shown(stream)
            if wanted.items() <= shown.items():
                return shown
            await asyncio.sleep(0.05)
        raise AssertionError(f"{shown} never became {wanted}")
