"""Guards: who may be switched off, and how many at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.policy_worlds import Device, Fleet, Fleets, policy_world


def _off(fleet: Fleet, devices: list[Device]) -> list[Device]:
    return [one for one in devices if not fleet.is_on(one)]


def test_max_disabled_keeps_the_rest_on_and_says_so(fleet: Fleet) -> None:
    world = fleet.world
    devices = fleet.sims(3)
    fleet.policy(maxDisabled=1)
    fleet.in_force()
    for number, device in enumerate(devices):
        fleet.use(device, 45 + 5 * number)

    fleet.until_policy(matched=3, exceeded=3, disabled=1, held=2)
    (gone,) = world.until(lambda: _off(fleet, devices), "one is off")
    for waiting in (one for one in devices if one != gone):
        fleet.until_told(waiting, action="Hold", reason="Held")
        world.until_reason(waiting.name, "DisableHeld")
        synced = world.until_reason(waiting.name, "DisableHeld", "Synced")
        assert "spec.maxDisabled" in synced["message"]
        assert "hold" not in fleet.told(waiting)
    world.sweeps(2)
    assert [fleet.states(one) for one in devices].count([]) == 2
    assert world.operator.metric("quotapolicy_sims", name=fleet.limit, state="held") == 2

    world.patch("quotapolicy", fleet.limit, {"maxDisabled": "100%"})
    fleet.until_policy(disabled=3, held=0)
    for device in devices:
        fleet.until_off(device)
        assert fleet.states(device) == ["Disabled"]

    world.patch("quotapolicy", fleet.limit, {"maxDisabled": 0})
    fleet.until_policy(observedGeneration=3)
    world.sweeps(2)
    assert len(_off(fleet, devices)) == 3, "a smaller number enables nobody"


def test_zero_holds_all(fleet: Fleet) -> None:
    devices = fleet.sims(2)
    fleet.policy(maxDisabled=0)
    fleet.in_force()
    for device in devices:
        fleet.use(device, 41)
    fleet.until_policy(exceeded=2, disabled=0, held=2)
    fleet.world.sweeps(2)
    assert _off(fleet, devices) == []


def test_a_limit_far_below_what_is_used_takes_a_tenth_of_the_fleet(fleet: Fleet) -> None:
    devices = fleet.sims(20)
    for device in devices:
        fleet.use(device, 50)
    fleet.policy(data={"perSIM": "1Mi"}, maxDisabled="10%")

    told = fleet.until_policy(matched=20, exceeded=20, disabled=2, held=18)
    assert len(told["top"]) == 10
    fleet.world.sweeps(2)
    assert len(_off(fleet, devices)) == 2
    assert all(fleet.states(one) in ([], ["Disabled"]) for one in devices)


def test_suspended_observed_and_owner_disabled_sims_count_and_are_left_alone(fleet: Fleet) -> None:
    world = fleet.world
    (suspended,) = fleet.sims(1, suspend=True)
    (observed,) = fleet.sims(1, managementPolicy="Observe")
    (theirs,) = fleet.sims(1, state="Disabled")
    (plain,) = fleet.sims(1)
    everybody = (suspended, observed, theirs, plain)
    world.until(lambda: not fleet.is_on(theirs), "its owner has it off")
    fleet.policy(data={"perSIM": "40Mi", "pool": "1000Mi"})
    fleet.in_force()
    for device in everybody:
        fleet.use(device, 41)

    fleet.until_off(plain)
    fleet.until_policy(matched=4, disabled=1, held=0)
    fleet.until_told(observed, action="None", wouldDo="Disable", reason="Observing")
    fleet.until_told(theirs, action="None", reason="OwnerDisabled")
    world.sweeps(2)
    assert fleet.states(suspended) == fleet.states(observed) == []
    assert fleet.states(theirs) == ["Disabled"]
    mebi = 2**20
    world.until(
        lambda: (
            world.operator.metric("quotapolicy_pool_data_used_bytes", name=fleet.limit)
            >= 2 * 41 * mebi
        ),
        "those that are read count in the pool",
    )

    fleet.next_month()
    fleet.until_back(plain)
    world.sweeps(2)
    assert not fleet.is_on(theirs), "a policy never enables what its owner wants off"
    assert fleet.states(theirs) == ["Disabled"]


@pytest.mark.parametrize("whose", ["account", "sim"])
def test_a_sim_over_its_limit_is_not_switched_on_when_observing_ends(
    fleet: Fleet, whose: str
) -> None:
    """What was decided while nothing could be done is no answer to what is to be done now."""
    world = fleet.world
    (device,) = fleet.sims(1)
    fleet.policy()
    fleet.in_force()
    kind, name, field = {
        "account": ("simaccount", "default", "mode"),
        "sim": ("sim", device.name, "managementPolicy"),
    }[whose]
    acts = {"mode": "Active", "managementPolicy": "Manage"}[field]
    world.patch(kind, name, {field: "Observe"})
    try:
        world.until_reason(device.name, "Observing")
        fleet.use(device, 41)
        world.simulator.patch_sim(device.iccid, status="Disabled")
        fleet.until_told(device, wouldDo="Disable")
        world.until(lambda: world.status(device.name)["state"] == "Disabled", "it is seen off")
        world.sweeps(2)
    finally:
        world.patch(kind, name, {field: acts})
    assert fleet.until_off(device)["stateBefore"] == "Enabled"
    world.sweeps(2)
    assert fleet.states(device) == []


def test_a_sim_over_its_limit_is_not_switched_on_when_another_resource_gets_it(
    fleets: Fleets,
) -> None:
    one, two = fleets.new(), fleets.new()
    world = fleets.world
    (device,) = one.sims(1)
    heir = Device(f"{two.name}-heir", device.iccid)
    body = world.manifest("SIM", heir.name, {"iccid": heir.iccid, "state": "Enabled"})
    body["metadata"]["labels"] = two.labels
    try:
        world.until_reason(device.name, "Reconciled")
        world.apply(body)
        world.until_reason(heir.name, "Conflict")
        for fleet in (one, two):
            fleet.policy()
            fleet.in_force()
        one.use(device, 41)
        one.until_off(device)
        world.delete(device.name)
        two.until_off(heir)
        world.sweeps(2)
        assert two.states(heir) == ["Disabled"]
    finally:
        one.end()
        two.end()


def test_a_sim_resource_that_is_deleted_while_it_is_held_takes_its_place_along(
    fleet: Fleet,
) -> None:
    world = fleet.world
    first, second = fleet.sims(2)
    fleet.policy(maxDisabled=1)
    fleet.in_force()
    fleet.use(first, 60)
    fleet.until_off(first)
    fleet.use(second, 41)
    fleet.until_policy(exceeded=2, disabled=1, held=1)

    world.delete(first.name)
    world.is_gone(first.name)
    fleet.until_off(second)
    fleet.until_policy(matched=1, disabled=1, held=0)
    assert not fleet.is_on(first), "nobody asked for the contrary"
    assert fleet.states(first) == ["Disabled"]


@pytest.fixture(scope="module")
def guarded(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleets]:
    """An account that disables two SIMs in an hour."""
    account = {"protection": {"maxDisablesPerHour": 2}}
    folder = tmp_path_factory.mktemp("guarded")
    with policy_world(
        cluster, operator_kubeconfig, folder, sims=20, version="v2", account=account
    ) as made:
        yield made


def test_the_accounts_disables_of_an_hour_hold_the_rest(guarded: Fleets) -> None:
    fleet, world = guarded.new(), guarded.world
    devices = fleet.sims(6)
    fleet.policy()
    fleet.in_force()
    for device in devices:
        fleet.use(device, 41)

    fleet.until_policy(exceeded=6, disabled=2, held=4)
    gone: list[Device] = world.until(lambda: len(off := _off(fleet, devices)) == 2 and off, "two")
    for waiting in (one for one in devices if one not in gone):
        ready = world.until_reason(waiting.name, "DisableHeld")
        assert "maxDisablesPerHour" in ready["message"]
        fleet.until_told(waiting, action="Hold", reason="Held")
    world.sweeps(2)
    assert _off(fleet, devices) == gone
    protection = world.status("default", "simaccount")["protection"]
    assert (protection["disablesInWindow"], protection["holding"]) == (2, 4)

    world.simulator.advance(3601)
    fleet.until_policy(exceeded=6, disabled=4, held=2)
    world.until(lambda: len(_off(fleet, devices)) == 4, "two more are off")
    world.patch("simaccount", "default", {"protection": {"maxDisablesPerHour": 50}})
    fleet.until_policy(exceeded=6, disabled=6, held=0)
    for device in devices:
        fleet.until_off(device)
        assert fleet.states(device) == ["Disabled"]

    fleet.next_month()
    for device in devices:
        fleet.until_back(device)
    fleet.end()
