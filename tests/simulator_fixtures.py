"""One simulated 1NCE, begun anew for each test; its time stands still, nothing is limited."""

from collections.abc import Iterator

import httpx
import pytest

from tests.simulated import START_TIME, SimulatorProcess


@pytest.fixture(scope="package")
def process() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(speed=0, start_time=START_TIME, rate_limit=0) as started:
        yield started


@pytest.fixture
def simulator(process: SimulatorProcess) -> SimulatorProcess:
    process.reset()
    return process


@pytest.fixture
def api(simulator: SimulatorProcess) -> Iterator[httpx.Client]:
    with simulator.client() as client:
        yield client
