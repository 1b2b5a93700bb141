"""How a Prometheus of one's own finds the operator's pods."""

from typing import Any

import pytest

from tests.chart.cases import CONSOLE
from tests.chart.rendering import NAMESPACE, RELEASE, RefusedError, render

MONITORS = {"serviceMonitor": "endpoints", "podMonitor": "podMetricsEndpoints"}


def monitor(kind: str, **values: Any) -> dict[str, Any]:
    name = kind[0].upper() + kind[1:]
    (found,) = render({"metrics": {kind: {"enabled": True, **values}}}).of(name)
    return found


@pytest.mark.parametrize("kind", MONITORS)
def test_labels_of_the_metrics_are_honoured_and_an_instance_is_called_by_its_pod(kind: str) -> None:
    (endpoint,) = monitor(kind)["spec"][MONITORS[kind]]
    assert endpoint["honorLabels"] is True
    assert endpoint["port"] == "metrics"
    assert endpoint["relabelings"] == [
        {"sourceLabels": ["__meta_kubernetes_pod_name"], "targetLabel": "instance"}
    ]


@pytest.mark.parametrize("kind", MONITORS)
def test_it_selects_the_operators_service_and_pods_and_no_other(kind: str) -> None:
    rendered = render({"prometheus": {"enabled": True}, "simulator": {"enabled": True}})
    spec = monitor(kind)["spec"]
    wanted = spec["selector"]["matchLabels"].items()
    services = [
        one for one in rendered.of("Service") if wanted <= one["metadata"]["labels"].items()
    ]
    pods = [
        one["metadata"]["name"]
        for one in rendered.of("Deployment")
        if wanted <= one["spec"]["template"]["metadata"]["labels"].items()
    ]
    assert [one["metadata"]["name"] for one in services] == [RELEASE]
    assert "metrics" in [port["name"] for port in services[0]["spec"]["ports"]]
    assert pods == [RELEASE]
    (container,) = rendered.operator()["spec"]["template"]["spec"]["containers"]
    assert "metrics" in [port["name"] for port in container["ports"]]
    assert spec["namespaceSelector"] == {"matchNames": [NAMESPACE]}


@pytest.mark.parametrize("kind", MONITORS)
def test_it_takes_what_a_monitor_takes(kind: str) -> None:
    dropped = {"sourceLabels": ["__name__"], "regex": "sim_info", "action": "drop"}
    found = monitor(
        kind,
        namespace="watching",
        labels={"release": "prometheus"},
        interval="1m",
        scrapeTimeout="20s",
        relabelings=[{"targetLabel": "cluster", "replacement": "north"}],
        metricRelabelings=[dropped],
    )
    (endpoint,) = found["spec"][MONITORS[kind]]
    assert (endpoint["interval"], endpoint["scrapeTimeout"]) == ("1m", "20s")
    assert endpoint["relabelings"][1:] == [{"targetLabel": "cluster", "replacement": "north"}]
    assert endpoint["metricRelabelings"] == [dropped]
    assert found["metadata"]["namespace"] == "watching"
    assert found["metadata"]["labels"]["release"] == "prometheus"


@pytest.mark.parametrize("kind", MONITORS)
def test_the_console_has_one_of_its_own_that_selects_it_and_nothing_else(kind: str) -> None:
    rendered = render({**CONSOLE, "metrics": {kind: {"enabled": True, "labels": {"a": "b"}}}})
    name = f"{RELEASE}-console"
    found = rendered.one(kind[0].upper() + kind[1:], name)
    assert found["metadata"]["labels"]["a"] == "b"
    wanted = found["spec"]["selector"]["matchLabels"].items()
    services = {one["metadata"]["name"]: one["metadata"] for one in rendered.of("Service")}
    assert [one for one, has in services.items() if wanted <= has["labels"].items()] == [name]
    pods = {one["metadata"]["name"]: one["metadata"] for one in rendered.pods()}
    assert [one for one, has in pods.items() if wanted <= has["labels"].items()] == [name]
    (container,) = rendered.one("Deployment", name)["spec"]["template"]["spec"]["containers"]
    ports = {port["name"] for port in container["ports"]}
    assert {one["port"] for one in found["spec"][MONITORS[kind]]} <= ports


def test_both_kinds_at_once_are_refused() -> None:
    both = {kind: {"enabled": True} for kind in MONITORS}
    with pytest.raises(RefusedError, match="everything would be scraped twice"):
        render({"metrics": both})


def test_annotations_stand_on_the_pods_because_each_replica_is_a_target() -> None:
    values = {"metrics": {"scrapeAnnotations": True}, "settings": {"metricsPort": 9080}}
    rendered = render(values)
    wanted = {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": "9080",
        "prometheus.io/path": "/metrics",
    }
    template = rendered.operator()["spec"]["template"]["metadata"]
    assert template["annotations"].items() >= wanted.items()
    console = render({**values, **CONSOLE}).one("Deployment", f"{RELEASE}-console")
    own = console["spec"]["template"]["metadata"]["annotations"]
    assert own.items() >= {**wanted, "prometheus.io/port": "8080"}.items()
    for service in rendered.of("Service"):
        assert "prometheus.io/scrape" not in service["metadata"].get("annotations", {})
