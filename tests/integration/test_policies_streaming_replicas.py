"""Two replicas: whichever the Data Streamer reaches, the leader counts."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx

from tests.cluster import Cluster
from tests.integration.policy_worlds import policy_world, stream_secret

BATCH = b"[]"


def test_a_standby_hands_batches_on_and_says_later_while_there_is_no_leader(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path: Path
) -> None:
    account = {
        "sync": {"detailInterval": "0s"},
        "dataStreamer": {"credentialsSecretRef": {"name": "streamer"}},
    }
    with policy_world(
        cluster,
        operator_kubeconfig,
        tmp_path,
        sims=3,
        account=account,
        operator={"leader_election": "true"},
    ) as fleets:
        fleet, world = fleets.new(), fleets.world
        username, password = stream_secret(world)
        fleet.next_month()
        fleet.is_followed()
        (device,) = fleet.sims(1)
        fleet.policy()
        fleet.in_force()
        standby = world.operator.replica(tmp_path / "standby.log")
        standby.set("leader_election", "true")
        standby.set("clock_url", world.simulator.url)
        with standby:
            path = f"hooks/1nce/{world.namespace}/default"
            url = f"http://127.0.0.1:{standby.hooks_port}/{path}"
            order = {"url": url, "username": username, "password": password}
            stream = world.simulator.control("POST", "streams", json=order)["id"]
            world.simulator.advance(60)
            fleet.use(device, 41)
            told = world.simulator.control("POST", f"streams/{stream}/flush")
            assert told["last_status"] == 200
            fleet.until_off(device)
            counted = {"outcome": "counted", "account": f"{world.namespace}/default"}
            assert world.operator.metric("onence_stream_records_total", **counted) == 1
            assert standby.metric("onence_stream_records_total", **counted) == 0

            def answer(secret: str = password) -> int:
                sent = httpx.post(
                    url, content=BATCH, auth=(username, secret), timeout=30, trust_env=False
                )
                return sent.status_code

            assert answer("guess") == 401
            assert answer() == 200
            world.operator.kill()
            assert answer() == 503
            world.until(lambda: answer() == 200, "the standby leads and takes batches")
            assert standby.metric("sim_operator_leader") == 1
            world.until(
                lambda: standby.metric("sim_data_usage_bytes", name=device.name) > 40 * 2**20,
                "the use is known to it",
            )
            assert fleet.states(device) == ["Disabled"]
            fleet.next_month()
            fleet.until_back(device)


def test_a_leader_that_ends_hands_batches_on_to_the_next_one(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path: Path
) -> None:
    account = {
        "sync": {"detailInterval": "0s"},
        "dataStreamer": {"credentialsSecretRef": {"name": "streamer"}},
    }
    with policy_world(
        cluster,
        operator_kubeconfig,
        tmp_path,
        sims=3,
        account=account,
        operator={"leader_election": "true"},
    ) as fleets:
        world = fleets.world
        password = stream_secret(world)
        old, label = world.operator, f"{world.namespace}/default"
        new = old.replica(tmp_path / "next.log")
        new.set("leader_election", "true")
        new.set("clock_url", world.simulator.url)
        url = f"http://127.0.0.1:{old.hooks_port}/hooks/1nce/{label}"
        with new, ThreadPoolExecutor(1) as ending:
            ended = ending.submit(old.stop)
            codes: list[int] = []
            while not ended.done():
                with suppress(httpx.TransportError):
                    sent = httpx.post(
                        url, content=BATCH, auth=password, timeout=30, trust_env=False
                    )
                    codes.append(sent.status_code)
            assert ended.result() == 0
            assert set(codes) <= {200, 503}
            counted = {"account": label, "code": "200"}
            assert new.metric("onence_stream_requests_total", **counted) > 0
            world.operator = new
            world.until_reason("default", "Reconciled", kind="simaccount")
