"""A client, the server that it speaks to, and what a test counts."""

import asyncio
import time
from typing import Literal

import pytest

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import ObservedSim, SimWrite
from sim_operator.domain.states import ImeiLock, SimState
from sim_operator.onence.client import ClientConfig, OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Lane, Throttle
from tests.unit.onence.scripted_server import ScriptedServer
from tests.unit.onence.virtual_time import VirtualTime

ICCID = Iccid("8988303000123456789")
SECRET = "hunter2-s3cret"
SIM = {"iccid": ICCID, "status": "Enabled", "label": "pump-17", "imei_lock": True}
SEEN = ObservedSim(ICCID, SimState.ENABLED, "pump-17", ImeiLock.LOCKED)
DISABLE = SimWrite(state=SimState.DISABLED)
Version = Literal["v1", "v2"]


class Counts:
    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.unusables: list[str] = []
        self.waits: list[float] = []

    def request(self, operation: str, code: str, seconds: float) -> None:
        assert seconds >= 0
        self.requests.append((operation, code))

    def unusable(self, operation: str) -> None:
        self.unusables.append(operation)

    def throttle_wait(self, seconds: float) -> None:
        self.waits.append(seconds)


class Permits:
    """Counts the questions, and says no from the one that a test names."""

    def __init__(self, refuse_from: int = 99) -> None:
        self.asked = 0
        self._refuse_from = refuse_from

    def __call__(self) -> None:
        self.asked += 1
        if self.asked >= self._refuse_from:
            raise OnenceError(Failure(FailureKind.WITHDRAWN, "no longer wanted"))


class Account:
    """A client and the server that it speaks to."""

    def __init__(
        self,
        server: ScriptedServer,
        version: Version,
        timeout: float = 4.0,
        clock: VirtualTime | None = None,
    ) -> None:
        self.server = server
        self.counts = Counts()
        self.throttle = Throttle(
            1000,
            now=clock.now if clock else time.monotonic,
            sleep=clock.sleep if clock else asyncio.sleep,
            on_wait=self.counts.throttle_wait,
        )
        self.config = ClientConfig(server.url, version, "account-17", SECRET, timeout=timeout)
        self.client = OnenceClient(self.config, self.throttle, self.counts)
        self.permits = Permits()

    async def write(
        self, change: SimWrite = DISABLE, current: ObservedSim | None = SEEN
    ) -> SimWrite | None:
        return await self.client.write_sim(
            ICCID, change, permit=self.permits, priority=0, current=current
        )

    async def failed_write(self) -> Failure:
        with pytest.raises(OnenceError) as raised:
            await self.write()
        return raised.value.failure

    async def failed_read(self) -> Failure:
        with pytest.raises(OnenceError) as raised:
            await self.client.read_sim(ICCID, lane=Lane.HOT)
        return raised.value.failure
