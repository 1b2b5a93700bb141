"""Months pass in seconds, devices run away, and the operator is killed whenever it suits nobody."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.policy_worlds import Device, Fleet, Fleets, policy_world
from tests.integration.world import Json

MEBI = 2**20
DAY = 86_400.0
MONTH_SECONDS = 16.0
"""Real seconds of a simulated month while time runs."""
SEED = 20261123
LATE_DAYS = 4
"""A disable that was decided about in a month may be sent in the first days of the next one."""


@pytest.fixture(scope="module")
def hurried(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleets]:
    folder = tmp_path_factory.mktemp("hurried")
    with policy_world(
        cluster, operator_kubeconfig, folder, sims=12, start_time="2026-11-26T12:00:00Z"
    ) as made:
        yield made


@dataclass
class Watch:
    """What statuses told while time ran: use must not fall within a period."""

    fleet: Fleet
    shown: dict[tuple[str, str], int] = field(default_factory=dict)
    fallen: list[str] = field(default_factory=list)

    def look(self) -> None:
        for sim in self.fleet.world.listed("sim"):
            name = sim["metadata"]["name"]
            usage: Json = (sim.get("status") or {}).get("usage") or {}
            if "data" not in usage:
                continue
            used, place = _mebi(usage["data"]), (name, usage["period"])
            if used < self.shown.get(place, 0):
                self.fallen.append(f"{name} {usage['period']}: {self.shown[place]} to {used}")
            self.shown[place] = used


def _mebi(quantity: str) -> int:
    factor = 1024 if quantity.endswith("Gi") else 1
    return int(quantity.rstrip("GMi") or 0) * factor


def _speed(fleet: Fleet, speed: float) -> None:
    fleet.world.simulator.control("POST", "time", json={"speed": speed})


def _used_this_month(fleet: Fleet, device: Device) -> float:
    """MB, as 1NCE's daily figures say."""
    now = fleet.now()
    query = {"start_dt": now.strftime("%Y-%m-01"), "end_dt": now.strftime("%Y-%m-%d")}
    with fleet.world.simulator.client() as client:
        rows = client.get(f"/v1/sims/{device.iccid}/usage", params=query).json()["stats"]
    return sum(float(row["data"]["volume"]) for row in rows if row["date"] != "TOTAL")


def _flaps(fleet: Fleet, device: Device) -> list[str]:
    """Enables after a disable of the same month that was not left over from the one before."""
    found, off_in = [], ""
    for entry in fleet.world.writes():
        write, at = entry["write"], datetime.fromisoformat(entry["at"])
        before, after = write["before"]["status"], write["after"]["status"]
        if write["iccid"] != device.iccid or before == after:
            continue
        month = at.strftime("%Y-%m")
        if after == "Disabled":
            off_in = month if at.day > LATE_DAYS else ""
        elif off_in == month:
            found.append(f"{device.name} enabled at {entry['at']}")
    return found


def _let_time_run(fleet: Fleet, watch: Watch, turns: int) -> int:
    """Kill the operator at random moments until so many months have begun; how often."""
    chance = random.Random(SEED)  # noqa: S311 - nothing is kept secret by it
    world, kills = fleet.world, 0
    month, turned = fleet.now().month, 0
    deadline = time.monotonic() + 10 * turns * MONTH_SECONDS
    _speed(fleet, 30 * DAY / MONTH_SECONDS)
    while turned < turns:
        assert time.monotonic() < deadline, "time does not pass"
        until = time.monotonic() + chance.uniform(0.5, 8.0)
        while time.monotonic() < until:
            watch.look()
            time.sleep(0.2)
        world.operator.kill()
        kills += 1
        watch.look()
        world.operator.start()
        if fleet.now().month != month:
            month, turned = fleet.now().month, turned + 1
    _speed(fleet, 0.0)
    return kills


def test_in_the_end_exactly_those_over_their_limit_are_off(hurried: Fleets) -> None:
    fleet = hurried.new()
    world = fleet.world
    runaways, quiet, theirs = fleet.sims(4), fleet.sims(3), fleet.sims(1, state="Disabled")
    for device in (*runaways, *theirs):
        world.simulator.patch_sim(device.iccid, profile="runaway", remaining_data_mb=100_000)
    for device in quiet:
        world.simulator.patch_sim(device.iccid, profile="steady")
    fleet.policy(data={"perSIM": "60Mi"})
    fleet.in_force()
    world.until(lambda: not fleet.is_on(theirs[0]), "its owner has it off")
    watch = Watch(fleet)

    assert _let_time_run(fleet, watch, turns=3) >= 3
    # Somewhere in a month, at rest: some are over their limit, and one has not got there yet.
    fleet.next_month()
    for device in runaways[:2]:
        fleet.use(device, 70)
    for device in runaways[2:]:
        world.simulator.patch_sim(device.iccid, profile="silent")

    def settled() -> bool:
        watch.look()
        return all(
            fleet.is_on(one) == (_used_this_month(fleet, one) <= 60) for one in runaways + quiet
        )

    world.until(settled, "each SIM is as its use of this month says", 60)
    month = fleet.now().strftime("%Y-%m")
    for device in runaways[:2]:
        assert fleet.until_off(device)["period"] == month
    for device in (*runaways[2:], *quiet):
        fleet.until_back(device)
    world.sweeps(3)
    assert settled()
    fleet.until_policy(matched=8, exceeded=2, disabled=2, held=0)

    assert watch.fallen == []
    assert [flap for one in runaways for flap in _flaps(fleet, one)] == []
    assert all("Disabled" in fleet.states(one) for one in runaways), "each was off in some month"
    assert [fleet.states(one) for one in quiet] == [[]] * 3
    assert fleet.states(theirs[0]) == ["Disabled"], "what its owner wants off stays off"
    assert "hold" not in fleet.told(theirs[0])
    fleet.end()
