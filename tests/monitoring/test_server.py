"""The Prometheus of the tests is a real one, and scrapes what the operator serves."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim_operator.telemetry.health import Heartbeats
from sim_operator.telemetry.meter import Meters
from sim_operator.telemetry.server import Scrapes, TelemetryServer
from tests.monitoring.conftest import RunPrometheus
from tests.monitoring.programs import ProgramsError, ensure_programs
from tests.monitoring.server import PrometheusProcess, QueryError, Scrape
from tests.unit.telemetry.fleets import BUILD, Fleet, sim


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    """The metrics of two SIMs, as the operator serves them; `host:port`."""
    ended, ports = asyncio.Event(), []
    started = threading.Event()

    async def serve() -> None:
        scrapes = Scrapes(Meters().registry, Fleet([sim(), sim("pump-18")]), "auto", BUILD)
        server = TelemetryServer(
            scrapes, Heartbeats(), lambda: (True, ""), port=0, host="127.0.0.1"
        )
        async with server:
            ports.append(server.port)
            started.set()
            await ended.wait()

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(20)
    yield f"127.0.0.1:{ports[0]}"
    loop.call_soon_threadsafe(ended.set)
    thread.join(20)
    loop.close()


@pytest.fixture(scope="module")
def prometheus(run_prometheus: RunPrometheus, target: str) -> PrometheusProcess:
    job = Scrape("sim-operator", [target], {"namespace": "sim-operator"})
    started = run_prometheus(scrapes=[job])
    started.until_scraped()
    return started


def test_our_own_namespace_wins_over_that_of_the_target(prometheus: PrometheusProcess) -> None:
    [one] = prometheus.query('sim_ready{name="pump-17"}')
    assert (one.labels["namespace"], one.value) == ("plant-a", 1)
    [leader] = prometheus.query("sim_operator_leader")
    assert leader.labels["namespace"] == "sim-operator"


def test_every_sample_of_the_operator_is_taken(prometheus: PrometheusProcess) -> None:
    [process] = prometheus.query("process_resident_memory_bytes")
    assert process.value > 1e6
    [scraped] = prometheus.query("scrape_samples_scraped")
    [kept] = prometheus.query("scrape_samples_post_metric_relabeling")
    assert scraped.value == kept.value > 50


def test_a_query_that_is_not_understood_is_refused_in_its_own_words(
    prometheus: PrometheusProcess,
) -> None:
    with pytest.raises(QueryError, match="parse error"):
        prometheus.query("sum(")


def test_a_series_has_a_past(prometheus: PrometheusProcess) -> None:
    [now] = prometheus.query("time()")
    prometheus.until(
        lambda: len(prometheus.query_range("up", now.value - 30, now.value + 30, 1)[0]) >= 2,
        "two samples",
    )


def test_a_folder_without_the_programs_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProgramsError, match="lacks prometheus or promtool"):
        ensure_programs({"SIM_OPERATOR_PROMETHEUS_DIR": str(tmp_path)})


def test_where_there_is_no_apt_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ProgramsError, match="Install the package `prometheus`"):
        ensure_programs({"PATH": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)})
