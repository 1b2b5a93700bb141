"""QuotaPolicies that cannot do what they say, and say so."""

from tests.integration.policy_worlds import Fleet


def test_a_selector_that_matches_nothing_is_ready_and_says_so(fleet: Fleet) -> None:
    world = fleet.world
    fleet.policy()
    ready = world.until_reason(fleet.limit, "NoMatch", kind="quotapolicy")
    assert ready["status"] == "True"
    told = fleet.until_policy(matched=0, exceeded=0, disabled=0, held=0, observedGeneration=1)
    assert {one["type"] for one in told["conditions"]} == {"Ready"}

    fleet.sims(1)
    fleet.in_force()
    fleet.until_policy(matched=1)


def test_a_time_zone_that_is_none_is_said_and_holds_stand_until_it_is_put_right(
    fleet: Fleet,
) -> None:
    world = fleet.world
    device = fleet.one_off()
    fleet.until_policy(disabled=1)
    world.patch("quotapolicy", fleet.limit, {"timeZone": "Europe/Nowhere"})
    ready = world.until_reason(fleet.limit, "InvalidTimeZone", kind="quotapolicy")
    assert ready["status"] == "False"
    assert "Europe/Nowhere" in ready["message"]
    stalled = world.condition(fleet.limit, "Stalled", "quotapolicy")
    assert (stalled["status"], stalled["reason"]) == ("True", "InvalidTimeZone")
    assert fleet.of_policy()["disabled"] == 1, "figures stay as they are"
    world.sweeps(3)
    assert fleet.states(device) == ["Disabled"]

    world.patch("quotapolicy", fleet.limit, {"timeZone": "Europe/Berlin"})
    fleet.in_force()
    assert not world.condition(fleet.limit, "Stalled", "quotapolicy")
    world.sweeps(2)
    assert fleet.states(device) == ["Disabled"]


def test_a_policy_over_sims_without_an_account_says_so(fleet: Fleet) -> None:
    world = fleet.world
    iccid = world.fresh()
    body = world.manifest("SIM", f"{fleet.name}-far", {"iccid": iccid, "state": "Enabled"})
    body["spec"]["accountRef"] = {"name": "none"}
    body["metadata"]["labels"] = fleet.labels
    world.apply(body)
    world.until_reason(f"{fleet.name}-far", "AccountNotFound")
    fleet.policy()
    ready = world.until_reason(fleet.limit, "AccountNotReady", kind="quotapolicy")
    assert ready["status"] == "False"
    assert world.condition(fleet.limit, "Reconciling", "quotapolicy")["status"] == "True"
    fleet.until_policy(matched=1, exceeded=0)

    world.patch("sim", f"{fleet.name}-far", {"accountRef": None})
    fleet.in_force()


def test_a_limit_of_zero_is_passed_by_the_first_byte(fleet: Fleet) -> None:
    device, idle = fleet.sims(2)
    fleet.next_month()
    fleet.policy(data={"perSIM": "0"})
    fleet.in_force()
    fleet.use(device, 0.5)
    fleet.until_off(device)
    fleet.until_policy(exceeded=1, disabled=1)
    assert fleet.is_on(idle), "what used nothing is within it"


def test_what_kubectl_shows_of_a_policy_is_what_a_person_needs(fleet: Fleet) -> None:
    world = fleet.world
    device = fleet.one_off()
    fleet.until_policy(disabled=1)
    header, row = world.kubectl("get", "quotapolicy", fleet.limit, "-o", "wide").splitlines()
    shown = dict(zip(header.split(), row.split(), strict=False))
    assert shown["NAME"] == fleet.limit
    assert shown["MODE"] == "Enforce"
    assert (shown["MATCHED"], shown["EXCEEDED"], shown["DISABLED"]) == ("1", "1", "1")
    header, row = world.kubectl("get", "sim", device.name).splitlines()
    shown = dict(zip(header.replace("DATA LEFT", "LEFT").split(), row.split(), strict=False))
    assert (shown["STATE"], shown["REASON"]) == ("Disabled", "DisabledByPolicy")
    assert "DisabledByPolicy" in world.kubectl("describe", "sim", device.name)
