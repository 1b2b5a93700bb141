"""The three paths over real HTTP."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from sim_operator.settings import PerSimMetrics
from sim_operator.telemetry.fleet import AUTO_LIMIT
from sim_operator.telemetry.health import Heartbeats
from sim_operator.telemetry.meter import Meters
from sim_operator.telemetry.server import Readiness, Scrapes, TelemetryError, TelemetryServer
from tests.unit.telemetry.fleets import BUILD, OPENMETRICS, TEXT, Fleet, parsed, sim, values

READY: Readiness = lambda: (True, "the store is complete")  # noqa: E731


def telemetry(
    fleet: Fleet | None = None,
    heartbeats: Heartbeats | None = None,
    ready: Readiness = READY,
    *,
    per_sim: PerSimMetrics = "auto",
    port: int = 0,
) -> TelemetryServer:
    scrapes = Scrapes(Meters().registry, fleet or Fleet(), per_sim, BUILD)
    return TelemetryServer(scrapes, heartbeats or Heartbeats(), ready, port=port, host="127.0.0.1")


@asynccontextmanager
async def client(server: TelemetryServer) -> AsyncIterator[httpx.AsyncClient]:
    base = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(base_url=base, trust_env=False, timeout=60) as http:
        yield http


@pytest.mark.parametrize(("accept", "openmetrics"), [(OPENMETRICS, True), (TEXT, False)])
async def test_a_scrape_is_answered_in_the_format_asked_for(
    accept: str, *, openmetrics: bool
) -> None:
    async with telemetry(Fleet([sim()])) as server, client(server) as http:
        answer = await http.get("/metrics", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(accept.split(";", maxsplit=1)[0])
    found = parsed(answer.text, openmetrics=openmetrics)
    assert values(found, "sim_enabled", name="pump-17") == [1]


def moments_apart(text: str) -> list[str]:
    """The lines that do not move from one scrape to the next."""
    return [line for line in text.splitlines() if not line.startswith("process_")]


async def test_a_large_scrape_is_packed_for_those_who_can_read_it() -> None:
    fleet = Fleet([sim(f"pump-{number}") for number in range(200)])
    async with telemetry(fleet) as server, client(server) as http:
        packed = await http.get("/metrics", headers={"Accept-Encoding": "gzip"})
        plain = await http.get("/metrics", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert moments_apart(packed.text) == moments_apart(plain.text)


async def test_probes_are_answered_while_scrapes_of_ten_thousand_sims_are_rendered() -> None:
    fleet = Fleet([sim(f"pump-{number}") for number in range(10_000)])
    async with telemetry(fleet) as server, client(server) as http:
        scrapes = [asyncio.create_task(http.get("/metrics")) for _ in range(3)]
        probes = 0
        while not all(scrape.done() for scrape in scrapes):
            assert (await http.get("/healthz")).status_code == 200
            probes += 1
        answers = [await scrape for scrape in scrapes]
    assert probes > 3
    assert {answer.text.count("\nsim_info{") for answer in answers} == {10_000}


async def test_many_scrapes_at_once_are_not_all_answered_and_the_next_one_is() -> None:
    fleet = Fleet([sim(f"pump-{number}") for number in range(2_000)])
    async with telemetry(fleet) as server, client(server) as http:
        many = await asyncio.gather(*(http.get("/metrics") for _ in range(30)))
        probe, next_one = await http.get("/healthz"), await http.get("/metrics")
    codes = [one.status_code for one in many]
    assert set(codes) == {200, 503}
    assert codes.count(200) >= 8
    assert next(one for one in many if one.status_code == 503).headers["retry-after"] == "5"
    assert (probe.status_code, next_one.status_code) == (200, 200)


async def test_a_fleet_that_is_too_large_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "sim_operator.telemetry")
    fleet = Fleet([sim()] * (AUTO_LIMIT + 1))
    async with telemetry(fleet) as server, client(server) as http:
        for _ in range(2):
            assert "sim_info" not in (await http.get("/metrics")).text
    assert caplog.text.count("more than 20000 SIMs") == 1


async def test_healthz_names_each_loop_and_the_stuck_ones() -> None:
    moments = iter([0.0, 0.0, 5.0, 500.0])
    hearts = Heartbeats(lambda: next(moments))
    hearts.beat("watch sims", 10)
    hearts.beat("account plant-a/one", 900)
    async with telemetry(heartbeats=hearts) as server, client(server) as http:
        well = await http.get("/healthz")
        ill = await http.get("/healthz")
    assert (well.status_code, ill.status_code) == (200, 503)
    assert well.json() == {
        "status": "ok",
        "stuck": [],
        "loops": {
            "account plant-a/one": {"ageSeconds": 5.0, "deadlineSeconds": 900},
            "watch sims": {"ageSeconds": 5.0, "deadlineSeconds": 10},
        },
    }
    assert (ill.json()["status"], ill.json()["stuck"]) == ("stuck", ["watch sims"])


async def test_readyz_says_why_it_is_not_ready() -> None:
    states = iter([(False, "the list of SIMs is not complete"), (True, "standby")])
    async with telemetry(ready=lambda: next(states)) as server, client(server) as http:
        first, second = await http.get("/readyz"), await http.get("/readyz")
    assert (first.status_code, second.status_code) == (503, 200)
    assert first.json() == {"status": "not ready", "reason": "the list of SIMs is not complete"}
    assert second.json() == {"status": "ready", "reason": "standby"}


@pytest.mark.parametrize("path", ["/", "/docs", "/openapi.json", "/hooks", "/metrics/x"])
async def test_any_other_path_is_not_found_as_json(path: str) -> None:
    async with telemetry() as server, client(server) as http:
        answer = await http.get(path)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


async def test_a_busy_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(TelemetryError) as caught:
            async with telemetry(port=port):
                pass
    assert str(caught.value) == (
        f"cannot serve metrics and probes on port {port}: Address already in use; "
        "SIM_OPERATOR_METRICS_PORT chooses another"
    )


async def test_the_port_is_free_again_after_the_end() -> None:
    async with telemetry() as first:
        port = first.port
        async with client(first) as http:
            assert (await http.get("/healthz")).status_code == 200
    async with telemetry(port=port) as second:
        assert second.port == port


async def test_signals_keep_their_owner() -> None:
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    async with telemetry():
        assert {one: signal.getsignal(one) for one in before} == before


async def test_an_end_after_its_task_was_cancelled_by_others_is_orderly() -> None:
    server = telemetry()
    async with server:
        [task] = [
            one for one in asyncio.all_tasks() if one.get_name() == "server of metrics and probes"
        ]
        task.cancel()
        await asyncio.wait([task])
    async with telemetry(port=server.port):
        pass


async def test_every_address_is_served_by_default() -> None:
    scrapes = Scrapes(Meters().registry, Fleet(), "off", BUILD)
    server = TelemetryServer(scrapes, Heartbeats(), READY, port=0)
    async with server, client(server) as http:
        assert (await http.get("/readyz")).status_code == 200
