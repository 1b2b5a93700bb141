"""Many SIMs: changes do not wait for a sweep, and when all is quiet nothing is written."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened

SIMS = 30
SEED = 20261123


@pytest.fixture
def world(cluster: Cluster, operator_kubeconfig: Path, tmp_path: Path) -> Iterator[SimWorld]:
    with opened(cluster, operator_kubeconfig, tmp_path, sims=SIMS, oddities=True) as made:
        yield made


@pytest.fixture
def large(cluster: Cluster, operator_kubeconfig: Path, tmp_path: Path) -> Iterator[SimWorld]:
    with opened(cluster, operator_kubeconfig, tmp_path, sims=2_000) as made:
        yield made


def test_a_change_does_not_wait_for_the_end_of_a_sweep(large: SimWorld) -> None:
    iccid = large.new("urgent", state="Enabled")
    since = large.simulator.last_entry()
    large.until(
        lambda: any(one["query"].startswith("page=1&") for one in lists(large, since)),
        "a sweep begins",
    )

    large.patch("sim", "urgent", {"state": "Disabled"})

    large.becomes(iccid, status="Disabled")
    [put] = large.puts(iccid)
    large.until(lambda: lists(large, put["seq"]), "lists go on")
    before = [one["query"] for one in lists(large, 0) if one["seq"] < put["seq"]]
    after = lists(large, put["seq"])
    # Twenty pages make a sweep: the last one asked before the write was not the last of its sweep.
    assert len(before) % 20 != 0
    assert not after[0]["query"].startswith("page=1&")


def lists(world: SimWorld, since: int) -> list[dict[str, Any]]:
    """The list calls after an entry of the journal."""
    return [one for one in world.simulator.journal(since=since) if one["operation"] == "listSims"]


def wish(chance: random.Random) -> dict[str, str]:
    """A spec; each field may be absent."""
    fields = {
        "state": chance.choice([None, "Enabled", "Disabled"]),
        "label": chance.choice([None, "a", "b é", "c  c"]),
        "imeiLock": chance.choice([None, "Locked", "Unlocked"]),
    }
    return {name: value for name, value in fields.items() if value is not None}


def portal(chance: random.Random) -> dict[str, Any]:
    """What somebody changes in the portal."""
    return {
        "status": chance.choice(["Enabled", "Disabled"]),
        "label": chance.choice(["a", "x", ""]),
        "imei_lock": chance.choice([True, False]),
    }


def expected(truth: dict[str, Any], spec: dict[str, str]) -> dict[str, Any]:
    """How the SIM has to be, from what it was and what its resource says."""
    lock = {"Locked": True, "Unlocked": False}.get(spec.get("imeiLock", ""), truth["imei_lock"])
    return {
        "status": spec.get("state", truth["status"]),
        "label": spec.get("label", truth["label"]),
        "imei_lock": lock,
    }


def now_at_1nce(world: SimWorld, iccid: str) -> dict[str, Any]:
    truth = world.at_1nce(iccid)
    return {name: truth[name] for name in ("status", "label", "imei_lock")}


def all_settled(world: SimWorld) -> bool:
    return all(
        one.get("status", {}).get("observedGeneration") == one["metadata"]["generation"]
        and all(
            state["reason"] in {"Reconciled", "InSync"} for state in one["status"]["conditions"]
        )
        for one in world.all_sims().values()
    )


def test_when_all_is_quiet_1nce_is_as_the_specs_say_and_nothing_is_written(
    world: SimWorld,
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - so that a run can be repeated
    specs = {iccid: wish(chance) for iccid in world.iccids}
    names = {f"sim-{number}": iccid for number, iccid in enumerate(world.iccids)}
    before = {iccid: now_at_1nce(world, iccid) for iccid in world.iccids}

    world.apply(
        *(
            world.manifest("SIM", name, {"iccid": iccid, **specs[iccid]})
            for name, iccid in names.items()
        )
    )

    settles(world, before, specs)
    for iccid in chance.sample(world.iccids, 15):
        change = portal(chance)
        world.simulator.patch_sim(iccid, **change)
        before[iccid] = change
    world.sweeps(1)
    settles(world, before, specs)
    resources, written = world.all_sims(), len(world.writes())
    world.operator.stop()
    world.operator.start()
    world.sweeps(2)
    assert len(world.writes()) == written
    assert world.all_sims() == resources


def settles(
    world: SimWorld, before: dict[str, dict[str, Any]], specs: dict[str, dict[str, str]]
) -> None:
    """Wait until every SIM is as it has to be, and its resource says so."""
    wanted = {iccid: expected(before[iccid], specs[iccid]) for iccid in world.iccids}
    world.until(
        lambda: {iccid: now_at_1nce(world, iccid) for iccid in world.iccids} == wanted,
        "1NCE is as the specs say",
    )
    world.until(lambda: all_settled(world), "the resources say so")
