"""The simulator that the shapes are read from."""

import pytest

from tests.simulated import SimulatorProcess
from tests.simulator_fixtures import api, process, simulator

__all__ = ["api", "iccids", "process", "simulator"]


@pytest.fixture
def iccids(simulator: SimulatorProcess) -> list[str]:
    """The fleet in order: the place tells which oddity a SIM has."""
    return [sim["iccid"] for sim in simulator.sims()]
