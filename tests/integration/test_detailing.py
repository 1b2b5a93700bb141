"""Details and usage as policies need them, read from the simulated 1NCE over real HTTP."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest

from sim_operator.domain.iccid import Iccid
from sim_operator.domain.usage import Visit
from sim_operator.engine.account_state import AccountState
from sim_operator.engine.detailing import Detailer
from sim_operator.onence.client import OnenceClient
from sim_operator.planning.need import Need
from tests.integration.onence_calls import Version, client_of, operations
from tests.simulated import START_TIME, SimulatorProcess

NOW = datetime.fromisoformat(START_TIME)
FIRST = date(2026, 11, 1)
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def process() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(
        20, speed=0, start_time=START_TIME, rate_limit=0, oddities=False
    ) as started:
        yield started


@pytest.fixture
def simulator(process: SimulatorProcess) -> SimulatorProcess:
    process.reset()
    return process


class Claimed:
    """SIMs that may all be read."""

    def __init__(self, sims: list[Iccid]) -> None:
        self._sims = sims

    def readable(self) -> list[Iccid]:
        return self._sims

    def may_read(self, iccid: Iccid) -> bool:
        return iccid in self._sims

    def is_shown(self, iccid: Iccid) -> bool:
        return False


class Reading:
    """A Detailer for some SIMs that all are needed."""

    def __init__(self, client: OnenceClient, sims: list[Iccid], interval: float) -> None:
        self.visits: dict[Iccid, Visit] = {}
        self.state = AccountState()
        self.tick = 5000.0
        self.detailer = Detailer(
            self.state,
            client=lambda: client,
            interval=lambda: interval,
            rota=Claimed(sims),
            changed=lambda _: None,
            need=lambda _: Need(60.0, 0.5, FIRST, sms=True, namespace="plant-a"),
            visited=self.visits.__setitem__,
            now=lambda: NOW,
            tick=lambda: self.tick,
        )

    async def once(self, after: float = 0.0) -> None:
        self.tick += after
        for _ in range(100):
            if not await self.detailer.step(lambda: None):
                return
        pytest.fail("somebody is always due")


def claimed(simulator: SimulatorProcess) -> list[Iccid]:
    return [Iccid(one["iccid"]) for one in simulator.sims()]


@pytest.mark.parametrize("version", ["v1", "v2"])
async def test_what_a_sim_used_and_has_left_is_what_is_true(
    simulator: SimulatorProcess, version: Version
) -> None:
    simulator.quirks(v2_usage=True)
    sims = claimed(simulator)
    async with client_of(simulator, version) as client:
        reading = Reading(client, sims, interval=3600)
        await reading.once()
        before = reading.visits[sims[0]]
        simulator.patch_sim(sims[0], use_data_mb=7, use_sms=3)
        await reading.once(60)
        after = reading.visits[sims[0]]
    assert set(reading.visits) == set(sims) == set(reading.state.details)
    assert before.usage is not None
    assert after.usage is not None
    assert before.data is not None
    assert after.data is not None
    assert before.sms is not None
    assert after.sms is not None
    today = NOW.date()
    used = (after.usage.days[today].data or 0) - (before.usage.days[today].data or 0)
    assert used == pytest.approx(7 * MIB, abs=4)
    assert before.data.left - after.data.left == pytest.approx(7 * MIB, abs=4)
    assert before.sms.left - after.sms.left == 3
    assert (after.data.bought is None) == (version == "v1")
    assert reading.state.details[sims[0]].session is not None


async def test_usage_that_v2_lacks_is_asked_for_by_no_more_than_the_first_few(
    simulator: SimulatorProcess,
) -> None:
    sims = claimed(simulator)
    async with client_of(simulator, "v2") as client:
        reading = Reading(client, sims, interval=0)
        await reading.once()
        asked = [one for one in operations(simulator) if one[1] == 404]
        assert 1 <= len(asked) <= 4
        simulator.quirks(v2_usage=True)
        await reading.once(60)
        assert all(visit.usage is None for visit in reading.visits.values())
        await reading.once(24 * 3600)
    assert all(visit.usage is not None for visit in reading.visits.values())
    assert all(visit.data is not None for visit in reading.visits.values())


async def test_a_sim_that_left_has_unknown_figures_and_holds_nobody_up(
    simulator: SimulatorProcess,
) -> None:
    sims = claimed(simulator)
    simulator.transfer_away(sims[0], 403)
    simulator.transfer_away(sims[1], 404)
    async with client_of(simulator, "v1") as client:
        reading = Reading(client, sims, interval=3600)
        await reading.once()
    assert set(reading.visits) == set(sims)
    assert [reading.visits[sim] for sim in sims[:2]] == [Visit(NOW), Visit(NOW)]
    assert all(reading.visits[sim].usage is not None for sim in sims[2:])
