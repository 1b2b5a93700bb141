"""Operator and console, both as processes: what 1NCE tells is what the history answers."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.cluster import Cluster
from tests.integration.conftest import MakeWorld
from tests.integration.console.console_process import ConsoleProcess
from tests.integration.console.people import READS, person
from tests.integration.test_history_delivery import OLDEST, TODAY, truth
from tests.integration.world import World
from tests.simulated import START_TIME

SIMS = 6


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """Six claimed SIMs of a 1NCE at which time stands still; the operator is not started."""
    made = make_world(start=False, speed=0, start_time=START_TIME, oddities=False, rate_limit=0)
    made.operator.set("clock_url", made.simulator.url)
    made.operator.set("leader_election", "false")
    made.account(managementAPIVersion="v1", rateLimit={"requestsPerSecond": 10})
    for number in range(SIMS):
        made.sim(f"sim-{number}", number, labels={"fleet": "pumps"})
    return made


def test_half_a_year_is_in_the_history_and_stays_there_over_restarts_of_both(
    world: World, cluster: Cluster, kubeconfig: Path, tmp_path: Path
) -> None:
    recorder = person(cluster, world.namespace, name="recorder")
    reader = person(cluster, world.namespace, *READS)
    token_file = tmp_path / "token"
    token_file.write_text(recorder.token("--audience=sim-operator-history"), encoding="utf-8")
    console = ConsoleProcess(
        kubeconfig,
        tmp_path / "console.log",
        {
            "database_url": f"sqlite:///{tmp_path}/history.db",
            "recorder": recorder.user,
            "clock_url": world.simulator.url,
            "watch_namespaces": world.namespace,
        },
    )
    world.operator.set("history_token_file", str(token_file))
    world.operator.set("history_url", console.url)
    world.operator.start()
    world.until(lambda: world.operator.metric("sim_operator_leader"), "it leads")
    time.sleep(3)
    with console:
        world.until(
            lambda: world.operator.metric("sim_operator_history_readings_delivered_total") >= SIMS,
            "half a year is delivered",
        )
        world.until(
            lambda: world.operator.metric("sim_operator_history_sims_incomplete") == 0,
            "nothing is missing",
        )
        asks = {"Authorization": f"Bearer {reader.token()}"}
        for number, iccid in enumerate(world.iccids[:SIMS]):
            path = f"{console.url}/api/v1/sims/{world.namespace}/sim-{number}/usage"
            query = {"from": OLDEST.isoformat(), "to": TODAY.isoformat()}
            told = httpx.get(path, params=query, headers=asks, trust_env=False, timeout=30)
            assert told.status_code == 200, told.text
            kept = {one["day"]: (one["data"], one["sms"]) for one in told.json()["days"]}
            wanted = truth(world.simulator, iccid)
            assert kept.keys() == wanted.keys()
            for day, (data, sms) in wanted.items():
                assert abs(kept[day][0] - data) <= 1, day
                assert kept[day][1] == sms, day
        last = world.simulator.last_entry()
        assert world.operator.stop() == 0
        world.operator.start()
        world.sweeps(3)
        world.until(lambda: world.operator.metric("sim_operator_history_up") == 1, "it was asked")
        usage = [one for one in world.simulator.journal(last) if one["operation"] == "getUsage"]
        assert usage == [], "nothing is read again"
    with closing(sqlite3.connect(tmp_path / "history.db")) as database:
        assert database.execute("select count(*) from usage_days").fetchone() == (SIMS * 181,)
