"""Calls of the real client to the simulated 1NCE, and what the simulator tells of them."""

from typing import Literal

import pytest

from sim_operator.domain.failure import Failure
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import ObservedSim, SimWrite
from sim_operator.onence.client import ClientConfig, OnenceClient
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.throttle import Lane, Throttle
from tests.simulated import SimulatorProcess

Version = Literal["v1", "v2"]
UNLIMITED = 1000


class Silence:
    """Counts nothing: here the simulator's journal is what counts."""

    def request(self, operation: str, code: str, seconds: float) -> None:
        """Forget it."""

    def unusable(self, operation: str) -> None:
        """Forget it."""

    def throttle_wait(self, seconds: float) -> None:
        """Forget it."""


def client_of(
    simulator: SimulatorProcess,
    version: Version,
    *,
    rate: int = UNLIMITED,
    secret: str | None = None,
    timeout: float = 4.0,
) -> OnenceClient:
    config = ClientConfig(
        simulator.endpoint,
        version,
        simulator.client_id,
        simulator.client_secret if secret is None else secret,
        timeout=timeout,
    )
    return OnenceClient(config, Throttle(rate), Silence())


def iccid_at(simulator: SimulatorProcess, place: int) -> Iccid:
    page = simulator.control("GET", "sims", params={"offset": place, "limit": 1})
    return Iccid(page["sims"][0]["iccid"])


def operations(simulator: SimulatorProcess) -> list[tuple[str, int]]:
    return [(one["operation"], one["status"]) for one in simulator.journal()]


def permitted() -> None:
    """Every write may leave."""


async def write(
    client: OnenceClient, iccid: Iccid, change: SimWrite, current: ObservedSim | None = None
) -> SimWrite | None:
    return await client.write_sim(iccid, change, permit=permitted, priority=0, current=current)


async def failed_write(client: OnenceClient, iccid: Iccid, change: SimWrite) -> Failure:
    with pytest.raises(OnenceError) as raised:
        await write(client, iccid, change)
    return raised.value.failure


async def failed_read(client: OnenceClient, iccid: Iccid) -> Failure:
    with pytest.raises(OnenceError) as raised:
        await client.read_sim(iccid, lane=Lane.HOT)
    return raised.value.failure
