"""What becomes of SIMs that a policy keeps off: restored with and without status, and given back.

A policy that is restored is another one to the API server: it has another uid, and a hold names it
by that.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.exports import applied, emptied, exported, objects, with_status
from tests.integration.policy_worlds import Device, Fleet, Fleets, policy_world
from tests.integration.world import Json

pytestmark = pytest.mark.cluster

Off = dict[str, Device]


@pytest.fixture(scope="module")
def fleets(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleets]:
    with policy_world(
        cluster, operator_kubeconfig, tmp_path_factory.mktemp("holds"), sims=60
    ) as made:
        yield made


@pytest.fixture
def off(fleet: Fleet) -> Off:
    """Two SIMs that a policy keeps off: one that its spec wants on, one that it says nothing of."""
    (wanted,), (open_,) = fleet.sims(1), fleet.sims(1, state=None)
    fleet.policy()
    fleet.in_force()
    found = {"wanted": wanted, "open": open_}
    for device in found.values():
        fleet.use(device, 41)
    for device in found.values():
        fleet.until_off(device)
    return found


def _export(fleet: Fleet, folder: Path, *arguments: str) -> None:
    exported(
        fleet.world,
        *("--namespace", fleet.world.namespace, "--to", str(folder), *arguments),
    )


def _writes(fleet: Fleet, since: int) -> list[Json]:
    return fleet.world.simulator.journal(since=since, writes=True)


def _at_work(fleet: Fleet) -> None:
    """The operator is back, and has had time to do whatever it means to."""
    fleet.world.operator.start()
    fleet.world.until_reason("default", "Reconciled", kind="simaccount")
    fleet.in_force()
    fleet.world.sweeps(4)


def test_without_its_status_a_sim_that_its_spec_wants_on_ends_off_again(
    fleet: Fleet, off: Off, tmp_path: Path
) -> None:
    _export(fleet, tmp_path)
    emptied(fleet.world)
    applied(fleet.world, tmp_path)
    _at_work(fleet)
    assert fleet.until_off(off["wanted"])["stateBefore"] == "Enabled"
    # Its first sweep shows a SIM that is off, and nothing yet of what it used.
    assert fleet.states(off["wanted"]) in (["Disabled", "Enabled", "Disabled"], ["Disabled"])


def test_without_its_status_a_sim_whose_spec_says_nothing_stays_off_and_says_what_to_do(
    fleet: Fleet, off: Off, tmp_path: Path
) -> None:
    world, device = fleet.world, off["open"]
    _export(fleet, tmp_path)
    emptied(world)
    applied(world, tmp_path)
    _at_work(fleet)
    assert fleet.states(device) == ["Disabled"]
    assert "set spec.state to Enabled to bring it back" in str(
        world.condition(device.name, "Synced")["message"]
    )
    fleet.next_month()
    world.sweeps(4)
    assert not fleet.is_on(device)


def test_begun_in_observe_nothing_is_written_and_holds_are_made_anew(
    fleet: Fleet, off: Off, tmp_path: Path
) -> None:
    """Whatever the budget for disables: a SIM that is off takes no place in it."""
    world, wanted = fleet.world, [off["wanted"], *fleet.sims(2)]
    for device in wanted[1:]:
        fleet.use(device, 41)
    for device in wanted:
        fleet.until_off(device)
    world.patch("simaccount", "default", {"protection": {"maxDisablesPerHour": 1}})
    try:
        _export(fleet, tmp_path / "active")
        _export(fleet, tmp_path / "observe", "--observe")
        since = world.simulator.last_entry()
        emptied(world)
        applied(world, tmp_path / "observe")
        _at_work(fleet)
        for device in wanted:
            fleet.until_told(device, wouldDo="Disable")
            assert world.condition(device.name)["reason"] == "Observing"

        applied(world, tmp_path / "active")
        for device in wanted:
            assert fleet.until_off(device)["stateBefore"] == "Enabled"
        world.sweeps(4)
        assert _writes(fleet, since) == []
    finally:
        world.patch("simaccount", "default", {"protection": {"maxDisablesPerHour": 1_000}})


def test_with_its_status_a_hold_goes_on_and_ends_with_its_period(
    fleet: Fleet, off: Off, tmp_path: Path
) -> None:
    world = fleet.world
    _export(fleet, tmp_path)
    before = list(objects(world))
    holds = {name: fleet.told(device)["hold"] for name, device in off.items()}
    since = world.simulator.last_entry()
    emptied(world)
    applied(world, tmp_path)
    with_status(world, before)
    _at_work(fleet)
    for name, device in off.items():
        hold = fleet.until_off(device)
        assert hold["policyUID"] != holds[name]["policyUID"], "the policy is another one"
        assert hold["stateBefore"] == "Enabled"
    assert _writes(fleet, since) == []
    fleet.next_month()
    for device in off.values():
        fleet.until_back(device)


def test_a_hold_of_an_earlier_period_that_ends_by_no_period_ends_with_its_policys_uid(
    fleet: Fleet, tmp_path: Path
) -> None:
    """Even with its status: whoever wants such a SIM off for good says so in its spec."""
    world, device = fleet.world, fleet.one_off(resume="Never")
    fleet.next_month()
    world.sweeps(4)
    assert not fleet.is_on(device)
    _export(fleet, tmp_path)
    before = list(objects(world))
    emptied(world)
    applied(world, tmp_path)
    with_status(world, before)
    _at_work(fleet)
    fleet.until_back(device)


def test_applying_the_export_from_before_a_bad_policy_gives_its_sims_back(
    fleet: Fleet, tmp_path: Path
) -> None:
    (device,) = fleet.sims(1)
    fleet.policy(data={"perSIM": "4Gi"})
    fleet.in_force()
    fleet.use(device, 41)
    _export(fleet, tmp_path)
    fleet.policy(data={"perSIM": "4Mi"})
    fleet.until_off(device)
    fleet.world.kubectl("apply", "--server-side", "--force-conflicts", "-k", str(tmp_path))
    fleet.until_back(device)
    assert fleet.states(device) == ["Disabled", "Enabled"]


def test_a_default_that_somebody_changed_by_hand_comes_back_by_replacing(
    fleet: Fleet, tmp_path: Path
) -> None:
    """What stands in no manifest no apply takes back."""
    (device,) = fleet.sims(1)
    name = fleet.policy(mode="Audit")
    fleet.in_force()
    fleet.use(device, 41)
    _export(fleet, tmp_path)
    fleet.world.patch("quotapolicy", name, {"mode": "Enforce"})
    fleet.until_off(device)
    file = tmp_path / fleet.world.namespace / "quotapolicies" / f"{name}.yaml"
    assert "mode" not in file.read_text(encoding="utf-8")
    fleet.world.kubectl("replace", "-f", str(file))
    fleet.until_back(device)
