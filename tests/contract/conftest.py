"""A simulator for each test: they are quick to start, and a shared one would carry state over."""

from collections.abc import Iterator

import httpx
import pytest

from tests.simulated import SimulatorProcess


def client_of(simulator: SimulatorProcess) -> httpx.Client:
    """A client with a token."""
    client = httpx.Client(base_url=simulator.endpoint, timeout=10)
    pair = (simulator.client_id, simulator.client_secret)
    answer = client.post("/oauth/token", auth=pair, json={"grant_type": "client_credentials"})
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


@pytest.fixture
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(rate_limit=0) as started:
        yield started


@pytest.fixture
def api(simulator: SimulatorProcess) -> Iterator[httpx.Client]:
    with client_of(simulator) as client:
        yield client


@pytest.fixture
def iccids(simulator: SimulatorProcess) -> list[str]:
    """The fleet in order: the place tells which oddity a SIM has."""
    return [sim["iccid"] for sim in simulator.sims()]
