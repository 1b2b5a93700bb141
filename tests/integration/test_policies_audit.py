"""A QuotaPolicy in Audit says what Enforce would do, and does nothing."""

from typing import Any

import pytest

from tests.integration.policy_worlds import Fleet
from tests.integration.world import Json

COUNTS = ("matched", "exceeded", "disabled", "held")


def _counts(told: Json) -> dict[str, int]:
    return {name: told.get(name, 0) for name in COUNTS}


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"maxDisabled": 2},
        {"data": {"perSIM": "60Mi", "pool": "150Mi"}},
        {"data": {"perSIM": "60Mi"}, "sms": {"perSIM": 2}},
    ],
    ids=["per SIM", "with a guard", "with a pool", "with messages"],
)
def test_what_audit_says_is_what_enforce_then_does(fleet: Fleet, spec: dict[str, Any]) -> None:
    world = fleet.world
    devices = fleet.sims(5)
    use = dict(zip(devices, (70, 55, 45, 20, 5), strict=True))
    for device, megabytes in use.items():
        fleet.use(device, megabytes, sms=3 if megabytes == 20 else 0)
    fleet.policy(**spec, mode="Audit")
    fleet.in_force()
    world.until(lambda: all(map(fleet.told, devices)), "every SIM is told of")
    world.sweeps(2)
    said = {one: fleet.told(one)["wouldDo"] for one in devices}
    counted = _counts(fleet.of_policy())
    assert set(said.values()) >= {"None", "Disable"}
    assert ("Hold" in said.values()) == ("maxDisabled" in spec)
    for device in devices:
        assert fleet.told(device)["action"] == "None"
        assert "hold" not in fleet.told(device)
        assert fleet.states(device) == []
        assert world.condition(device.name)["reason"] == "Reconciled"

    world.patch("quotapolicy", fleet.limit, {"mode": "Enforce"})
    for device in devices:
        fleet.until_told(device, mode="Enforce", action=said[device])
        if said[device] == "Disable":
            fleet.until_off(device)
    world.sweeps(2)
    off = {one for one in devices if not fleet.is_on(one)}
    assert off == {one for one in devices if said[one] == "Disable"}
    assert _counts(fleet.of_policy()) == counted


def test_audit_tells_of_it_in_an_event_and_stands_beside_enforce(fleet: Fleet) -> None:
    world = fleet.world
    heavy, light = fleet.sims(2)
    fleet.policy(data={"perSIM": "80Mi"})
    trial = fleet.policy(f"{fleet.name}-trial", mode="Audit", priority=100)
    fleet.in_force()
    fleet.in_force(trial)
    fleet.use(heavy, 50)

    fleet.until_told(heavy, name=fleet.limit, mode="Enforce", action="None", wouldDo="Disable")
    (event,) = world.until(lambda: world.events(heavy.name, "Exceeded"), "an event of the trial")
    assert trial in event["message"]
    assert "would be disabled" in event["message"]
    fleet.until_policy(trial, exceeded=1)
    fleet.until_policy(exceeded=0, disabled=0)
    world.sweeps(2)
    assert fleet.states(heavy) == fleet.states(light) == []
    assert len(world.events(heavy.name, "Exceeded")) == 1
