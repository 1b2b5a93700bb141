"""The same limits where 1NCE's version 2 is used, with daily usage and without it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.policy_worlds import Fleet, Fleets, policy_world

MEBI = 2**20


@pytest.fixture(scope="module", params=[True, False], ids=["with usage", "quota only"])
def version_two(
    request: pytest.FixtureRequest,
    cluster: Cluster,
    operator_kubeconfig: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Fleets]:
    """An account of version 2, whose daily usage answers, or does not."""
    folder = tmp_path_factory.mktemp("version-two")
    with policy_world(cluster, operator_kubeconfig, folder, sims=20, version="v2") as made:
        made.world.simulator.quirks(v2_usage=request.param)
        yield made


@pytest.fixture
def fleet(version_two: Fleets) -> Iterator[Fleet]:
    made = version_two.new()
    yield made
    made.end()


def test_a_sim_goes_and_comes_back(fleet: Fleet) -> None:
    heavy, light = fleet.sims(2)
    fleet.policy()
    fleet.in_force()
    fleet.use(heavy, 25)
    fleet.use(light, 20)
    fleet.until_told(light, reason="WithinLimit")
    fleet.use(heavy, 16)
    hold = fleet.until_off(heavy)
    assert hold["period"] == fleet.now().strftime("%Y-%m")
    fleet.until_policy(exceeded=1, disabled=1)
    assert fleet.is_on(light)

    fleet.next_month()
    fleet.until_back(heavy)
    fleet.world.sweeps(2)
    assert fleet.states(heavy) == ["Disabled", "Enabled"]
    assert fleet.states(light) == []


def test_a_restart_forgets_no_use(fleet: Fleet) -> None:
    world = fleet.world
    (device,) = fleet.sims(1)
    fleet.policy()
    fleet.in_force()
    fleet.use(device, 30)
    world.until(
        lambda: world.operator.metric("sim_data_usage_bytes", name=device.name) >= 30 * MEBI,
        "30 MB count",
    )
    world.until(lambda: "usage" in world.status(device.name), "it is written")
    shown = world.status(device.name)["usage"]["data"]
    world.operator.kill()
    fleet.use(device, 5)
    world.operator.start()
    world.sweeps(3)
    assert int(world.status(device.name)["usage"]["data"].removesuffix("Mi")) >= int(
        shown.removesuffix("Mi")
    )
    assert fleet.states(device) == []
    fleet.use(device, 6)
    fleet.until_off(device)
    fleet.until_policy(exceeded=1)
