"""Records of the Data Streamer on their whole way: each is kept once, and shown by the hour.

1NCE streams, the operator takes it in and delivers, the console keeps. What was streamed is seen by
a server in between, so that hours are compared with what was really sent.
"""

import json
import re
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.console.console_process import ConsoleProcess
from tests.integration.console.people import READS, person
from tests.integration.front import Arrived, Front, Told
from tests.integration.history_worlds import TODAY, truth
from tests.integration.policy_worlds import stream_secret
from tests.integration.world import World

pytestmark = pytest.mark.cluster

CLAIMED = 3
MIB = 1024 * 1024

Hours = dict[tuple[str, str], tuple[int, int]]
"""Of a SIM and an hour (its first 13 letters): bytes and messages."""


class Seen(Front):
    """Passes batches on, and remembers those that the operator has taken."""

    def __init__(self, upstream: str) -> None:
        super().__init__(upstream)
        self.records: dict[int, dict[str, Any]] = {}
        self.repeated = 0

    def answer(self, asked: Arrived, body: bytes, headers: dict[str, str]) -> Told:
        told = super().answer(asked, body, headers)
        if told.status == 200:
            for one in json.loads(body):
                self.repeated += one["id"] in self.records
                self.records[one["id"]] = one
        return told

    def of(self, iccids: list[str]) -> list[dict[str, Any]]:
        """The records of some SIMs."""
        return [one for one in self.records.values() if one["sim"]["iccid"] in iccids]

    def hours(self, iccids: list[str]) -> Hours:
        """Their sums."""
        found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        for one in self.of(iccids):
            total = found[one["sim"]["iccid"], one["start_timestamp"][:13]]
            if one["traffic_type"]["description"] == "Data":
                total[0] += round(one["volume"]["total"] * MIB)
            else:
                total[1] += int(one["volume"]["total"])
        return {place: (data, sms) for place, (data, sms) in found.items()}


class Stream:
    """The Data Streamer of the account, by way of `front`."""

    def __init__(self, world: World, front: Front, username: str, password: str) -> None:
        self.world = world
        order = {
            "url": f"{front.url}/hooks/1nce/{world.namespace}/default",
            "username": username,
            "password": password,
            "max_failures": 10_000,
            "longest_pause_seconds": 0.5,
        }
        self.number = int(world.simulator.control("POST", "streams", json=order)["id"])

    def use(self, iccid: str, megabytes: float, sms: int = 0) -> None:
        """A device uses data, and sends messages, twenty minutes after what was before."""
        self.world.simulator.advance(20 * 60)
        self.world.simulator.patch_sim(iccid, use_data_mb=megabytes, use_sms=sms)

    def tell(self) -> None:
        """Stream what was used, and wait until the operator has acknowledged it."""
        path = f"streams/{self.number}"
        self.world.simulator.control("POST", f"{path}/flush", json={"wait_seconds": 30})
        self.delivered()

    def repeat(self) -> None:
        """Stream the last batches again, as 1NCE does where an answer was lost."""
        path = f"streams/{self.number}/repeat"
        self.world.simulator.control("POST", path, json={"batches": 5})
        self.delivered()

    def delivered(self) -> None:
        path = f"streams/{self.number}"
        self.world.until(
            lambda: not self.world.simulator.control("GET", path)["waiting"], "all is delivered"
        )


def rows(file: Path) -> list[int]:
    """1NCE's numbers of the records in the database."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return sorted(number for (number,) in connection.execute("SELECT id FROM usage_parts"))


def got(client: httpx.Client, path: str, **query: str) -> httpx.Response:
    """An answer, also where the console wants to be asked later."""
    for _ in range(150):
        answer = client.get(path, params=query)
        if answer.is_success:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"{path}: {answer.status_code} {answer.text}")


def metric(world: World, name: str, **labels: str) -> float:
    return world.operator.metric(f"sim_operator_history_readings_{name}", **labels)


def test_records_are_kept_once_also_sent_twice_and_while_the_console_was_down(
    whole: tuple[World, ConsoleProcess], tmp_path: Path
) -> None:
    world, process = whole
    mine, other = world.iccids[:CLAIMED], world.iccids[CLAIMED]
    for iccid in (*mine, other):
        world.simulator.patch_sim(iccid, profile="silent")
    username, password = stream_secret(world)
    world.account(
        managementAPIVersion="v1",
        rateLimit={"requestsPerSecond": 10},
        dataStreamer={"credentialsSecretRef": {"name": "streamer"}},
    )
    for number in range(CLAIMED):
        world.sim(f"sim-{number}", number, state="Enabled")
    ann = person(world.cluster, world.namespace, *READS)
    headers = {"Authorization": f"Bearer {ann.token()}"}
    client = httpx.Client(base_url=process.url, headers=headers, trust_env=False, timeout=30)
    hooks = f"http://127.0.0.1:{world.operator.hooks_port}"
    with client, Seen(hooks) as front:

        def shown() -> Hours:
            found: Hours = {}
            for number, iccid in enumerate(mine):
                path = f"/api/v1/sims/{world.namespace}/sim-{number}/usage"
                for one in got(client, path, hours="true").json()["hours"]:
                    found[iccid, one["start"][:13]] = one["data"], one["sms"]
            return found

        world.operator.start()
        for number in range(CLAIMED):
            world.until_reason(f"sim-{number}", "Reconciled")
        world.until(lambda: metric(world, "delivered_total") >= CLAIMED, "half a year is kept")
        stream = Stream(world, front, username, password)

        for turn in range(4):
            for place, iccid in enumerate((*mine, other)):
                stream.use(iccid, 3.25 + turn + place, sms=place % 2)
            stream.tell()
        assert len(front.of([other])) > 0
        world.until(lambda: shown() == front.hours(mine), "hours are the sums of what was sent")
        assert len(shown()) >= 8

        stream.repeat()
        assert front.repeated > 0
        dropped = metric(world, "dropped_total")

        process.stop()
        for iccid in (*mine, other):
            stream.use(iccid, 2.5, sms=1)
        stream.tell()
        stream.repeat()
        world.until(lambda: metric(world, "waiting") >= len(mine), "records wait")
        with process:
            world.until(lambda: shown() == front.hours(mine), "what waited is kept")
            world.until(lambda: metric(world, "waiting") == 0, "nothing waits any more")
            assert metric(world, "dropped_total") == dropped == 0
            assert_days_are_not_made_of_records(world, client)
            page = got(client, f"/sims/{world.namespace}/sim-0").text
        bars = re.findall(r'data-hour="([^"]{13})[^"]*" data-value="(\d+)"', page)
        assert {hour: int(data) for hour, data in bars} == {
            hour: data for (iccid, hour), (data, _) in front.hours(mine).items() if iccid == mine[0]
        }
        assert rows(tmp_path / "history.db") == sorted(one["id"] for one in front.of(mine))


def assert_days_are_not_made_of_records(world: World, client: httpx.Client) -> None:
    """A day that counted a record beside 1NCE's own figure would be larger than that."""
    for number in range(CLAIMED):
        path = f"/api/v1/sims/{world.namespace}/sim-{number}/usage"
        days = {one["day"]: one for one in got(client, path).json()["days"]}
        data, sms = truth(world.simulator, world.iccids[number])[TODAY.isoformat()]
        told = days[TODAY.isoformat()]
        assert told["data"] <= data + 1
        assert told["sms"] <= sms


def test_what_waits_at_the_end_of_the_operator_is_delivered(
    whole: tuple[World, ConsoleProcess], tmp_path: Path
) -> None:
    world, _ = whole
    world.simulator.patch_sim(world.iccids[0], profile="silent")
    username, password = stream_secret(world)
    world.account(
        managementAPIVersion="v1", dataStreamer={"credentialsSecretRef": {"name": "streamer"}}
    )
    world.sim("sim-0", 0, state="Enabled")
    with Seen(f"http://127.0.0.1:{world.operator.hooks_port}") as front:
        world.operator.start()
        world.until_reason("sim-0", "Reconciled")
        stream = Stream(world, front, username, password)
        stream.use(world.iccids[0], 5)
        stream.tell()
        assert world.operator.stop() == 0
        assert rows(tmp_path / "history.db") == sorted(
            one["id"] for one in front.of(world.iccids[:1])
        )
        assert front.of(world.iccids[:1])


def test_without_a_history_what_is_streamed_is_taken_as_ever(
    make_world: Callable[..., World],
) -> None:
    world = make_world(2, speed=0)
    username, password = stream_secret(world)
    world.account(dataStreamer={"credentialsSecretRef": {"name": "streamer"}})
    world.sim("sim-0", 0, state="Enabled")
    world.until_reason("sim-0", "Reconciled")
    with Seen(f"http://127.0.0.1:{world.operator.hooks_port}") as front:
        stream = Stream(world, front, username, password)
        stream.use(world.iccids[0], 5)
        stream.tell()
        assert len(front.records) > 0
    page = world.operator.get("/metrics")[1]
    assert "sim_operator_history_up" not in page
    assert "Traceback" not in world.operator.text()
