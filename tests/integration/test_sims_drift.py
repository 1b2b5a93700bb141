"""Somebody changes a SIM in the portal: it is put right, shown, or left alone for a while."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened

WISHES = {"state": "Enabled", "label": "mine", "imeiLock": "Locked"}
AS_WISHED = {"status": "Enabled", "label": "mine", "imei_lock": True}


def in_sync(world: SimWorld, name: str, **spec: Any) -> str:
    """A resource for a SIM that is as wished from the start: nothing was ever written for it."""
    iccid = world.fresh()
    world.sim(name, iccid, **WISHES, **spec)
    world.until_reason(name, "InSync", "Synced")
    return iccid


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimWorld]:
    folder = tmp_path_factory.mktemp("drift")
    with opened(cluster, operator_kubeconfig, folder, truth=AS_WISHED) as made:
        yield made


CHANGES = [
    ({"status": "Disabled"}, {"status": "Enabled"}, "state from Disabled to Enabled"),
    ({"label": "theirs"}, {"label": "mine"}, "label from theirs to mine"),
    ({"imei_lock": False}, {"imei_lock": True}, "imeiLock from Unlocked to Locked"),
]


@pytest.mark.parametrize(("change", "truth", "text"), CHANGES)
def test_a_changed_field_is_put_right_and_told_once(
    world: SimWorld, change: dict[str, Any], truth: dict[str, Any], text: str
) -> None:
    name = f"drift-{next(iter(change)).replace('_', '-')}"
    iccid = in_sync(world, name)

    world.simulator.patch_sim(iccid, **change)

    world.until_told(name)
    world.becomes(iccid, **truth)
    world.until_reason(name, "InSync", "Synced")
    [event] = world.events(name)
    assert f"{text} at 1NCE: somebody had changed it at 1NCE" in event["message"]
    assert (event["type"], event["count"]) == ("Normal", 1)
    assert len(world.puts(iccid)) == 1


def test_under_observe_every_difference_is_shown_and_left(world: SimWorld) -> None:
    iccid = in_sync(world, "observed", managementPolicy="Observe")

    world.simulator.patch_sim(iccid, status="Disabled", label="theirs", imei_lock=False)

    drifted = world.until_reason("observed", "Drifted", "Synced")
    assert drifted["status"] == "False"
    for difference in (
        "state is Disabled, wanted Enabled",
        "label is theirs, wanted mine",
        "imeiLock is Unlocked, wanted Locked",
    ):
        assert difference in drifted["message"]
    ready = world.condition("observed")
    assert (ready["status"], ready["reason"]) == ("True", "Observing")
    assert world.calls(iccid) == []
    world.until_told("observed", 1, "Drifted")
    world.simulator.patch_sim(iccid, **AS_WISHED)
    world.until_reason("observed", "InSync", "Synced")


def test_a_field_that_somebody_keeps_changing_back_is_contested(world: SimWorld) -> None:
    iccid = in_sync(world, "contested")

    for count in range(1, 4):
        world.simulator.patch_sim(iccid, status="Disabled")
        world.until_told("contested", count)
    world.simulator.patch_sim(iccid, status="Disabled")

    contested = world.until_reason("contested", "Contested", "Synced")
    assert "Somebody else keeps changing state back" in contested["message"]
    assert contested["status"] == "False"
    assert world.condition("contested")["status"] == "False"
    world.until_told("contested", 1, "Contested")
    # The other fields are nobody's quarrel.
    world.simulator.patch_sim(iccid, label="theirs")
    world.becomes(iccid, label="mine", status="Disabled")
    world.sweeps(2)
    assert len(world.puts(iccid)) == 4
    assert world.condition("contested", "Synced")["reason"] == "Contested"
    # Another wish for the field is another matter, and so is the old one after it.
    world.patch("sim", "contested", {"state": "Disabled"})
    world.until_reason("contested", "Reconciled")
    world.sweeps(1)
    world.patch("sim", "contested", {"state": "Enabled"})
    world.becomes(iccid, status="Enabled")
    world.until_reason("contested", "Reconciled")
    assert len(world.puts(iccid)) == 5
