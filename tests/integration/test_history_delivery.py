"""What the SIMs used reaches whoever keeps the history, and nothing else depends on it.

The operator is a process, the API server real, 1NCE simulated, and the keeper a real HTTP server.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from sim_operator.domain.volume import bytes_of
from tests.integration.world import World
from tests.keeper import Bad, Keeper
from tests.simulated import START_TIME, SimulatorProcess

TOKEN = "canary-9f8e7d6c5b4a"
TODAY = date.fromisoformat(START_TIME[:10])
OLDEST = TODAY - timedelta(days=180)
MIB = 1024 * 1024
SIMS = 6

Days = dict[str, tuple[int, int]]
MakeWorld = Callable[..., World]


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    with Keeper(TOKEN) as started:
        yield started


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(TOKEN, encoding="utf-8")
    return file


@pytest.fixture
def made(make_world: MakeWorld, keeper: Keeper, token_file: Path) -> World:
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


def test_half_a_year_reaches_the_history_exactly_and_a_day_that_grows_follows(
    made: World, keeper: Keeper
) -> None:
    made.operator.start()
    made.until(lambda: has_all(made, keeper), "half a year of each SIM is kept")
    calls = usage_calls(made)
    assert sorted(calls) == sorted(made.iccids[:SIMS]), "one call for each SIM, and none twice"
    assert_exact(made, keeper)
    kept = next(one for (_, iccid, _), one in keeper.kept.items() if iccid == made.iccids[0])
    assert (kept.namespace, kept.name) == (made.namespace, "sim-0")
    assert (kept.labels, kept.policy) == ({"fleet": "pumps"}, None)
    assert {account for account, _, _ in keeper.kept} == {f"{made.namespace}/default"}
    assert set(made.iccids[SIMS:]).isdisjoint({iccid for _, iccid, _ in keeper.kept})
    made.until(lambda: metric(made, "readings_delivered_total") == SIMS, "all are counted")
    assert metric(made, "up") == 1
    assert metric(made, "sims_incomplete") == metric(made, "readings_waiting") == 0
    assert metric(made, "last_delivery_timestamp_seconds") > 0

    # A policy reads often: what it learns of today reaches the history, too.
    made.simulator.patch_sim(made.iccids[0], use_data_mb=7)
    made.apply(
        made.manifest(
            "QuotaPolicy",
            "pumps",
            {"selector": {"matchLabels": {"fleet": "pumps"}}, "data": {"perSIM": "100Gi"}},
        )
    )
    place = f"{made.namespace}/default", made.iccids[0], TODAY.isoformat()
    made.until(lambda: keeper.kept[place].policy == "pumps", "a reading under the policy is kept")
    assert_exact(made, keeper)


@pytest.mark.parametrize(
    "bad",
    [
        Bad(500),
        Bad(503, headers={"Retry-After": "2"}),
        Bad(200, body=b"<html>welcome</html>"),
        Bad(204, seconds=3.0, kept=True),
        Bad(torn=True),
    ],
    ids=["500", "busy", "garbage", "slow", "torn"],
)
def test_sims_are_worked_whatever_the_history_does_and_it_gets_everything_afterwards(
    made: World, keeper: Keeper, bad: Bad
) -> None:
    keeper.bad = bad
    made.operator.start()
    made.until(lambda: keeper.requests >= 2, "it was asked more than once")
    made.patch("sim", "sim-0", {"label": "changed-meanwhile"})
    made.until(
        lambda: made.at_1nce(made.iccids[0])["label"] == "changed-meanwhile", "a SIM is worked"
    )
    made.until_acknowledged("sim-0", "Reconciled")
    assert made.operator.get("/healthz")[0] == 200
    keeper.bad = None
    made.until(lambda: has_all(made, keeper), "half a year of each SIM is kept")
    assert_exact(made, keeper)
    assert TOKEN not in made.operator.text()


def test_what_was_read_while_the_history_was_down_arrives_when_it_is_back(
    made: World, keeper: Keeper
) -> None:
    made.operator.start()
    made.until(lambda: has_all(made, keeper), "half a year of each SIM is kept")
    port = keeper.stop()
    made.simulator.advance(24 * 3600)
    for iccid in made.iccids[:SIMS]:
        made.simulator.patch_sim(iccid, use_data_mb=3)
    made.apply(
        made.manifest(
            "QuotaPolicy", "all", {"selector": {}, "mode": "Audit", "data": {"perSIM": "100Gi"}}
        )
    )
    made.until(lambda: metric(made, "readings_waiting") == SIMS, "readings wait")
    made.until(lambda: metric(made, "up") == 0, "it shows that the history is down")
    keeper.start(port)
    tomorrow = (TODAY + timedelta(days=1)).isoformat()
    made.until(
        lambda: all(tomorrow in keeper.days(iccid) for iccid in made.iccids[:SIMS]),
        "what waited is kept",
    )
    made.until(lambda: metric(made, "up") == 1, "it shows that the history is back")
    assert all((keeper.days(iccid)[tomorrow][0] or 0) >= 3 * MIB for iccid in made.iccids[:SIMS])
    assert metric(made, "readings_dropped_total") == 0


def test_a_restarted_operator_reads_only_what_is_missing(made: World, keeper: Keeper) -> None:
    made.operator.start()
    made.until(lambda: has_all(made, keeper), "half a year of each SIM is kept")
    made.operator.kill()
    lost = made.iccids[2]
    for place in [one for one in keeper.kept if one[1] == lost and one[2] < "2026-09-01"]:
        del keeper.kept[place]
    asked, before = len(keeper.asked), made.simulator.last_entry()
    made.operator.start()
    made.until(lambda: has_all(made, keeper), "the gap is closed")
    made.sweeps(3)
    assert usage_calls(made, before) == [lost]
    assert len(keeper.asked) == asked + 1
    assert_exact(made, keeper)


def test_what_waits_at_the_end_is_delivered(made: World, keeper: Keeper) -> None:
    made.operator.start()
    made.until(lambda: len(usage_calls(made)) == SIMS, "all were read")
    assert made.operator.stop() == 0
    assert has_all(made, keeper)


def test_an_end_with_a_history_that_is_down_is_no_slower_and_no_failure(
    made: World, keeper: Keeper
) -> None:
    made.operator.start()
    made.until(lambda: has_all(made, keeper), "half a year of each SIM is kept")
    keeper.bad = Bad(204, seconds=30.0)
    made.apply(made.manifest("QuotaPolicy", "all", {"selector": {}, "data": {"perSIM": "1Gi"}}))
    made.until(lambda: metric(made, "readings_waiting") > 0, "something waits")
    assert made.operator.stop() == 0


def test_the_rate_limit_holds_while_half_a_year_of_many_sims_is_read(
    make_world: MakeWorld, keeper: Keeper, token_file: Path
) -> None:
    rate, many = 4, 30
    world = make_world(
        many,
        start=False,
        # No device moves, so nothing but the history gives a reason to read.
        speed=0,
        rate_limit=rate,
        oddities=False,
        operator={
            "history_url": keeper.url,
            "history_token_file": str(token_file),
            "leader_election": "false",
        },
    )
    world.account(managementAPIVersion="v1", rateLimit={"requestsPerSecond": rate})
    for number in range(many):
        world.sim(f"sim-{number}", number)
    world.operator.start()
    world.until(
        lambda: len({iccid for _, iccid, _ in keeper.kept}) == many, "all are kept", seconds=90
    )
    calls = [one for one in world.simulator.journal() if one["operation"] != "oauth"]
    assert [one["status"] for one in calls if one["status"] == 429] == []
    starts = sorted(one["monotonic"] for one in calls)
    assert all(late - early > 0.9 for early, late in zip(starts, starts[rate:], strict=False))
    sweeps = [one for one in calls if one["operation"] == "listSims"]
    assert len(sweeps) > 5, "sweeps went on meanwhile"
    twice = {iccid for iccid, times in Counter(usage_calls(world)).items() if times > 1}
    assert [one for one in calls if twice.intersection(one["path"].split("/"))] == []
    assert len(usage_calls(world)) == many


def test_an_account_without_daily_figures_is_a_gap_and_costs_next_to_nothing(
    made: World, keeper: Keeper
) -> None:
    made.account(managementAPIVersion="v2")
    made.operator.start()
    made.until(lambda: metric(made, "sims_incomplete") == SIMS, "it is known what is missing")
    made.until(lambda: usage_calls(made), "it was tried")
    made.sweeps(3)
    assert len(usage_calls(made)) <= 4
    assert keeper.kept == {}


def months(world: World) -> dict[str, tuple[str, int]]:
    """What each claimed SIM used in the month of START_TIME, as 1NCE tells it."""
    found = {}
    for number, iccid in enumerate(world.iccids[:SIMS]):
        days = truth(world.simulator, iccid)
        used = [use for day, use in days.items() if day.startswith(START_TIME[:7])]
        volume, messages = (sum(figures) for figures in zip(*used, strict=True))
        found[f"sim-{number}"] = (f"{volume // MIB}Mi", messages)
    return found


def shown(world: World) -> dict[str, tuple[str, int]]:
    """What the statuses show of the month."""
    found = {}
    for one in world.listed("sim"):
        usage = one.get("status", {}).get("usage")
        if usage is not None:
            assert usage.keys() == {"period", "since", "data", "sms", "asOf"}
            assert (usage["period"], usage["since"]) == ("2026-11", "2026-11-01T00:00:00Z")
            found[one["metadata"]["name"]] = (usage["data"], usage["sms"])
    return found


def read_again(world: World, keeper: Keeper) -> None:
    """The operator starts again and reads each SIM, of which the history has lost a day."""
    world.operator.kill()
    calls = len(usage_calls(world))
    for place in [one for one in keeper.kept if one[2] == OLDEST.isoformat()]:
        del keeper.kept[place]
    world.operator.start()
    world.until(lambda: has_all(world, keeper), "the gaps are closed")
    assert len(usage_calls(world)) == calls + SIMS
    world.sweeps(3)


def test_a_sim_without_a_policy_shows_its_month_and_is_not_written_while_it_uses_nothing(
    made: World, keeper: Keeper
) -> None:
    made.operator.start()
    made.until(lambda: len(shown(made)) == SIMS, "the month of each SIM is shown")
    assert shown(made) == months(made)
    assert any(volume != "0Mi" for volume, _ in months(made).values())

    def versions() -> dict[str, str]:
        return {
            one["metadata"]["name"]: one["metadata"]["resourceVersion"]
            for one in made.listed("sim")
        }

    before = versions()
    for _ in range(3):
        read_again(made, keeper)
        assert versions() == before

    made.simulator.patch_sim(made.iccids[0], use_data_mb=7, use_sms=2)
    read_again(made, keeper)
    made.until(lambda: shown(made) == months(made), "what was used is shown")
    after = versions()
    assert {name for name in after if after[name] != before[name]} == {"sim-0"}
    volume, _ = months(made)["sim-0"]
    made.until(
        lambda: made.operator.metric("sim_data_usage_bytes", name="sim-0") == bytes_of(volume),
        "the metric follows",
    )


def test_only_the_leader_delivers(
    make_world: MakeWorld, keeper: Keeper, token_file: Path, tmp_path: Path
) -> None:
    world = make_world(
        start=False,
        oddities=False,
        operator={"history_url": keeper.url, "history_token_file": str(token_file)},
    )
    standby = world.operator.replica(tmp_path / "standby.log")
    world.account(managementAPIVersion="v1", rateLimit={"requestsPerSecond": 10})
    world.sim("sim-0", 0)
    world.operator.start()
    world.until(lambda: keeper.days(world.iccids[0]), "the leader delivers")
    before = keeper.requests
    with standby:
        world.sim("sim-1", 1)
        world.until(lambda: keeper.days(world.iccids[1]), "the leader goes on")
        assert standby.get("/readyz")[1].count("standing by") == 1
        assert standby.metric("sim_operator_history_readings_delivered_total") == 0
        assert "sim_operator_history_up" not in standby.get("/metrics")[1]
        # One question and one delivery, and none of them twice.
        assert keeper.requests - before == 2
        world.operator.stop()
        world.sim("sim-2", 2)
        world.until(lambda: keeper.days(world.iccids[2]), "the other one takes over")
        assert standby.metric("sim_operator_history_readings_delivered_total") == 1


def test_without_a_history_not_one_call_is_made_for_it(make_world: MakeWorld) -> None:
    world = make_world(3)
    world.account(managementAPIVersion="v1")
    for number in range(3):
        world.sim(f"sim-{number}", number)
        world.until_reason(f"sim-{number}", "Reconciled")
    world.sweeps(5)
    called: dict[str, Any] = {one["operation"]: one for one in world.simulator.journal()}
    assert "getUsage" not in called
    assert "sim_operator_history_up" not in world.operator.get("/metrics")[1]
