"""Many hostile connections to both ports of a running operator: it goes on as before."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.conftest import MakeWorld
from tests.integration.policy_worlds import stream_secret
from tests.integration.world import World

HOSTILE = 400
FEW = 100
"""Descriptors that an operator needs for itself, and some."""
BOUND = 256 + 64
"""Connections that both ports keep together."""


@contextlib.contextmanager
def crowd(port: int, *said: str) -> Iterator[list[socket.socket]]:
    """Many connections over which these are said in turn, and nothing is read."""
    with contextlib.ExitStack() as stack:
        made = []
        for number in range(HOSTILE):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            with contextlib.suppress(OSError):
                one.sendall(said[number % len(said)].encode())
            made.append(one)
        yield made


def descriptors(world: World) -> int:
    return len(list(Path(f"/proc/{world.operator.pid}/fd").iterdir()))


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    made = make_world(sims=3, operator={"leader_election": "true"})
    made.account(dataStreamer={"credentialsSecretRef": {"name": "streamer"}})
    made.until_reason("default", "Reconciled", kind="simaccount")
    return made


def test_an_operator_that_is_beset_on_both_ports_goes_on_as_before(world: World) -> None:
    username, password = stream_secret(world)
    path = f"/hooks/1nce/{world.namespace}/default"
    url = f"http://127.0.0.1:{world.operator.hooks_port}{path}"
    before = descriptors(world)
    guess = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
    torn = f"POST {path} HTTP/1.1\r\nHost: x\r\nX: "
    with (
        crowd(world.operator.hooks_port, "", torn, torn),
        crowd(world.operator.port, "", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "GET /metr"),
    ):
        assert world.operator.get("/healthz")[0] == 200
        assert world.operator.get("/readyz")[0] == 200
        assert descriptors(world) <= before + BOUND + FEW
        told = httpx.post(url, content=b"[]", auth=(username, password), timeout=60)
        assert told.status_code == 200
        iccid = world.sim("lamp", 0, label="lit")
        world.until_reason("lamp", "Reconciled")
        assert world.at_1nce(iccid)["label"] == "lit"
        with crowd(world.operator.hooks_port, guess):
            world.sweeps(2)
            assert world.operator.get("/healthz")[0] == 200
            assert descriptors(world) <= before + BOUND + FEW
    world.until(lambda: descriptors(world) <= before + FEW, "all are closed")
    again = httpx.post(url, content=b"[]", auth=(username, password), timeout=60)
    assert again.status_code == 200
    assert world.operator.metric("sim_operator_leader") == 1
    refused = world.operator.metric("onence_stream_requests_total", code="401")
    assert refused > 0
