"""SIMs whose time is over, SIMs that leave the account, and lists that only seem to say so."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimWorld]:
    folder = tmp_path_factory.mktemp("presence")
    account = {"protection": {"maxMissing": "60%"}}
    with opened(cluster, operator_kubeconfig, folder, account=account) as made:
        yield made


@pytest.fixture(scope="module")
def detailed(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimWorld]:
    folder = tmp_path_factory.mktemp("detailed")
    account = {"sync": {"interval": "1s", "detailInterval": "1s"}}
    with opened(cluster, operator_kubeconfig, folder, sims=3, account=account) as made:
        yield made


def lists(world: SimWorld, since: int) -> list[int]:
    """The numbers of the list calls after a moment."""
    calls = world.simulator.journal(since=since)
    return [int(one["seq"]) for one in calls if one["operation"] == "listSims"]


def test_an_expired_sim_is_tried_once_and_again_when_asked(world: SimWorld) -> None:
    iccid = world.new("expired", state="Enabled")
    world.simulator.patch_sim(iccid, expired=True)
    world.patch("sim", "expired", {"label": "too late"})

    expired = world.until_reason("expired", "Expired")

    assert expired["status"] == "False"
    assert world.condition("expired", "Stalled")["reason"] == "Expired"
    assert world.condition("expired", "Synced")["reason"] == "WriteFailed"
    world.sweeps(1)
    assert len(world.puts(iccid)) == 1
    world.request("expired", "once-more")
    assert len(world.puts(iccid)) == 2
    assert world.until_reason("expired", "Expired")["status"] == "False"
    world.simulator.patch_sim(iccid, expired=False)
    world.request("expired", "extended")
    world.becomes(iccid, label="too late")
    world.until_reason("expired", "Reconciled")
    assert len(world.puts(iccid)) == 3


def test_a_restart_does_not_try_an_expired_sim_again(detailed: SimWorld) -> None:
    iccid = detailed.new("over", state="Enabled")
    detailed.simulator.patch_sim(iccid, expired=True)
    detailed.patch("sim", "over", {"label": "too late"})
    detailed.until_reason("over", "Expired")
    # The first look at its quota says when it ended, which is no extension.
    detailed.until(
        lambda: detailed.status("over").get("quota", {}).get("data", {}).get("expiresAt"),
        "its quota is shown",
    )

    detailed.operator.stop()
    detailed.operator.start()
    detailed.sweeps(2)

    assert detailed.condition("over")["reason"] == "Expired"
    assert len(detailed.puts(iccid)) == 1


def test_an_extension_that_the_quota_shows_heals_by_itself(detailed: SimWorld) -> None:
    iccid = detailed.new("extended", state="Enabled")
    detailed.until(lambda: detailed.calls(iccid, "getDataQuota"), "its quota is read")
    detailed.simulator.patch_sim(iccid, expired=True)
    detailed.patch("sim", "extended", {"label": "in time"})
    detailed.until_reason("extended", "Expired")

    detailed.simulator.patch_sim(iccid, expired=False)

    detailed.becomes(iccid, label="in time")
    detailed.until_reason("extended", "Reconciled")


def test_a_sim_that_left_the_account_is_not_found_until_it_is_back(world: SimWorld) -> None:
    answers = {"left-404": 404, "left-403": 403}
    iccids = {name: world.new(name, state="Enabled") for name in answers}
    since = world.simulator.last_entry()
    for name, answer in answers.items():
        world.simulator.transfer_away(iccids[name], answer)

    for name, answer in answers.items():
        world.until_reason(name, "NotFound")
        [read] = world.calls(iccids[name], since=since)
        assert (read["operation"], read["status"]) == ("getSim", answer)
        assert len([one for one in lists(world, since) if one < read["seq"]]) >= 2
        assert {"iccid", "state", "quota", "session"}.isdisjoint(world.status(name))
        assert world.condition(name, "Stalled")["status"] == "True"
        world.until_told(name, 1, "NotFound")
    world.sweeps(2)
    assert [len(world.calls(iccid, since=since)) for iccid in iccids.values()] == [1, 1]
    for name, iccid in iccids.items():
        world.simulator.bring_back(iccid)
        world.until_reason(name, "Reconciled")
        assert world.status(name)["iccid"] == iccid
        assert world.puts(iccid) == []


def test_one_list_without_a_sim_changes_nothing(world: SimWorld) -> None:
    taken = world.taken
    world.taken = len(world.iccids) - 2  # a list that breaks off lacks the last ones
    iccid = world.new("flickering", state="Enabled")
    world.taken = taken
    before = world.get("sim", "flickering")
    since = world.simulator.last_entry()

    world.simulator.fault("truncated-page", match={"operation": "listSims"}, count=1)

    world.until(lambda: world.simulator.faults()[0]["hits"] == 1, "a list breaks off")
    world.sweeps(2)
    world.simulator.clear_faults()
    assert world.get("sim", "flickering") == before
    assert world.calls(iccid, since=since) == []
    assert world.condition("default", kind="simaccount")["reason"] == "Reconciled"


def test_a_read_that_finds_nothing_proves_nothing_while_the_lists_show_the_sim(
    world: SimWorld,
) -> None:
    iccid = world.new("doubted", state="Enabled")
    before = world.condition("doubted")

    world.fault("status", iccid, "getSim", status=404)
    world.annotate("sim", "doubted", "reconcile-requested-at", "now")
    world.until(lambda: world.calls(iccid, "getSim"), "it is read")
    world.sweeps(1)

    assert world.condition("doubted") == before
    world.simulator.clear_faults()
    world.request("doubted", "again")
    assert world.condition("doubted")["reason"] == "Reconciled"
