"""The simulator as a process, for what only shows over HTTP."""

import pytest

from tests.simulated import SimulatorProcess
from tests.simulator_fixtures import api, process, simulator

__all__ = ["api", "iccid", "process", "simulator"]


@pytest.fixture
def iccid(simulator: SimulatorProcess) -> str:
    """The first SIM: enabled, labelled, attached."""
    first: str = simulator.sims()[0]["iccid"]
    return first
