"""A QuotaPolicy in Enforce switches off what is over its limit, and lets it back."""

from tests.integration.policy_worlds import Fleet


def test_a_sim_over_its_limit_is_disabled_with_its_hold_first_and_comes_back_next_month(
    fleet: Fleet,
) -> None:
    world = fleet.world
    heavy, light = fleet.sims(2)
    fleet.policy()
    fleet.until_policy(matched=2, exceeded=0, disabled=0)
    fleet.in_force()

    fleet.use(heavy, 41)
    told = fleet.until_told(heavy, action="Disable", reason="Exceeded")
    month = fleet.now().strftime("%Y-%m")
    assert told["hold"]["period"] == month
    assert told["hold"]["stateBefore"] == "Enabled"
    fleet.until_off(heavy)
    assert fleet.is_on(light)
    fleet.until_policy(matched=2, exceeded=1, disabled=1, held=0)
    usage = world.status(heavy.name)["usage"]
    assert usage["period"] == month
    assert 41 <= int(usage["data"].removesuffix("Mi")) < 46, "and what it used before"
    assert "40Mi" in world.condition(heavy.name)["message"]
    world.until(lambda: world.events(heavy.name, "DisabledByPolicy"), "an event tells of it")

    month = fleet.next_month()
    fleet.until_back(heavy)
    fleet.until_told(heavy, action="None", reason="WithinLimit")
    world.until(
        lambda: world.status(heavy.name)["usage"]["period"] == month, "usage is of the new month"
    )
    fleet.until_policy(exceeded=0, disabled=0)
    assert fleet.states(heavy) == ["Disabled", "Enabled"]
    assert fleet.states(light) == []


def test_what_a_policy_found_and_did_shows_in_the_metrics(fleet: Fleet) -> None:
    world = fleet.world
    heavy, light = fleet.sims(2)

    def shown(metric: str, of: str, **labels: str) -> float:
        return world.operator.metric(metric, **{"namespace": world.namespace, "name": of} | labels)

    fleet.policy(data={"perSIM": "40Mi", "pool": "100Mi"}, sms={"perSIM": 5})
    fleet.in_force()
    fleet.use(heavy, 41, sms=2)
    fleet.use(light, 20)
    fleet.until_off(heavy)
    world.until(lambda: shown("sim_sms_usage", heavy.name) >= 2, "the messages are counted")
    fleet.until_policy(exceeded=1, disabled=1)

    found = {
        state: shown("quotapolicy_sims", fleet.limit, state=state)
        for state in ("matched", "warned", "exceeded", "disabled", "held")
    }
    assert found == {"matched": 2, "warned": 0, "exceeded": 1, "disabled": 1, "held": 0}
    mebi = 2**20
    world.until(
        lambda: (
            shown("quotapolicy_pool_data_used_bytes", fleet.limit) >= 61 * mebi
            and shown("sim_data_usage_bytes", light.name) >= 20 * mebi
        ),
        "all that was used is counted",
    )
    assert shown("quotapolicy_pool_data_used_bytes", fleet.limit) < 70 * mebi
    assert shown("quotapolicy_pool_data_limit_bytes", fleet.limit) == 100 * mebi
    used = shown("sim_data_usage_bytes", heavy.name, iccid=heavy.iccid)
    assert 41 * mebi <= used < 46 * mebi
    assert shown("sim_enabled", heavy.name) == 0
    assert shown("sim_enabled", light.name) == 1


def test_a_warning_step_is_told_once(fleet: Fleet) -> None:
    world = fleet.world
    (device,) = fleet.sims(1)
    fleet.policy()
    fleet.in_force()

    fleet.use(device, 33)
    fleet.until_told(device, action="Warn", reason="Warned")
    fleet.until_policy(warned=1, exceeded=0)
    world.until(lambda: world.events(device.name, "Warned"), "an event that warns")
    world.sweeps(2)
    assert len(world.events(device.name, "Warned")) == 1
    assert fleet.states(device) == []


def test_messages_are_limited_too(fleet: Fleet) -> None:
    chatty, quiet = fleet.sims(2)
    fleet.policy(sms={"perSIM": 2})
    fleet.in_force()
    fleet.use(chatty, sms=3)
    fleet.use(quiet, sms=1)

    fleet.until_off(chatty)
    fleet.until_told(chatty, reason="Exceeded")
    assert "sms.perSIM of 2 messages" in fleet.world.condition(chatty.name)["message"]
    fleet.until_policy(exceeded=1, disabled=1)
    assert fleet.is_on(quiet)


def test_of_a_pool_the_heaviest_go_and_only_as_many_as_it_takes(fleet: Fleet) -> None:
    first, second, third = fleet.sims(3)
    fleet.policy(data={"pool": "40Mi"})
    fleet.in_force()
    fleet.use(third, 5)
    fleet.use(second, 20)
    fleet.use(first, 30)

    fleet.until_off(first)
    fleet.until_told(first, reason="PoolExceeded")
    told = fleet.until_policy(disabled=1, held=0)
    assert told["pool"]["data"]["limit"] == "40Mi"
    fleet.world.sweeps(2)
    assert fleet.is_on(second)
    assert fleet.is_on(third)

    fleet.use(second, 21)
    fleet.until_off(second)
    fleet.world.sweeps(2)
    assert fleet.is_on(third), "5 MB alone are within the pool"


def test_a_policy_without_an_action_only_tells(fleet: Fleet) -> None:
    (device,) = fleet.sims(1)
    fleet.policy(action="None")
    fleet.in_force()
    fleet.use(device, 41)

    fleet.until_told(device, action="Warn", reason="Exceeded")
    fleet.until_policy(exceeded=1, disabled=0, held=0)
    fleet.world.sweeps(2)
    assert fleet.states(device) == []
    assert fleet.world.condition(device.name)["reason"] == "Reconciled"


def test_of_two_enforcing_policies_the_one_with_priority_decides(fleet: Fleet) -> None:
    device, other = fleet.sims(2)
    strict = fleet.policy(f"{fleet.name}-strict", data={"perSIM": "10Mi"})
    fleet.policy(priority=10)
    fleet.in_force()
    fleet.in_force(strict)
    fleet.use(device, 20)
    fleet.use(other, 41)

    fleet.until_off(other)
    assert fleet.told(other)["name"] == fleet.limit
    fleet.until_policy(strict, exceeded=2, disabled=0)
    assert fleet.is_on(device)

    fleet.world.patch("quotapolicy", strict, {"priority": 20})
    fleet.until_off(device)
    assert fleet.told(device)["name"] == strict
    fleet.until_told(other, name=strict, action="Disable")
    fleet.until_policy(strict, disabled=2)
    fleet.world.sweeps(2)
    assert fleet.states(other) == ["Disabled"], "it changed hands without being switched on"
    assert not fleet.is_on(other)
