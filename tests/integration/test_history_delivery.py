"""What the SIMs used reaches whoever keeps the history, exactly and within the rate limit."""

from collections import Counter
from pathlib import Path
from typing import Any

from tests.integration.history_worlds import (
    SIMS,
    TODAY,
    MakeWorld,
    assert_exact,
    has_all,
    metric,
    usage_calls,
)
from tests.integration.world import World
from tests.keeper import Keeper


def test_half_a_year_reaches_the_history_exactly_and_a_day_that_grows_follows(
    recorded: World, keeper: Keeper
) -> None:
    recorded.operator.start()
    recorded.until(lambda: has_all(recorded, keeper), "half a year of each SIM is kept")
    calls = usage_calls(recorded)
    assert sorted(calls) == sorted(recorded.iccids[:SIMS]), "one call for each SIM, and none twice"
    assert_exact(recorded, keeper)
    kept = next(one for (_, iccid, _), one in keeper.kept.items() if iccid == recorded.iccids[0])
    assert (kept.namespace, kept.name) == (recorded.namespace, "sim-0")
    assert (kept.labels, kept.policy) == ({"fleet": "pumps"}, None)
    assert {account for account, _, _ in keeper.kept} == {f"{recorded.namespace}/default"}
    assert set(recorded.iccids[SIMS:]).isdisjoint({iccid for _, iccid, _ in keeper.kept})
    recorded.until(lambda: metric(recorded, "readings_delivered_total") == SIMS, "all are counted")
    assert metric(recorded, "up") == 1
    assert metric(recorded, "sims_incomplete") == metric(recorded, "readings_waiting") == 0
    assert metric(recorded, "last_delivery_timestamp_seconds") > 0

    # A policy reads often: what it learns of today reaches the history, too.
    recorded.simulator.patch_sim(recorded.iccids[0], use_data_mb=7)
    recorded.apply(
        recorded.manifest(
            "QuotaPolicy",
            "pumps",
            {"selector": {"matchLabels": {"fleet": "pumps"}}, "data": {"perSIM": "100Gi"}},
        )
    )
    place = f"{recorded.namespace}/default", recorded.iccids[0], TODAY.isoformat()
    recorded.until(
        lambda: keeper.kept[place].policy == "pumps", "a reading under the policy is kept"
    )
    assert_exact(recorded, keeper)


def test_a_restarted_operator_reads_only_what_is_missing(recorded: World, keeper: Keeper) -> None:
    recorded.operator.start()
    recorded.until(lambda: has_all(recorded, keeper), "half a year of each SIM is kept")
    recorded.operator.kill()
    lost = recorded.iccids[2]
    for place in [one for one in keeper.kept if one[1] == lost and one[2] < "2026-09-01"]:
        del keeper.kept[place]
    asked, before = len(keeper.asked), recorded.simulator.last_entry()
    recorded.operator.start()
    recorded.until(lambda: has_all(recorded, keeper), "the gap is closed")
    recorded.sweeps(3)
    assert usage_calls(recorded, before) == [lost]
    assert len(keeper.asked) == asked + 1
    assert_exact(recorded, keeper)


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
