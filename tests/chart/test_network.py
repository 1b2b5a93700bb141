"""What comes in and what goes out: Service, Ingress, HTTPRoute, NetworkPolicies."""

from typing import Any

import pytest

from tests.chart.cases import (
    ACCOUNT,
    BACKUP,
    BUNDLED,
    CONSOLE,
    CREDENTIALS,
    GATEWAY,
    INGRESS,
    NETWORK,
    PEER,
    SIMULATOR,
)
from tests.chart.isolation import components, egress_ports, policy
from tests.chart.rendering import RELEASE, Manifest, RefusedError, render

DNS, API_SERVER, ONENCE = {53}, {443, 6443}, {443}


def backends(ingress: Manifest) -> dict[str, tuple[str, str, int]]:
    """Path to type, service and port of an Ingress with one host."""
    (rule,) = ingress["spec"]["rules"]
    found = {}
    for path in rule["http"]["paths"]:
        service = path["backend"]["service"]
        found[path["path"]] = (path["pathType"], service["name"], service["port"]["number"])
    return found


def routed(route: Manifest) -> dict[str, tuple[str, str, int]]:
    """The same of an HTTPRoute."""
    found = {}
    for rule in route["spec"]["rules"]:
        (match,), (backend,) = rule["matches"], rule["backendRefs"]
        kind = match["path"]["type"].removeprefix("Path")
        found[match["path"]["value"]] = (kind, backend["name"], backend["port"])
    return found


def test_the_service_leads_to_the_ports_of_the_pod_by_name() -> None:
    rendered = render({"settings": {"metricsPort": 9080, "hooksPort": 9081}})
    (container,) = rendered.operator()["spec"]["template"]["spec"]["containers"]
    listening = {port["name"]: port["containerPort"] for port in container["ports"]}
    service = rendered.one("Service", RELEASE)["spec"]
    assert listening == {"metrics": 9080, "hooks": 9081}
    assert {port["targetPort"]: port["port"] for port in service["ports"]} == {
        "metrics": 8080,
        "hooks": 8081,
    }
    labels = rendered.operator()["spec"]["template"]["metadata"]["labels"]
    assert service["selector"].items() <= labels.items()


@pytest.mark.parametrize(
    ("routes", "bundled", "paths"),
    [
        ({}, {}, {"/hooks"}),
        ({"metrics": True}, {}, {"/hooks", "/metrics"}),
        ({}, BUNDLED, {"/hooks", "/monitoring"}),
        ({"monitoring": False}, BUNDLED, {"/hooks"}),
        ({"hooks": False}, BUNDLED, {"/monitoring"}),
        ({}, CONSOLE, {"/hooks", "/", "/api", "/docs", "/health"}),
        ({"pages": False}, CONSOLE, {"/hooks", "/api", "/docs", "/health"}),
        ({"hooks": False, "api": False}, CONSOLE, {"/"}),
        (
            {},
            {**CONSOLE, **BUNDLED},
            {"/hooks", "/", "/api", "/docs", "/health", "/monitoring"},
        ),
    ],
)
def test_ingress_and_gateway_route_the_same(
    routes: dict[str, bool], bundled: dict[str, Any], paths: set[str]
) -> None:
    ingress = {"ingress": {**INGRESS["ingress"], "routes": routes}}
    gateway = {"httpRoute": {**GATEWAY["httpRoute"], "routes": routes}}
    rendered = render({**ingress, **gateway, **bundled})
    ways = backends(rendered.one("Ingress", RELEASE))
    assert ways == routed(rendered.one("HTTPRoute", RELEASE))
    assert ways.keys() == paths
    services = {
        (service["metadata"]["name"], port["port"])
        for service in rendered.of("Service")
        for port in service["spec"]["ports"]
    }
    assert {(name, port) for _, name, port in ways.values()} <= services


def test_grafana_moves_with_its_path() -> None:
    rendered = render({**INGRESS, **BUNDLED, "grafana": {"enabled": True, "path": "/graphs"}})
    assert "/graphs" in backends(rendered.one("Ingress", RELEASE))


@pytest.mark.parametrize(("path", "way"), [("/", INGRESS), ("/api", GATEWAY)])
def test_grafana_in_the_place_of_the_console_is_refused(path: str, way: dict[str, Any]) -> None:
    values = {**way, **CONSOLE, **BUNDLED, "grafana": {"enabled": True, "path": path}}
    with pytest.raises(RefusedError, match=rf"lead {path} to two places.* by grafana\.path"):
        render(values)
    (kind,) = way
    routes = {kind: {**way[kind], "routes": {"pages": False, "api": False}}}
    assert render({**values, **routes})


def test_metrics_are_not_routed_unless_somebody_asks_for_it() -> None:
    rendered = render({**INGRESS, **GATEWAY, **BUNDLED})
    assert "/metrics" not in backends(rendered.one("Ingress", RELEASE))
    assert "/metrics" not in routed(rendered.one("HTTPRoute", RELEASE))


def test_an_ingress_without_hosts_answers_for_every_name() -> None:
    (rule,) = render({"ingress": {"enabled": True}}).one("Ingress", RELEASE)["spec"]["rules"]
    assert "host" not in rule


def test_only_the_records_are_given_more_time() -> None:
    route = render({**GATEWAY, **BUNDLED}).one("HTTPRoute", RELEASE)
    timeouts = {
        rule["matches"][0]["path"]["value"]: rule.get("timeouts") for rule in route["spec"]["rules"]
    }
    assert timeouts == {"/hooks": {"request": "90s"}, "/monitoring": None}


@pytest.mark.parametrize("way", ["ingress", "httpRoute"])
def test_a_way_in_that_leads_nowhere_is_refused(way: str) -> None:
    values = {**INGRESS, **GATEWAY}[way]
    with pytest.raises(RefusedError, match=f"set one of hooks and metrics in {way}.routes"):
        render({way: {**values, "routes": {"hooks": False}}})


def test_a_route_without_a_gateway_is_refused_with_an_example() -> None:
    with pytest.raises(RefusedError, match=r"name the Gateway .* in httpRoute.parentRefs"):
        render({"httpRoute": {"enabled": True}})


def test_without_policies_nothing_is_isolated() -> None:
    assert render({**ACCOUNT, **SIMULATOR, **BUNDLED}).of("NetworkPolicy") == []


def test_the_operator_reaches_dns_the_api_server_1nce_and_its_replicas_and_nothing_else() -> None:
    spec = policy(render(NETWORK), RELEASE)
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert egress_ports(spec, to_anybody=True) == DNS | API_SERVER | ONENCE
    assert egress_ports(spec, to_anybody=False) == {8081}
    inside = [rule for rule in spec["egress"] if "to" in rule]
    assert {one for rule in inside for one in components(rule["to"])} == {"operator"}


def test_with_the_simulator_the_operator_reaches_it_too() -> None:
    spec = policy(render({**NETWORK, **SIMULATOR}), RELEASE)
    assert egress_ports(spec, to_anybody=False) == {8081, 8089}


def test_addresses_can_be_said_where_they_are_known() -> None:
    where = [{"ipBlock": {"cidr": "10.0.0.1/32"}}]
    parts = {"dns": {"to": where}, "apiServer": {"to": where}, "onence": {"to": where}}
    spec = policy(render({"networkPolicy": {"enabled": True, **parts}}), RELEASE)
    assert egress_ports(spec, to_anybody=True) == set()
    assert sum(rule.get("to") == where for rule in spec["egress"]) == len(parts)


@pytest.mark.parametrize(("port", "others"), [(8080, {"test"}), (8081, {"operator"})])
def test_who_may_come_in_is_said_for_each_port_and_our_own_pods_always_may(
    port: int, others: set[str]
) -> None:
    spec = policy(render(NETWORK), RELEASE)
    (rule,) = (one for one in spec["ingress"] if one["ports"][0]["port"] == port)
    assert PEER in rule["from"]
    assert components(rule["from"]) == others
    open_to_all = policy(render({"networkPolicy": {"enabled": True}}), RELEASE)
    assert all("from" not in one for one in open_to_all["ingress"])


def test_the_bundled_prometheus_and_the_simulators_streams_may_come_in() -> None:
    spec = policy(render({**NETWORK, **BUNDLED, **SIMULATOR}), RELEASE)
    by_port = {rule["ports"][0]["port"]: components(rule["from"]) for rule in spec["ingress"]}
    assert by_port == {8080: {"test", "prometheus"}, 8081: {"operator", "simulator"}}


def test_only_operator_and_test_reach_the_simulator_whose_control_asks_for_no_password() -> None:
    spec = policy(render({**NETWORK, **SIMULATOR}), f"{RELEASE}-simulator")
    (rule,) = spec["ingress"]
    assert components(rule["from"]) == {"operator", "test"}
    assert egress_ports(spec, to_anybody=True) == DNS
    more = {"simulator": {"enabled": True, "allowedFrom": [PEER]}}
    (wider,) = policy(render({**NETWORK, **more}), f"{RELEASE}-simulator")["ingress"]
    assert PEER in wider["from"]


def test_jobs_and_test_get_out_where_nothing_may_by_default() -> None:
    rendered = render({**NETWORK, **ACCOUNT})
    assert egress_ports(policy(rendered, f"{RELEASE}-jobs"), to_anybody=True) == DNS | API_SERVER
    assert egress_ports(policy(rendered, f"{RELEASE}-test"), to_anybody=True) == DNS | API_SERVER


def test_every_pod_of_the_release_has_a_policy() -> None:
    everything = {**NETWORK, **ACCOUNT, **CREDENTIALS, **SIMULATOR, **BUNDLED, **CONSOLE, **BACKUP}
    rendered = render(everything)
    selected = {
        one["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/component"]
        for one in rendered.of("NetworkPolicy")
    }
    running = {pod["metadata"]["labels"]["app.kubernetes.io/component"] for pod in rendered.pods()}
    assert running == selected
