"""The bundled Grafana: what it is provisioned with, where it is served, who may come in."""

from base64 import b64decode
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

from tests.chart.monitoring.bundled import BUNDLED, DASHBOARDS, GRAFANA, environment, pod_spec
from tests.chart.rendering import NAMESPACE, RELEASE, RefusedError, Rendered, render


def grafana(**values: Any) -> Rendered:
    return render({"prometheus": {"enabled": True}, "grafana": {"enabled": True, **values}})


def provisioned(rendered: Rendered, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(rendered.one("ConfigMap", GRAFANA)["data"][name])
    return found


def mounts(rendered: Rendered) -> dict[str, dict[str, Any]]:
    (container,) = pod_spec(rendered, GRAFANA)["containers"]
    return {one["mountPath"]: one for one in container["volumeMounts"]}


def test_the_bundled_prometheus_is_its_data_source() -> None:
    rendered = grafana()
    told = provisioned(rendered, "datasources.yaml")
    assert told["apiVersion"] == 1
    (source,) = told["datasources"]
    assert source["type"] == "prometheus"
    assert source["isDefault"] is True
    assert source["url"] == f"http://{RELEASE}-prometheus.{NAMESPACE}.svc:9090"
    (port,) = rendered.one("Service", f"{RELEASE}-prometheus")["spec"]["ports"]
    assert port["port"] == 9090
    assert source["jsonData"]["timeInterval"] == "15s"


def test_another_prometheus_can_be_its_data_source() -> None:
    url = "http://prometheus.watching.svc:9090"
    rendered = render({"grafana": {"enabled": True, "prometheusURL": url}})
    (source,) = provisioned(rendered, "datasources.yaml")["datasources"]
    assert source["url"] == url


def test_without_any_prometheus_it_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"set prometheus\.enabled to true, or"):
        render({"grafana": {"enabled": True}})


def test_files_of_provisioning_are_mounted_where_grafana_looks_for_them() -> None:
    found = mounts(grafana())
    folder = "/etc/grafana/provisioning"
    assert found[f"{folder}/datasources/sim-operator.yaml"]["subPath"] == "datasources.yaml"
    assert found[f"{folder}/dashboards/sim-operator.yaml"]["subPath"] == "dashboards.yaml"


def test_every_dashboard_is_found_by_the_provider_and_the_fleet_is_the_first_page() -> None:
    rendered = grafana()
    (provider,) = provisioned(rendered, "dashboards.yaml")["providers"]
    path = provider["options"]["path"]
    assert provider["type"] == "file"
    assert provider["folder"] == "SIM operator"
    assert mounts(rendered)[path]["name"] == "dashboards"
    volumes = {one["name"]: one for one in pod_spec(rendered, GRAFANA)["volumes"]}
    sources = volumes["dashboards"]["projected"]["sources"]
    mounted = {
        file
        for source in sources
        for file in rendered.one("ConfigMap", source["configMap"]["name"])["data"]
    }
    assert mounted == {f"sim-operator-{file.name}" for file in DASHBOARDS.glob("*.json")}
    home = PurePosixPath(
        environment(rendered, GRAFANA)["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    )
    assert str(home.parent) == path
    assert home.name in mounted


@pytest.mark.parametrize(
    ("values", "url"),
    [
        ({}, "%(protocol)s://%(domain)s:%(http_port)s/monitoring/"),
        ({"grafana": {"path": "/"}}, "%(protocol)s://%(domain)s:%(http_port)s/"),
        ({"grafana": {"rootURL": "https://x.example.com/g"}}, "https://x.example.com/g/"),
        (
            {"ingress": {"enabled": True, "hosts": ["sims.example.com"]}},
            "http://sims.example.com/monitoring/",
        ),
        (
            {
                "ingress": {
                    "enabled": True,
                    "hosts": ["a.example.com"],
                    "tls": [{"secretName": "x"}],
                }
            },
            "https://a.example.com/monitoring/",
        ),
        (
            {
                "httpRoute": {
                    "enabled": True,
                    "parentRefs": [{"name": "public"}],
                    "hostnames": ["b.example.com"],
                },
                "grafana": {"path": "/charts"},
            },
            "https://b.example.com/charts/",
        ),
    ],
)
def test_it_is_served_below_its_path_at_the_address_that_people_know(
    values: dict[str, Any], url: str
) -> None:
    given = values | {"grafana": BUNDLED["grafana"] | values.get("grafana", {})}
    told = environment(render({"prometheus": {"enabled": True}, **given}), GRAFANA)
    assert told["GF_SERVER_ROOT_URL"] == url
    assert told["GF_SERVER_SERVE_FROM_SUB_PATH"] == "true"


@pytest.mark.parametrize(("path", "health"), [("/monitoring", "/monitoring"), ("/", "")])
def test_probes_ask_below_the_same_path(path: str, health: str) -> None:
    (container,) = pod_spec(grafana(path=path), GRAFANA)["containers"]
    probes = ("startupProbe", "livenessProbe", "readinessProbe")
    asked = {container[probe]["httpGet"]["path"] for probe in probes}
    assert asked == {f"{health}/api/health"}


def test_the_ways_in_lead_to_its_service() -> None:
    rendered = render({**BUNDLED, "ingress": {"enabled": True, "hosts": ["sims.example.com"]}})
    (rule,) = rendered.one("Ingress", RELEASE)["spec"]["rules"]
    paths = {one["path"]: one["backend"]["service"] for one in rule["http"]["paths"]}
    assert paths["/monitoring"] == {"name": GRAFANA, "port": {"number": 3000}}
    (port,) = rendered.one("Service", GRAFANA)["spec"]["ports"]
    assert port["port"] == 3000


def test_nobody_comes_in_without_a_name_and_nothing_goes_out() -> None:
    told = environment(grafana(), GRAFANA)
    off = (
        "GF_AUTH_ANONYMOUS_ENABLED",
        "GF_USERS_ALLOW_SIGN_UP",
        "GF_ANALYTICS_REPORTING_ENABLED",
        "GF_ANALYTICS_CHECK_FOR_UPDATES",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES",
        "GF_NEWS_NEWS_FEED_ENABLED",
        "GF_SNAPSHOTS_EXTERNAL_ENABLED",
    )
    assert {name: told[name] for name in off} == dict.fromkeys(off, "false")
    on = (
        "GF_PLUGINS_PREINSTALL_DISABLED",
        "GF_PLUGINS_PUBLIC_KEY_RETRIEVAL_DISABLED",
        "GF_SECURITY_DISABLE_GRAVATAR",
    )
    assert {name: told[name] for name in on} == dict.fromkeys(on, "true")


def test_its_password_comes_from_a_secret_and_stands_in_no_environment() -> None:
    rendered = grafana()
    secret = rendered.one("Secret", GRAFANA)
    password = b64decode(secret["data"]["admin-password"]).decode()
    assert len(password) == 32
    assert b64decode(secret["data"]["admin-user"]) == b"admin"
    told = environment(rendered, GRAFANA)
    assert told["GF_SECURITY_ADMIN_PASSWORD"] == {
        "secretKeyRef": {"name": GRAFANA, "key": "admin-password"}
    }
    assert told["GF_SECURITY_ADMIN_USER"] == {
        "secretKeyRef": {"name": GRAFANA, "key": "admin-user"}
    }
    others = [one for one in rendered if one["kind"] != "Secret"]
    assert password not in yaml.safe_dump_all(others)


def test_a_secret_of_ones_own_is_taken_and_none_is_made() -> None:
    own = {"name": "given", "userKey": "user", "passwordKey": "word"}
    rendered = grafana(adminSecret=own)
    assert GRAFANA not in rendered.names("Secret")
    told = environment(rendered, GRAFANA)
    assert told["GF_SECURITY_ADMIN_PASSWORD"] == {"secretKeyRef": {"name": "given", "key": "word"}}
    assert told["GF_SECURITY_ADMIN_USER"] == {"secretKeyRef": {"name": "given", "key": "user"}}


def test_what_people_make_in_it_is_kept_in_a_volume_together_with_the_password() -> None:
    rendered = grafana(storage={"enabled": True})
    for kind in ("PersistentVolumeClaim", "Secret"):
        kept = rendered.one(kind, GRAFANA)["metadata"]["annotations"]
        assert kept["helm.sh/resource-policy"] == "keep"
    volumes = {one["name"]: one for one in pod_spec(rendered, GRAFANA)["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] == GRAFANA


def test_it_takes_environment_of_ones_own_and_no_token_of_the_cluster() -> None:
    rendered = grafana(extraEnv=[{"name": "GF_LOG_LEVEL", "value": "debug"}])
    assert environment(rendered, GRAFANA)["GF_LOG_LEVEL"] == "debug"
    assert pod_spec(rendered, GRAFANA)["automountServiceAccountToken"] is False
