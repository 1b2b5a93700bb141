"""Everything that ends a hold, and what does not."""

import pytest

from tests.integration.policy_worlds import OWNER, Fleet


def test_a_raised_limit_brings_a_sim_back_at_once(fleet: Fleet) -> None:
    device = fleet.one_off()
    fleet.world.patch("quotapolicy", fleet.limit, {"data": {"perSIM": "80Mi"}})

    fleet.until_back(device)
    fleet.until_told(device, action="None", reason="WithinLimit")
    assert fleet.states(device) == ["Disabled", "Enabled"]


def test_a_limit_that_is_lowered_or_stays_below_what_is_used_brings_nothing_back(
    fleet: Fleet,
) -> None:
    device = fleet.one_off()
    fleet.world.patch("quotapolicy", fleet.limit, {"data": {"perSIM": "41Mi"}})
    fleet.in_force()
    fleet.world.patch("quotapolicy", fleet.limit, {"data": {"perSIM": "20Mi"}})
    fleet.world.until(
        lambda: (
            fleet.of_policy().get("observedGeneration")
            == (fleet.world.get("quotapolicy", fleet.limit) or {})["metadata"]["generation"]
        ),
        "the change is considered",
    )
    fleet.world.sweeps(2)
    assert fleet.states(device) == ["Disabled"]
    assert not fleet.is_on(device)


def test_a_deleted_policy_lets_its_sims_go_after_a_further_sweep(fleet: Fleet) -> None:
    device = fleet.one_off()
    fleet.world.delete(fleet.limit, "quotapolicy")

    fleet.until_back(device)
    assert fleet.states(device) == ["Disabled", "Enabled"]
    fleet.world.until(lambda: not fleet.told(device), "nothing is told of the policy any more")


def test_a_policy_that_is_deleted_and_applied_again_at_once_enables_nothing(fleet: Fleet) -> None:
    device = fleet.one_off()
    before = fleet.told(device)["hold"]["policyUID"]
    body = fleet.world.kubectl("get", "quotapolicy", fleet.limit, "-o", "json")
    fleet.world.kubectl("replace", "--force", "-f", "-", stdin=body)

    fleet.world.until(
        lambda: fleet.told(device).get("hold", {}).get("policyUID", before) != before,
        "the new policy has taken the SIM over",
    )
    fleet.until_policy(exceeded=1, disabled=1)
    fleet.world.sweeps(2)
    assert fleet.told(device)["hold"]["stateBefore"] == "Enabled"
    assert fleet.states(device) == ["Disabled"]

    fleet.next_month()
    fleet.until_back(device)


def test_a_sim_that_loses_its_label_comes_back(fleet: Fleet) -> None:
    device = fleet.one_off()
    fleet.world.kubectl("label", "sim", device.name, f"{OWNER}=none", "--overwrite")

    fleet.until_back(device)
    fleet.until_policy(matched=0, disabled=0)
    fleet.world.until_reason(fleet.limit, "NoMatch", kind="quotapolicy")
    fleet.world.kubectl("delete", "sim", device.name, "--wait=false")


@pytest.mark.parametrize(
    ("change", "shown"),
    [({"mode": "Audit"}, {"wouldDo": "Disable"}), ({"action": "None"}, {"action": "Warn"})],
    ids=["Audit", "None"],
)
def test_a_policy_that_no_longer_acts_lets_its_sims_go(
    fleet: Fleet, change: dict[str, str], shown: dict[str, str]
) -> None:
    device = fleet.one_off()
    fleet.world.patch("quotapolicy", fleet.limit, change)

    fleet.until_back(device)
    fleet.until_told(device, reason="Exceeded", **shown)
    fleet.until_policy(exceeded=1, held=0)
    fleet.world.sweeps(2)
    assert fleet.states(device) == ["Disabled", "Enabled"]


def test_a_sim_whose_owner_wants_it_off_meanwhile_is_never_enabled(fleet: Fleet) -> None:
    world = fleet.world
    device = fleet.one_off()
    world.patch("sim", device.name, {"state": "Disabled"})
    world.until_acknowledged(device.name, "Reconciled")
    fleet.until_told(device, reason="OwnerDisabled")

    fleet.next_month()
    fleet.until_policy(exceeded=0, disabled=0, matched=1)
    world.until(lambda: "hold" not in fleet.told(device), "the hold is gone")
    world.delete(fleet.limit, "quotapolicy")
    world.sweeps(3)
    assert fleet.states(device) == ["Disabled"]
    assert not fleet.is_on(device)

    world.patch("sim", device.name, {"state": "Enabled"})
    fleet.until_back(device)


def test_a_sim_that_leaves_its_state_open_comes_back_as_it_was_found(fleet: Fleet) -> None:
    world = fleet.world
    found_on, found_off = fleet.sims(2, state=None)
    world.simulator.patch_sim(found_off.iccid, status="Disabled")
    fleet.policy()
    fleet.in_force()
    fleet.use(found_on, 41)
    fleet.until_off(found_on)

    fleet.next_month()
    fleet.until_back(found_on)
    world.sweeps(2)
    assert fleet.states(found_on) == ["Disabled", "Enabled"]
    assert fleet.states(found_off) == []


def test_with_resume_never_a_hold_outlives_the_month_until_somebody_releases_it(
    fleet: Fleet,
) -> None:
    world = fleet.world
    device = fleet.one_off(resume="Never")
    hold = fleet.told(device)["hold"]
    fleet.next_month()
    fleet.until_told(device, action="Disable", reason="WaitingForPeriod")
    world.kubectl("label", "sim", device.name, "moved=yes")
    world.annotate("sim", device.name, "release-hold", "2020-01-01T00:00:00Z")
    world.sweeps(2)
    assert fleet.told(device)["hold"] == hold
    assert hold["since"] in world.condition(device.name)["message"]
    assert fleet.states(device) == ["Disabled"]

    world.annotate("sim", device.name, "release-hold", hold["since"])
    fleet.until_back(device)
    assert fleet.states(device) == ["Disabled", "Enabled"]
    fleet.until_policy(exceeded=0, disabled=0)


def test_a_lifetime_never_ends_but_its_limit_can_be_raised(fleet: Fleet) -> None:
    world = fleet.world
    device = fleet.one_off(period="Lifetime", data={"perSIM": "40Mi"})
    usage = world.status(device.name)["usage"]
    assert usage["period"] == "Lifetime"
    fleet.next_month()
    world.sweeps(3)
    assert fleet.states(device) == ["Disabled"]
    assert world.status(device.name)["usage"]["data"] == usage["data"]

    world.patch("quotapolicy", fleet.limit, {"data": {"perSIM": "200Mi"}})
    fleet.until_back(device)


def test_a_day_is_a_period_in_the_time_zone_of_the_policy(fleet: Fleet) -> None:
    world = fleet.world
    device = fleet.one_off(period="Daily", timeZone="Asia/Kolkata")
    hold = fleet.told(device)["hold"]
    start = fleet.now()
    world.simulator.move_to(start.strftime("%Y-%m-%dT18:29:00Z"))
    world.sweeps(2)
    assert fleet.told(device)["hold"] == hold, "it is 23:59 there"

    world.simulator.move_to(start.strftime("%Y-%m-%dT18:30:05Z"))
    fleet.until_back(device)
    assert fleet.states(device) == ["Disabled", "Enabled"]
