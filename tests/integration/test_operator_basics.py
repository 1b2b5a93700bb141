"""The main job, whole: `kubectl apply` a SIM, see it reconciled at 1NCE, and what guards it."""

from tests.integration.world import World


def test_a_sim_is_adopted_and_shows_what_1nce_shows(world: World) -> None:
    iccid = world.sim("pump")

    world.until_reason("pump", "Reconciled")

    status, truth = world.status("pump"), world.at_1nce(iccid)
    assert status["iccid"] == iccid
    assert status["account"] == f"{world.namespace}/default"
    assert status["state"] == truth["status"]
    assert status["label"] == truth["label"]
    assert status["ipAddress"] == truth["ip_address"]
    assert status["quota"]["data"]["level"] == "Sufficient"
    assert world.condition("pump", "Synced")["reason"] == "InSync"
    assert world.writes() == []


def test_a_spec_change_reaches_1nce_and_its_event_says_from_what_to_what(world: World) -> None:
    iccid = world.sim("pump", state="Enabled")
    world.until_reason("pump", "Reconciled")

    world.patch("sim", "pump", {"state": "Disabled", "label": "in store"})

    world.until(lambda: world.status("pump").get("state") == "Disabled", "the SIM is disabled")
    world.until_reason("pump", "Reconciled")
    assert world.at_1nce(iccid)["status"] == "Disabled"
    assert world.at_1nce(iccid)["label"] == "in store"
    [event] = world.until(lambda: world.events("pump", "Reconciled"), "an event")
    assert "state from Enabled to Disabled" in event["message"]
    assert len(world.writes()) == 1


def test_a_change_in_the_portal_is_put_right_and_told(world: World) -> None:
    iccid = world.sim("pump", state="Enabled")
    world.until_reason("pump", "Reconciled")

    world.simulator.patch_sim(iccid, status="Disabled")

    [event] = world.until(lambda: world.events("pump", "Reconciled"), "an event")
    assert event["type"] == "Normal"
    assert "state from Disabled to Enabled" in event["message"]
    assert "somebody had changed it at 1NCE" in event["message"]
    assert world.at_1nce(iccid)["status"] == "Enabled"


def test_what_a_resource_does_not_say_is_left_alone(world: World) -> None:
    iccid = world.sim("pump", state="Enabled")
    world.until_reason("pump", "Reconciled")

    world.simulator.patch_sim(iccid, label="somebody's", imei_lock=True)

    world.until(lambda: world.status("pump")["label"] == "somebody's", "the label is shown")
    assert world.status("pump")["imeiLock"] == "Locked"
    assert world.writes() == []


def test_observe_shows_drift_and_writes_nothing(world: World) -> None:
    iccid = world.sim("pump", state="Disabled", managementPolicy="Observe")

    world.until_reason("pump", "Observing")

    drift = world.until_reason("pump", "Drifted", "Synced")
    assert drift["status"] == "False"
    assert "state is Enabled, wanted Disabled" in drift["message"]
    world.sweeps()
    assert world.at_1nce(iccid)["status"] == "Enabled"
    assert world.writes() == []


def test_a_restart_rewrites_nothing_and_changes_nothing_at_1nce(world: World) -> None:
    for number in range(5):
        world.sim(f"pump-{number}", number, state="Enabled", label=f"pump-{number}")
    for number in range(5):
        world.until_reason(f"pump-{number}", "Reconciled")
    before = {f"pump-{n}": world.get("sim", f"pump-{n}") for n in range(5)}
    writes = len(world.writes())

    world.operator.kill()
    world.operator.start()
    world.sweeps(3)

    after = {f"pump-{n}": world.get("sim", f"pump-{n}") for n in range(5)}
    assert [_difference(before[name], after[name]) for name in before] == [{}] * 5
    assert len(world.writes()) == writes


def test_two_resources_for_one_sim_conflict_and_the_next_takes_over(world: World) -> None:
    world.sim("first", state="Enabled")
    world.until_reason("first", "Reconciled")
    world.sim("second", state="Disabled")

    conflict = world.until_reason("second", "Conflict")

    assert "first" in conflict["message"]
    assert "state" not in world.status("second")
    assert world.writes() == []
    world.kubectl("delete", "sim", "first")
    world.until(lambda: world.status("second").get("state") == "Disabled", "it takes over")


def test_an_iccid_that_1nce_does_not_have_is_not_found(world: World) -> None:
    world.sim("ghost", "8988303999999999999", state="Enabled")

    stalled = world.until_reason("ghost", "NotFound")

    assert stalled["status"] == "False"
    assert world.condition("ghost", "Stalled")["status"] == "True"
    reads = [one for one in world.simulator.journal() if one["operation"] == "getSim"]
    world.sweeps()
    again = [one for one in world.simulator.journal() if one["operation"] == "getSim"]
    assert len(reads) == len(again) == 1


def _difference(before: object, after: object) -> object:
    """What differs between two objects, and nothing else: a whole one is hard to read."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = sorted(before.keys() | after.keys())
        found = {name: _difference(before.get(name), after.get(name)) for name in names}
        return {name: one for name, one in found.items() if one != {}}
    return {} if before == after else f"{before!r} became {after!r}"
