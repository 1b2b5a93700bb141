"""The operator dies and comes back: nothing is written for its own sake, nothing is forgotten."""

from tests.integration.policy_worlds import Fleet
from tests.integration.world import Json


def _versions(fleet: Fleet) -> dict[str, str]:
    """What the API server counts as the versions of the SIMs and policies of a fleet."""
    found: list[Json] = [*fleet.world.listed("sim"), *fleet.world.listed("quotapolicy")]
    return {
        one["metadata"]["name"]: one["metadata"]["resourceVersion"]
        for one in found
        if one["metadata"].get("labels", {}).get("fleet") == fleet.name
    }


def _policies(fleet: Fleet) -> dict[str, Json]:
    """What the policies of a fleet tell."""
    names = (one["metadata"]["name"] for one in fleet.world.listed("quotapolicy"))
    return {name: fleet.of_policy(name) for name in names if name.startswith(fleet.name)}


def _rest(fleet: Fleet) -> dict[str, str]:
    """Wait until nothing is written any more; the versions then."""
    world = fleet.world
    last: list[dict[str, str]] = [{}]

    def rests() -> bool:
        world.sweeps(3)
        last.append(_versions(fleet))
        return last[-1] == last[-2]

    world.until(rests, "statuses rest")
    return last[-1]


def _restart(fleet: Fleet) -> None:
    fleet.world.operator.kill()
    fleet.world.operator.start()
    fleet.world.sweeps(4)


def test_a_restart_at_rest_writes_no_status(fleet: Fleet) -> None:
    world = fleet.world
    heavy, light, quiet = fleet.sims(3)
    fleet.policy(data={"perSIM": "40Mi", "pool": "1000Mi"}, sms={"perSIM": 10})
    trial = fleet.policy(f"{fleet.name}-trial", mode="Audit", data={"perSIM": "10Mi"})
    fleet.in_force()
    fleet.in_force(trial)
    fleet.use(heavy, 41, sms=1)
    fleet.use(light, 20)
    fleet.until_off(heavy)
    fleet.until_told(light, wouldDo="Disable")
    fleet.until_policy(disabled=1, exceeded=1)
    before = _rest(fleet)
    since = world.simulator.last_entry()

    _restart(fleet)
    after = _rest(fleet)
    sims = [one.name for one in (heavy, light, quiet)]
    assert {name: after[name] for name in sims} == {name: before[name] for name in sims}
    # Figures of policies wait for their minute, and are told earlier by a new process: once.
    told = _policies(fleet)
    _restart(fleet)
    assert _policies(fleet) == told
    # Beside an Enforce policy nothing tells what a trial said of a SIM: it is counted again.
    assert _versions(fleet).items() - {(trial, _versions(fleet)[trial])} <= after.items()
    assert [one for one in world.simulator.journal(since=since) if one["method"] == "PUT"] == []


def test_a_disable_that_was_only_marked_is_carried_on(fleet: Fleet) -> None:
    world = fleet.world
    (device,) = fleet.sims(1)
    fleet.policy()
    fleet.in_force()
    world.fault("status", device.iccid, "updateSim", status=503)
    fleet.use(device, 41)
    told = world.until(lambda: "hold" in (told := fleet.told(device)) and told, "the hold")
    world.operator.kill()
    assert fleet.is_on(device)
    world.simulator.clear_faults()

    world.operator.start()
    assert fleet.until_off(device) == told["hold"]
    assert fleet.states(device) == ["Disabled"]
    fleet.until_policy(exceeded=1, disabled=1)


def test_a_disable_whose_answer_was_lost_is_not_sent_again(fleet: Fleet) -> None:
    world = fleet.world
    (device,) = fleet.sims(1)
    fleet.policy()
    fleet.in_force()
    world.fault("timeout-after-commit", device.iccid, "updateSim", seconds=30.0, count=1)
    fleet.use(device, 41)
    world.until(lambda: not fleet.is_on(device), "it is off at 1NCE")
    world.operator.kill()
    world.operator.start()
    fleet.until_off(device)
    assert len(world.puts(device.iccid)) == 1
    assert fleet.states(device) == ["Disabled"]


def test_a_month_that_turns_while_the_operator_is_down_brings_sims_back(fleet: Fleet) -> None:
    world = fleet.world
    device = fleet.one_off()
    world.operator.kill()
    fleet.next_month()
    world.operator.start()
    fleet.until_back(device)
    assert fleet.states(device) == ["Disabled", "Enabled"]


def test_a_policy_that_is_deleted_or_changed_meanwhile_lets_its_sims_go(fleet: Fleet) -> None:
    world = fleet.world
    device = fleet.one_off()
    world.operator.kill()
    world.delete(fleet.limit, "quotapolicy")
    world.is_gone(fleet.limit, "quotapolicy")
    world.operator.start()
    fleet.until_back(device)
    assert fleet.states(device) == ["Disabled", "Enabled"]
