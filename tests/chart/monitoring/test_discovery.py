"""The bundled Prometheus's rules of relabelling, carried out by Prometheus on the chart's pods."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.cases import CONSOLE, SIMULATOR
from tests.chart.monitoring.bundled import BUNDLED, PROMETHEUS
from tests.chart.rendering import NAMESPACE, RELEASE, Manifest, Rendered, render
from tests.monitoring.programs import Programs
from tests.monitoring.server import PrometheusProcess

_METRICS = b"""\
# TYPE sim_enabled gauge
sim_enabled{namespace="plant-a",name="pump-01",iccid="1"} 1
# TYPE sim_operator_leader gauge
sim_operator_leader 1
"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(_METRICS)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        pass


class _Bundled(PrometheusProcess):
    """It runs with the chart's configuration, in which a file stands in for Kubernetes."""

    def __init__(self, programs: Programs, folder: Path, config: dict[str, Any]) -> None:
        super().__init__(programs, folder)
        self._chart = config

    def _config(self) -> dict[str, Any]:
        return self._chart


def _sanitized(name: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", name)


def targets(name: str, pod: Manifest, address: str, phase: str = "Running") -> list[dict[str, Any]]:
    """A pod as Prometheus's discovery describes it: one target for each port of its containers."""
    labels = pod["metadata"].get("labels", {})
    described = {
        f"__meta_kubernetes_pod_label_{_sanitized(label)}": value for label, value in labels.items()
    }
    described |= {
        "__meta_kubernetes_namespace": NAMESPACE,
        "__meta_kubernetes_pod_name": name,
        "__meta_kubernetes_pod_phase": phase,
    }
    return [
        {
            "targets": [address],
            "labels": described | {"__meta_kubernetes_pod_container_port_name": port["name"]},
        }
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [{"name": ""}])
    ]


def discovered(rendered: Rendered, address: str) -> list[dict[str, Any]]:
    """Every pod of the release, a finished one of the operator, and the operator of another."""
    found = []
    for deployment in rendered.of("Deployment"):
        name, template = deployment["metadata"]["name"], deployment["spec"]["template"]
        for number in range(deployment["spec"]["replicas"]):
            found += targets(f"{name}-{number}", template, address)
    operator = rendered.operator()["spec"]["template"]
    found += targets(f"{RELEASE}-finished", operator, address, phase="Succeeded")
    stranger = render(release="other").one("Deployment", "other-sim-operator")
    return found + targets("other-0", stranger["spec"]["template"], address)


@pytest.fixture
def address() -> Iterator[str]:
    """Where something answers as the operator does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_it_finds_the_replicas_of_this_release_and_nothing_else(
    programs: Programs, tmp_path: Path, address: str
) -> None:
    rendered = render(
        {
            **BUNDLED,
            **CONSOLE,
            **SIMULATOR,
            "prometheus": {"enabled": True, "scrapeInterval": "1s"},
        }
    )
    config = yaml.safe_load(rendered.one("ConfigMap", PROMETHEUS)["data"]["prometheus.yaml"])
    jobs = [one for one in config["scrape_configs"] if "kubernetes_sd_configs" in one]
    file = tmp_path / "pods.yaml"
    file.write_text(yaml.safe_dump(discovered(rendered, address)), encoding="utf-8")
    for job in jobs:
        del job["kubernetes_sd_configs"]
        job["file_sd_configs"] = [{"files": [str(file)]}]
    config["rule_files"] = []
    config["scrape_configs"] = jobs
    with _Bundled(programs, tmp_path / "prometheus", config) as prometheus:
        prometheus.until_scraped()
        assert sorted(one["labels"]["instance"] for one in prometheus.targets()) == [
            f"{RELEASE}-0",
            f"{RELEASE}-1",
            f"{RELEASE}-console-0",
        ]
        answered = prometheus.until(lambda: prometheus.query("up == 1"), "a sample")
        assert {one.labels["job"] for one in answered} <= {RELEASE, f"{RELEASE}-console"}
        of_operator = f'sim_operator_leader{{job="{RELEASE}"}}'
        leading = prometheus.until(lambda: prometheus.query(of_operator), "a sample")
        assert {one.labels["instance"] for one in leading} <= {f"{RELEASE}-0", f"{RELEASE}-1"}
        assert {one.labels["namespace"] for one in leading} == {NAMESPACE}
        (sim,) = prometheus.query("max by (namespace, exported_namespace, name) (sim_enabled)")
        assert sim.labels == {"namespace": "plant-a", "name": "pump-01"}
