"""Suspending a SIM, and asking for a reconciliation by annotation."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimWorld]:
    folder = tmp_path_factory.mktemp("requests")
    # Details are read as well: a suspended SIM is spared these calls too.
    account = {"sync": {"interval": "1s", "detailInterval": "1s"}}
    with opened(cluster, operator_kubeconfig, folder, account=account) as made:
        yield made


def detail_reads(world: SimWorld) -> int:
    """Reads of quotas, whosever they are."""
    calls = world.simulator.journal()
    return sum(one["operation"] == "getDataQuota" for one in calls)


def test_a_suspended_sim_is_not_asked_about_and_resuming_corrects_it(world: SimWorld) -> None:
    world.new("busy")
    iccid = world.new("resting", state="Enabled")
    world.until(lambda: world.calls(iccid, "getDataQuota"), "its details are read")
    world.patch("sim", "resting", {"suspend": True, "label": "not now"})
    suspended = world.until_reason("resting", "Suspended")
    asked, details = world.simulator.last_entry(), detail_reads(world)

    world.simulator.patch_sim(iccid, status="Disabled")
    world.request("resting", "while-suspended")
    world.until_reason("resting", "Drifted", "Synced")
    world.until(lambda: detail_reads(world) >= details + 2, "details of the other SIM are read")

    assert suspended["status"] == "True"
    assert world.calls(iccid, since=asked) == []
    world.until_told("resting", 1, "Suspended")
    assert "the SIM is suspended" in world.condition("resting", "Synced")["message"]
    world.patch("sim", "resting", {"suspend": False})
    world.becomes(iccid, status="Enabled", label="not now")
    world.until_reason("resting", "Reconciled")


def test_a_request_is_answered_after_one_fresh_read(world: SimWorld) -> None:
    iccid = world.new("asked", state="Enabled")
    before = len(world.calls(iccid, "getSim"))

    world.request("asked", "first")
    world.request("asked", "second")

    assert len(world.calls(iccid, "getSim")) == before + 2
    assert world.puts(iccid) == []
    assert world.condition("asked")["reason"] == "Reconciled"


def test_a_request_retries_a_failed_write_at_once(world: SimWorld) -> None:
    iccid = world.fresh()
    world.fault("status", iccid, "updateSim", status=500)
    world.sim("failing", iccid, state="Disabled")
    world.until_reason("failing", "Failed")
    world.simulator.clear_faults()
    tried = len(world.puts(iccid))

    world.request("failing", "now")

    world.becomes(iccid, status="Disabled")
    world.until_reason("failing", "Reconciled")
    assert len(world.puts(iccid)) == tried + 1


def test_a_request_that_is_refused_is_echoed_too(world: SimWorld) -> None:
    iccid = world.new("holder")
    world.sim("rival", iccid)
    world.until_reason("rival", "Conflict")
    world.sim("lost", world.fresh(), accountRef={"name": "nobody"})
    world.until_reason("lost", "AccountNotFound")
    asked = world.simulator.last_entry()

    world.request("rival", "please")
    world.request("lost", "please")

    assert world.condition("rival")["reason"] == "Conflict"
    assert world.condition("lost")["reason"] == "AccountNotFound"
    assert world.calls(iccid, "getSim", since=asked) == []


def test_a_request_to_a_paused_account_is_echoed(world: SimWorld) -> None:
    world.new("quiet")
    world.patch("simaccount", "default", {"mode": "Paused"})
    world.until_reason("quiet", "AccountNotReady")
    asked = world.simulator.last_entry()

    world.request("quiet", "anyway")

    assert world.simulator.journal(since=asked) == []
    world.patch("simaccount", "default", {"mode": "Active"})
    world.until_reason("quiet", "Reconciled")


def test_every_generation_is_acknowledged_in_one_status_write(world: SimWorld) -> None:
    world.new("generations", state="Enabled")
    found = world.get("sim", "generations")
    assert found is not None

    def versions() -> list[str]:
        return sorted(str(change) for change in seen)

    # Nothing to do at 1NCE: the label is what it is already.
    seen: set[str] = {found["metadata"]["resourceVersion"]}
    world.patch("sim", "generations", {"label": found["status"]["label"]})
    changed = world.get("sim", "generations")
    assert changed is not None
    seen.add(changed["metadata"]["resourceVersion"])

    def acknowledged() -> bool:
        now = world.get("sim", "generations")
        assert now is not None
        seen.add(now["metadata"]["resourceVersion"])
        conditions = now["status"]["conditions"]
        generation = now["metadata"]["generation"]
        told = [now["status"]["observedGeneration"]]
        return {*told, *(one["observedGeneration"] for one in conditions)} == {generation}

    world.until(acknowledged, "the generation is acknowledged")
    world.sweeps(2)
    assert acknowledged()
    assert world.condition("generations", "Synced")["reason"] == "InSync"
    assert len(versions()) <= 3  # as it was, the change, the answer
