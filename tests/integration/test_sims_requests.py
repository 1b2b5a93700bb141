"""Suspending a SIM, and asking for a reconciliation by annotation."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster, audit_events
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
    world.until_reason("default", "Paused", kind="simaccount")
    world.until_reason("quiet", "AccountNotReady")
    paused = time.monotonic()

    world.request("quiet", "anyway")

    begun = [one for one in world.simulator.journal() if one["monotonic"] > paused]
    assert begun == []
    world.patch("simaccount", "default", {"mode": "Active"})
    world.until_reason("quiet", "Reconciled")


def status_writes(world: SimWorld, name: str) -> int:
    """How often the status of a SIM resource was written."""
    if world.cluster.audit_log is None:
        pytest.skip("only a cluster of our own tells who wrote what")
    return sum(
        one.is_write
        and (one.resource, one.subresource) == ("sims", "status")
        and (one.namespace, one.name) == (world.namespace, name)
        for one in audit_events(world.cluster.audit_log)
    )


@pytest.mark.parametrize("change", ["label", "managementPolicy"])
def test_a_generation_with_nothing_to_do_is_acknowledged_in_one_status_write(
    world: SimWorld, change: str
) -> None:
    name = f"generations-{change.lower()}"
    iccid = world.new(name, state="Enabled")
    world.until(lambda: world.calls(iccid, "getSmsQuota"), "its details are read")
    world.sweeps(1)
    before = status_writes(world, name)
    wanted = {"label": world.at_1nce(iccid)["label"], "managementPolicy": "Observe"}

    world.patch("sim", name, {change: wanted[change]})

    world.until(lambda: acknowledged(world, name), "the generation is acknowledged")
    world.sweeps(1)
    assert world.condition(name, "Synced")["reason"] == "InSync"
    assert status_writes(world, name) == before + 1


def acknowledged(world: SimWorld, name: str) -> bool:
    """Whether the whole status speaks of the present generation."""
    found = world.get("sim", name)
    assert found is not None
    status = found["status"]
    spoken_of = {status["observedGeneration"]}
    spoken_of |= {one["observedGeneration"] for one in status["conditions"]}
    return spoken_of == {found["metadata"]["generation"]}
