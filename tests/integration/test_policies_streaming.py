"""The Data Streamer: a threshold acts as soon as use is told of, and nothing counts twice."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cluster import Cluster
from tests.integration.operator_process import OperatorProcess
from tests.integration.policy_worlds import Device, Fleet, Fleets, policy_world, stream_secret
from tests.integration.world import Json

MEBI = 2**20


@dataclass
class Streamer:
    """The Data Streamer of the account, and hands to steer it."""

    fleets: Fleets
    username: str
    password: str

    def url(self, operator: OperatorProcess | None = None, account: str = "default") -> str:
        world = self.fleets.world
        port = (operator or world.operator).hooks_port
        return f"http://127.0.0.1:{port}/hooks/1nce/{world.namespace}/{account}"

    def open(self, url: str = "", **order: Any) -> int:
        """Begin to stream what is used from now on; the number of the stream."""
        body = {
            "url": url or self.url(),
            "username": self.username,
            "password": self.password,
            "max_failures": 10_000,
            "longest_pause_seconds": 0.5,
            **order,
        }
        return int(self._control("POST", "streams", json=body)["id"])

    def tell(self, stream: int, seconds: float = 30.0) -> Json:
        """Tell of everything up to now; the stream after it was delivered."""
        return self._control("POST", f"streams/{stream}/flush", json={"wait_seconds": seconds})

    def delivered(self, stream: int) -> None:
        """Wait until nothing of what was told waits."""
        self.fleets.world.until(
            lambda: not self._control("GET", f"streams/{stream}")["waiting"], "all is delivered"
        )

    def repeat(self, stream: int) -> int:
        """Send the last batch again; how many records it has."""
        return int(self._control("POST", f"streams/{stream}/repeat")["records"])

    def close(self, stream: int) -> None:
        self.fleets.world.simulator.control("DELETE", f"streams/{stream}")

    def records(self, outcome: str) -> float:
        """Records that the operator counts so."""
        return self.fleets.world.operator.metric("onence_stream_records_total", outcome=outcome)

    def _control(self, method: str, path: str, **body: Any) -> Json:
        answer: Json = self.fleets.world.simulator.control(method, path, **body)
        return answer


@pytest.fixture(scope="module")
def streamer(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Streamer]:
    """An account whose SIMs are read seldom, with a Data Streamer."""
    account = {
        "sync": {"detailInterval": "0s"},
        "dataStreamer": {"credentialsSecretRef": {"name": "streamer"}},
    }
    folder = tmp_path_factory.mktemp("streamed")
    # Time passes: of a reading and a record of one instant nobody could tell which came first.
    with policy_world(
        cluster, operator_kubeconfig, folder, sims=20, speed=1.0, account=account
    ) as made:
        yield Streamer(made, *stream_secret(made.world))


@pytest.fixture
def fleet(streamer: Streamer) -> Iterator[Fleet]:
    made = streamer.fleets.new()
    made.next_month()
    made.is_followed()
    yield made
    for stream in streamer.fleets.world.simulator.control("GET", "streams"):
        streamer.close(stream["id"])
    made.end()


def _spend(fleet: Fleet, device: Device, megabytes: float) -> None:
    """Use a minute after what was read last: what ended with a reading is part of it.

    A reading that is made before the operator's clock has followed would be dated before a use
    that it contains, as by a clock that is a minute slow.
    """
    fleet.world.simulator.advance(60)
    if fleet.world.operator.runs:
        fleet.is_followed()
    fleet.use(device, megabytes)


def _used(fleet: Fleet, device: Device) -> float:
    return fleet.world.operator.metric("sim_data_usage_bytes", name=device.name)


def _reads(fleet: Fleet, device: Device, since: int) -> list[str]:
    """Readings of figures of a SIM, which a stream makes unnecessary."""
    calls = (str(one["operation"]) for one in fleet.world.calls(device.iccid, since=since))
    return [one for one in calls if "usage" in one.lower() or "quota" in one.lower()]


def _in_force(fleet: Fleet, *devices: Device, **policy: Any) -> None:
    """A policy whose SIMs have all been read once."""
    fleet.policy(**policy)
    fleet.in_force()
    for device in devices:
        fleet.until_told(device, action="None", reason="WithinLimit")


@pytest.mark.parametrize("shape", ["classic", "v2"])
def test_a_threshold_acts_on_what_is_streamed_without_a_reading(
    fleet: Fleet, streamer: Streamer, shape: str
) -> None:
    heavy, light = fleet.sims(2)
    _in_force(fleet, heavy, light)
    counted, stream = streamer.records("counted"), streamer.open(shape=shape)
    since = fleet.world.simulator.last_entry()
    _spend(fleet, heavy, 41)
    _spend(fleet, light, 20)

    streamer.tell(stream)
    fleet.until_off(heavy)
    assert _reads(fleet, heavy, since) == []
    assert fleet.is_on(light)
    assert _used(fleet, light) == pytest.approx(20 * MEBI, abs=MEBI)
    assert _used(fleet, heavy) == pytest.approx(41 * MEBI, abs=MEBI)
    assert streamer.records("counted") == counted + 2
    fleet.next_month()
    fleet.until_back(heavy)


def test_a_batch_that_comes_again_counts_once(fleet: Fleet, streamer: Streamer) -> None:
    (device,) = fleet.sims(1)
    _in_force(fleet, device)
    stream, known = streamer.open(), streamer.records("duplicate")
    _spend(fleet, device, 30)
    streamer.tell(stream)
    assert _used(fleet, device) == pytest.approx(30 * MEBI, abs=MEBI)

    assert streamer.repeat(stream) >= 1
    streamer.delivered(stream)
    assert streamer.records("duplicate") == known + 1
    fleet.world.sweeps(2)
    assert _used(fleet, device) == pytest.approx(30 * MEBI, abs=MEBI)
    assert fleet.is_on(device)


def test_streamed_and_polled_figures_are_the_same_use(fleet: Fleet, streamer: Streamer) -> None:
    world = fleet.world
    (device,) = fleet.sims(1)
    _in_force(fleet, device, data={"perSIM": "100Mi"})
    stream = streamer.open()
    _spend(fleet, device, 20)
    streamer.tell(stream)
    assert _used(fleet, device) == pytest.approx(20 * MEBI, abs=MEBI)

    since = world.simulator.last_entry()
    world.patch("simaccount", "default", {"sync": {"detailInterval": "2s"}})
    try:
        world.until(lambda: len(_reads(fleet, device, since)) >= 4, "it is read twice")
        assert _used(fleet, device) == pytest.approx(20 * MEBI, abs=MEBI)
        _spend(fleet, device, 15)
        world.until(lambda: _used(fleet, device) > 34 * MEBI, "what was polled counts")
        streamer.tell(stream)
        _spend(fleet, device, 7)
        streamer.tell(stream)
        world.until(lambda: _used(fleet, device) > 41 * MEBI, "what is streamed after it, too")
        since = world.simulator.last_entry()
        world.until(lambda: len(_reads(fleet, device, since)) >= 4, "it is read twice again")
    finally:
        world.patch("simaccount", "default", {"sync": {"detailInterval": "0s"}})
    assert _used(fleet, device) == pytest.approx(42 * MEBI, abs=MEBI)
    assert fleet.states(device) == []


def test_only_who_knows_the_password_of_an_account_that_takes_streams_comes_in(
    fleet: Fleet, streamer: Streamer
) -> None:
    world = fleet.world
    world.apply(world.manifest("SIMAccount", "closed", {"credentialsSecretRef": {"name": "none"}}))
    right = (streamer.username, streamer.password)

    def answer(account: str = "default", body: bytes = b"[]", **options: Any) -> int:
        options.setdefault("auth", right)
        url = streamer.url(account=account)
        return httpx.post(url, content=body, timeout=30, trust_env=False, **options).status_code

    assert answer() == 200
    assert answer(auth=(streamer.username, "guess")) == 401
    assert answer(auth=None) == 401
    assert answer("closed") == 404
    assert answer("nobody") == 404
    assert answer(body=b"no JSON") == 400
    assert httpx.get(streamer.url(), auth=right, trust_env=False).status_code == 405
    assert streamer.password not in world.operator.text()


def test_nothing_is_lost_or_counted_twice_when_the_operator_dies_while_batches_come(
    fleet: Fleet, streamer: Streamer
) -> None:
    world = fleet.world
    devices = fleet.sims(2)
    _in_force(fleet, *devices, data={"perSIM": "100Mi"})
    stream = streamer.open()
    for turn in range(3):
        for device in devices:
            _spend(fleet, device, 11)
        streamer.tell(stream, seconds=0.1 * turn)
        world.operator.kill()
        for device in devices:
            _spend(fleet, device, 5)
        streamer.tell(stream, seconds=0)
        world.operator.start()
        streamer.delivered(stream)
    world.until(
        lambda: all(_used(fleet, device) >= 47 * MEBI for device in devices), "all is counted"
    )
    for device in devices:
        assert _used(fleet, device) == pytest.approx(48 * MEBI, abs=MEBI)
    _spend(fleet, devices[0], 60)
    streamer.tell(stream)
    # A record that begins before the reading after the start counts with its share by time only;
    # the rest comes with the next reading, which is asked for here.
    world.annotate("sim", devices[0].name, "reconcile-requested-at", "now")
    fleet.until_off(devices[0])
    assert fleet.is_on(devices[1])
