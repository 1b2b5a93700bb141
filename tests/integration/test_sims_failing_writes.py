"""Writes that fail, that are lost, that come late: settled by reading, never by guessing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened
from tests.integration.world import Json


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimWorld]:
    with opened(cluster, operator_kubeconfig, tmp_path_factory.mktemp("failing")) as made:
        yield made


@pytest.fixture(autouse=True)
def no_faults(world: SimWorld) -> Iterator[None]:
    yield
    world.simulator.clear_faults()


def lists_between(world: SimWorld, first: Json, second: Json) -> int:
    """Whole lists that were asked for and answered between two calls; one page is a list."""
    calls = world.simulator.journal(since=first["seq"])
    return sum(one["operation"] == "listSims" and one["seq"] < second["seq"] for one in calls)


@pytest.mark.parametrize("kind", ["timeout-after-commit", "torn-json"])
def test_a_write_whose_answer_is_lost_is_settled_by_reading(world: SimWorld, kind: str) -> None:
    name = f"lost-{kind}"
    iccid = world.new(name, state="Enabled")
    world.fault(kind, iccid, "updateSim", count=1)

    world.patch("sim", name, {"label": "written"})

    world.becomes(iccid, label="written")
    world.until_acknowledged(name, "InSync", "Synced")
    world.sweeps(2)
    assert world.condition(name)["reason"] == "Reconciled"
    assert len(world.puts(iccid)) == 1
    world.until_told(name)
    assert "to written" in world.events(name)[0]["message"]


def test_a_connection_that_is_cut_is_settled_by_reading_and_tried_again(world: SimWorld) -> None:
    iccid = world.new("cut", state="Enabled")
    world.fault("drop", iccid, "updateSim", count=1)

    world.patch("sim", "cut", {"label": "written"})

    world.becomes(iccid, label="written")
    world.until_reason("cut", "Reconciled")
    calls = [one["operation"] for one in world.calls(iccid)]
    first, last = calls.index("updateSim"), len(calls) - 1 - calls[::-1].index("updateSim")
    assert calls.count("updateSim") == 2
    assert "getSim" in calls[first:last]


def test_a_refused_write_is_said_backed_off_and_heals(world: SimWorld) -> None:
    iccid = world.new("refused", state="Enabled")
    world.fault("status", iccid, "updateSim", status=500)

    world.patch("sim", "refused", {"label": "written"})

    failed = world.until_reason("refused", "WriteFailed", "Synced")
    assert "500" in failed["message"]
    ready = world.condition("refused")
    assert (ready["status"], ready["reason"]) == ("False", "Failed")
    assert world.condition("refused", "Reconciling")["status"] == "True"
    world.until(lambda: len(world.puts(iccid)) == 2, "it is tried again")
    first, second = (one["monotonic"] for one in world.puts(iccid))
    assert second - first > 0.9
    world.simulator.clear_faults()
    world.becomes(iccid, label="written")
    world.until_reason("refused", "Reconciled")
    world.until_told("refused")


def test_a_write_that_is_applied_later_is_waited_for(world: SimWorld) -> None:
    iccid = world.new("late", state="Enabled")
    world.fault("apply-late", iccid, "updateSim", count=1, seconds=2.0)

    world.patch("sim", "late", {"label": "written"})

    pending = world.until_reason("late", "Pending", "Synced")
    assert pending["status"] == "Unknown"
    assert world.condition("late")["status"] == "False"
    world.becomes(iccid, label="written")
    world.until_reason("late", "Reconciled")
    world.sweeps(2)
    assert len(world.puts(iccid)) == 1


def test_a_write_that_is_taken_and_forgotten_is_repeated_after_three_sweeps(
    world: SimWorld,
) -> None:
    iccid = world.new("forgotten", state="Enabled")
    world.fault("ignore-write", iccid, "updateSim", count=1)

    world.patch("sim", "forgotten", {"label": "written"})

    world.becomes(iccid, label="written")
    world.until_reason("forgotten", "Reconciled")
    first, second = world.puts(iccid)
    assert lists_between(world, first, second) >= 3


def test_a_limit_on_writes_is_obeyed(world: SimWorld) -> None:
    iccid = world.new("limited", state="Enabled")
    world.fault("status", iccid, "updateSim", count=1, status=429, headers={"Retry-After": "2"})

    world.patch("sim", "limited", {"label": "written"})

    world.becomes(iccid, label="written")
    world.until_reason("limited", "Reconciled")
    refused, taken = world.puts(iccid)
    assert (refused["status"], taken["status"]) == (429, 200)
    between = world.simulator.journal(since=refused["seq"])
    assert taken["monotonic"] - refused["monotonic"] > 1.9
    assert min(one["monotonic"] for one in between) - refused["monotonic"] > 1.9


def test_a_revoked_token_is_renewed_within_the_write(world: SimWorld) -> None:
    iccid = world.new("revoked", state="Enabled")
    world.fault("token-revoked", iccid, "updateSim", count=1)

    world.patch("sim", "revoked", {"label": "written"})

    world.becomes(iccid, label="written")
    world.until_reason("revoked", "Reconciled")
    assert [one["status"] for one in world.puts(iccid)] == [401, 200]
    assert world.condition("default", kind="simaccount")["reason"] == "Reconciled"


@pytest.mark.parametrize("kind", ["torn-json", "wrong-content-type"])
def test_a_list_that_cannot_be_read_changes_the_account_and_no_sim(
    world: SimWorld, kind: str
) -> None:
    name = f"untouched-{kind}"
    world.new(name, state="Enabled")
    before = world.get("sim", name)

    world.simulator.fault(kind, match={"operation": "listSims"})

    failed = world.until_reason("default", "Unreachable", kind="simaccount")
    assert failed["status"] == "False"
    found = world.get("sim", name)
    assert found is not None
    if found != before:  # three intervals are over: it says so, and nothing else
        assert world.condition(name)["reason"] == "Stale"
    assert found["status"]["state"] == "Enabled"
    world.simulator.clear_faults()
    world.until_reason("default", "Reconciled", kind="simaccount")
    world.until_reason(name, "Reconciled")
