"""What is sent to 1NCE in either version of its API, and what is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened

REST_OF_THE_SPEC = {"state": "Disabled", "label": "spare", "imeiLock": "Locked"}


@pytest.fixture(scope="module", params=["v1", "v2"])
def world(
    request: pytest.FixtureRequest,
    cluster: Cluster,
    operator_kubeconfig: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[SimWorld]:
    account = {"managementAPIVersion": request.param}
    folder = tmp_path_factory.mktemp("writing")
    with opened(cluster, operator_kubeconfig, folder, account=account, omitted="reset") as made:
        yield made


@pytest.fixture
def version(world: SimWorld) -> str:
    account = world.get("simaccount", "default")
    assert account is not None
    return str(account["spec"]["managementAPIVersion"])


def test_adopting_a_sim_that_is_as_wished_sends_nothing(world: SimWorld) -> None:
    iccid = world.fresh()
    truth = world.at_1nce(iccid)

    world.sim("adopted", iccid, state=truth["status"], label=truth["label"], imeiLock="Unlocked")
    world.until_reason("adopted", "Reconciled")

    assert world.condition("adopted", "Synced")["reason"] == "InSync"
    assert world.calls(iccid) == []


def test_state_label_and_lock_are_changed_by_one_write(world: SimWorld) -> None:
    iccid = world.new("changed")

    world.patch("sim", "changed", REST_OF_THE_SPEC)

    world.becomes(iccid, status="Disabled", label="spare", imei_lock=True)
    world.until_acknowledged("changed", "Reconciled")
    assert len(world.puts(iccid)) == 1
    shown = world.status("changed")
    assert (shown["state"], shown["label"], shown["imeiLock"]) == ("Disabled", "spare", "Locked")
    [event] = world.until(lambda: world.events("changed", "Reconciled"), "an event")
    assert "label from" in event["message"]
    assert "imeiLock from Unlocked to Locked" in event["message"]


def test_a_change_of_state_alone_leaves_label_and_lock(world: SimWorld) -> None:
    iccid = world.fresh()
    world.simulator.patch_sim(iccid, label="somebody's", imei_lock=True)
    world.sim("stateful", iccid, state="Disabled")

    world.becomes(iccid, status="Disabled")

    world.until_reason("stateful", "Reconciled")
    truth = world.at_1nce(iccid)
    assert (truth["label"], truth["imei_lock"]) == ("somebody's", True)
    assert len(world.puts(iccid)) == 1


def test_a_sim_that_manages_nothing_is_in_sync_and_never_written(world: SimWorld) -> None:
    iccid = world.new("unmanaged")

    world.simulator.patch_sim(iccid, status="Disabled", label="another", imei_lock=True)

    world.until(lambda: world.status("unmanaged")["state"] == "Disabled", "the change is shown")
    assert world.condition("unmanaged", "Synced")["reason"] == "InSync"
    assert world.condition("unmanaged")["reason"] == "Reconciled"
    assert world.calls(iccid) == []


@pytest.mark.parametrize(
    ("hidden", "spec_field", "value"),
    [("label", "label", "named"), ("imei_lock", "imeiLock", "Locked")],
)
def test_a_field_that_nobody_knows_is_never_guessed(
    world: SimWorld, version: str, hidden: str, spec_field: str, value: str
) -> None:
    iccid, name = world.fresh(), f"hidden-{spec_field.lower()}"
    world.simulator.patch_sim(iccid, hidden_fields=[hidden])

    world.sim(name, iccid, state="Disabled")

    if version == "v1":
        failed = world.until_reason(name, "WriteFailed", "Synced")
        assert f"set spec.{spec_field}" in failed["message"]
        assert world.condition(name)["reason"] == "Failed"
        assert world.puts(iccid) == []
        assert world.at_1nce(iccid)["status"] == "Enabled"
    else:
        world.until_reason(name, "Reconciled")
        assert len(world.puts(iccid)) == 1
    world.patch("sim", name, {spec_field: value})
    world.until(lambda: world.at_1nce(iccid)[hidden] in (value, True), "the field is set")
    # The simulator goes on hiding a lock that it was told; 1NCE shows it.
    world.simulator.patch_sim(iccid, hidden_fields=[])
    world.until_reason(name, "Reconciled")
    assert world.at_1nce(iccid)["status"] == "Disabled"
    assert len(world.puts(iccid)) == (1 if version == "v1" else 2)
