"""Worlds whose operator delivers to a keeper of the history, and what has to have arrived there.

The operator is a process, the API server real, 1NCE simulated, and the keeper a real HTTP server.
"""

from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from tests.integration.world import World
from tests.keeper import Keeper
from tests.simulated import START_TIME, SimulatorProcess

TODAY = date.fromisoformat(START_TIME[:10])
OLDEST = TODAY - timedelta(days=180)
MIB = 1024 * 1024
SIMS = 6

Days = dict[str, tuple[int, int]]
MakeWorld = Callable[..., World]


def recorded_world(make_world: MakeWorld, keeper: Keeper, token_file: Path) -> World:
    """Ten SIMs of an account with daily figures, six of them claimed; the operator is not started.

    Time stands still at the simulator and for the operator.
    """
    world = make_world(
        start=False,
        speed=0,
        start_time=START_TIME,
        oddities=False,
        rate_limit=0,
        operator={
            "history_url": keeper.url,
            "history_token_file": str(token_file),
            "leader_election": "false",
        },
    )
    world.operator.set("clock_url", world.simulator.url)
    world.account(managementAPIVersion="v1", rateLimit={"requestsPerSecond": 10})
    for number in range(SIMS):
        world.sim(f"sim-{number}", number, labels={"fleet": "pumps"})
    return world


def truth(simulator: SimulatorProcess, iccid: str) -> Days:
    """What 1NCE tells of half a year, read by a client of its own."""
    query = {"start_dt": OLDEST.isoformat(), "end_dt": TODAY.isoformat()}
    with closing(simulator.client()) as client:
        rows = client.get(f"v1/sims/{iccid}/usage", params=query).json()["stats"]
    days = {
        row["date"][:10]: (
            round(float(row["data"]["volume"]) * MIB),
            int(float(row["sms"]["volume"])),
        )
        for row in rows
        if row["date"] != "TOTAL"
    }
    wanted = ((OLDEST + timedelta(days=n)).isoformat() for n in range(181))
    return {day: days.get(day, (0, 0)) for day in wanted}


def has_all(world: World, keeper: Keeper) -> bool:
    return all(len(keeper.days(iccid)) == 181 for iccid in world.iccids[:SIMS])


def assert_exact(world: World, keeper: Keeper) -> None:
    """Day by day; a volume may be off by the byte that 1NCE's decimals round away."""
    for iccid in world.iccids[:SIMS]:
        wanted, kept = truth(world.simulator, iccid), keeper.days(iccid)
        assert kept.keys() == wanted.keys()
        assert {day: use[1] for day, use in kept.items()} == {
            day: use[1] for day, use in wanted.items()
        }
        off = {day: (use[0], wanted[day][0]) for day, use in kept.items() if use[0] is not None}
        assert all(abs(told - true) <= 1 for told, true in off.values()), off
        assert len(off) == 181
    assert keeper.faults == []


def usage_calls(world: World, since: int = 0) -> list[str]:
    """The SIMs whose daily figures were asked for."""
    return [
        one["path"].split("/")[-2]
        for one in world.simulator.journal(since)
        if one["operation"] == "getUsage" and one["client_id"] is not None
    ]


def metric(world: World, name: str, **labels: str) -> float:
    return world.operator.metric(f"sim_operator_history_{name}", **labels)
