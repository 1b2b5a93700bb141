"""What new SIMs are told while the first sweep of their account goes on, or stands still."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened

PAGES = 14
LAST = PAGES * 100 - 1
QUIET = 10.0
"""Seconds without a page after which a SIM is told that it waits."""


@pytest.fixture
def world(cluster: Cluster, operator_kubeconfig: Path, tmp_path: Path) -> Iterator[SimWorld]:
    """An account of fourteen pages, one call a second; one SIM without status; no operator yet."""
    with opened(cluster, operator_kubeconfig, tmp_path, sims=LAST + 1, start=False) as made:
        made.account(rateLimit={"requestsPerSecond": 1})
        made.sim("new", LAST, state="Enabled")
        made.simulator.patch_sim(made.iccids[LAST], status="Enabled")
        yield made


def test_a_first_sweep_that_moves_is_waited_for(world: SimWorld) -> None:
    world.operator.start()
    began = time.monotonic()
    told: list[str] = []

    def is_ready() -> bool:
        reason = world.condition("new").get("reason")
        told.extend([reason] if reason and reason not in told else [])
        return reason == "Reconciled"

    world.until(is_ready, "the SIM is Ready")

    assert time.monotonic() - began > QUIET, "too fast to show anything"
    assert told == ["Reconciled"]


def test_a_first_sweep_that_stands_still_is_told_of(world: SimWorld) -> None:
    world.simulator.fault("latency", seconds=60, match={"operation": "listSims"})
    world.operator.start()

    condition = world.until_reason("new", "Progressing")

    assert "sweep" in condition["message"]
    assert world.status("new")["observedGeneration"] == 1
