"""Who may reach the bundled Prometheus and Grafana, and what these may reach."""

from typing import Any

import pytest

from tests.chart.cases import CONSOLE, PEER
from tests.chart.monitoring.bundled import BUNDLED, GRAFANA, PROMETHEUS
from tests.chart.rendering import Manifest, Rendered, render

STRICT: dict[str, Any] = {**BUNDLED, "networkPolicy": {"enabled": True}}
DNS, API_SERVER = {53}, {443, 6443}


def policy(name: str, **values: Any) -> Manifest:
    component = name.rpartition("-")[2]
    given = STRICT | {component: BUNDLED[component] | values}
    found: Manifest = render(given).one("NetworkPolicy", name)["spec"]
    return found


def ports(rule: Manifest) -> set[int]:
    return {one["port"] for one in rule.get("ports", ())}


def components(peers: list[Manifest]) -> list[str]:
    """The components of this release among some peers."""
    labels = (one.get("podSelector", {}).get("matchLabels", {}) for one in peers)
    return [one["app.kubernetes.io/component"] for one in labels if one]


def selects(spec: Manifest, rendered: Rendered, name: str) -> bool:
    pod = rendered.one("Deployment", name)["spec"]["template"]["metadata"]["labels"]
    return bool(spec["podSelector"]["matchLabels"].items() <= pod.items())


@pytest.mark.parametrize("name", [PROMETHEUS, GRAFANA])
def test_each_is_shut_in_by_a_policy_of_its_own(name: str) -> None:
    spec = policy(name)
    rendered = render(STRICT)
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert selects(spec, rendered, name)
    others = {PROMETHEUS, GRAFANA, "sim-operator"} - {name}
    assert [one for one in others if selects(spec, rendered, one)] == []


def test_prometheus_answers_grafana_and_the_test_and_whom_one_names() -> None:
    (usual,) = policy(PROMETHEUS)["ingress"]
    assert ports(usual) == {9090}
    assert components(usual["from"]) == ["grafana", "test"]
    (wider,) = policy(PROMETHEUS, allowedFrom=[PEER])["ingress"]
    assert PEER in wider["from"]


def test_prometheus_reaches_names_the_api_server_and_the_operator() -> None:
    egress = policy(PROMETHEUS)["egress"]
    assert [ports(rule) for rule in egress] == [DNS, API_SERVER, {8080}]
    assert components(egress[-1]["to"]) == ["operator"]


def test_prometheus_reaches_the_console_where_there_is_one() -> None:
    egress = render({**STRICT, **CONSOLE}).one("NetworkPolicy", PROMETHEUS)["spec"]["egress"]
    assert components(egress[-1]["to"]) == ["console"]
    assert ports(egress[-1]) == {8080}


def test_grafana_answers_everybody_unless_one_says_whom_and_then_the_test_too() -> None:
    (usual,) = policy(GRAFANA)["ingress"]
    assert ports(usual) == {3000}
    assert "from" not in usual
    (narrower,) = policy(GRAFANA, allowedFrom=[PEER])["ingress"]
    assert PEER in narrower["from"]
    assert components(narrower["from"]) == ["test"]


def test_grafana_reaches_names_and_prometheus() -> None:
    egress = policy(GRAFANA)["egress"]
    assert [ports(rule) for rule in egress] == [DNS, {9090}]
    assert components(egress[-1]["to"]) == ["prometheus"]


@pytest.mark.parametrize("name", [PROMETHEUS, GRAFANA])
def test_more_ways_out_can_be_added(name: str) -> None:
    rule = {"ports": [{"protocol": "TCP", "port": 9093}], "to": [PEER]}
    assert rule in policy(name, extraEgress=[rule])["egress"]


def test_there_is_no_policy_unless_it_is_asked_for() -> None:
    assert render(BUNDLED).of("NetworkPolicy") == []
