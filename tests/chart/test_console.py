"""The console: how it runs, who it is, whom it may act as, and who may reach it."""

from typing import Any

import pytest
import yaml

from sim_operator.console.settings import ConsoleSettings
from tests.chart.cases import (
    BUNDLED,
    CONSOLE,
    NETWORK,
    PEER,
    POSTGRESQL,
    SIMULATOR,
    WATCHED,
    Values,
)
from tests.chart.granted import EVERYWHERE, Right, granted, rights
from tests.chart.isolation import components, egress_ports, policy
from tests.chart.rendering import CHART, NAMESPACE, RELEASE, Manifest, RefusedError, render

NAME = f"{RELEASE}-console"
OURS = ("sims", "simaccounts", "quotapolicies")
ACTS_AS = {"users", "groups", "serviceaccounts"}


def console(**values: Any) -> dict[str, Any]:
    """Values with the console enabled."""
    return {"console": {"enabled": True, **values}}


def pod(values: Values) -> Manifest:
    """The spec of the console's pod."""
    spec: Manifest = render(values).one("Deployment", NAME)["spec"]["template"]["spec"]
    return spec


def environment(values: Values) -> dict[str, Any]:
    """What the console is told: name to value, or to where it comes from."""
    (container,) = pod(values)["containers"]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


def listed() -> set[Right]:
    """The one list of the console's rights."""
    text = (CHART / "files/console-clusterrole.yaml").read_text(encoding="utf-8")
    return rights(yaml.safe_load(text)["rules"])


def test_without_asking_there_is_no_console_because_it_may_act_as_people() -> None:
    rendered = render()
    assert [one for one in rendered if "console" in one["metadata"]["name"]] == []
    assert not any(right.verb == "impersonate" for right in granted(rendered)[EVERYWHERE])
    assert "SIM_OPERATOR_HISTORY_URL" not in rendered.environment()


def test_one_process_runs_because_who_is_signed_in_is_in_its_memory() -> None:
    assert render(CONSOLE).one("Deployment", NAME)["spec"]["replicas"] == 1


def test_two_never_have_the_file_open_and_with_postgresql_an_upgrade_has_no_gap() -> None:
    assert render(CONSOLE).one("Deployment", NAME)["spec"]["strategy"] == {"type": "Recreate"}
    for values in (POSTGRESQL, {"history": {"enabled": False}}):
        strategy = render({**CONSOLE, **values}).one("Deployment", NAME)["spec"]["strategy"]
        assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_its_service_leads_to_its_ports_by_name() -> None:
    values = console(port=9082, metricsPort=9080)
    (container,) = pod(values)["containers"]
    listening = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert listening == {"http": 9082, "metrics": 9080}
    told = environment(values)
    assert told["SIM_OPERATOR_CONSOLE_PORT"] == "9082"
    assert told["SIM_OPERATOR_METRICS_PORT"] == "9080"
    rendered = render(values)
    service = rendered.one("Service", NAME)["spec"]
    assert {port["targetPort"]: port["port"] for port in service["ports"]} == {
        "http": 8082,
        "metrics": 8080,
    }
    labels = rendered.one("Deployment", NAME)["spec"]["template"]["metadata"]["labels"]
    assert service["selector"].items() <= labels.items()


def test_probes_ask_where_the_operators_do() -> None:
    (container,) = pod(CONSOLE)["containers"]
    asked = {probe: container[probe]["httpGet"] for probe in container if "Probe" in probe}
    assert asked == {
        "startupProbe": {"path": "/healthz", "port": "metrics"},
        "livenessProbe": {"path": "/healthz", "port": "metrics"},
        "readinessProbe": {"path": "/readyz", "port": "metrics"},
    }


def test_a_pod_that_ends_answers_until_everybody_knows() -> None:
    spec = pod(CONSOLE)
    (container,) = spec["containers"]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert 0 < pause < spec["terminationGracePeriodSeconds"]


@pytest.mark.parametrize(
    ("port", "told"),
    [
        ({"port": 8080}, r"console\.port and console\.metricsPort are both 8080"),
        ({"service": {"port": 8080}}, r"console\.service\.metricsPort are both 8080"),
    ],
)
def test_two_ports_of_one_number_are_refused(port: dict[str, Any], told: str) -> None:
    with pytest.raises(RefusedError, match=told):
        render(console(**port))


def test_it_sees_what_the_operator_sees_and_follows_its_clock() -> None:
    simulated = {"simulator": {"enabled": True, "followClock": True}}
    told = environment({**CONSOLE, **WATCHED, **simulated, "settings": {"logFormat": "json"}})
    ours = render({**CONSOLE, **WATCHED, **simulated}).environment()
    for name in ("SIM_OPERATOR_WATCH_NAMESPACES", "SIM_OPERATOR_CLOCK_URL"):
        assert told[name] == ours[name]
    assert told["SIM_OPERATOR_LOG_FORMAT"] == "json"


def settings_of(values: Values) -> ConsoleSettings:
    """The settings that the console would read from the rendered environment."""
    with pytest.MonkeyPatch.context() as patched:
        for name, text in environment(values).items():
            patched.setenv(name, text if isinstance(text, str) else "postgresql://db/history")
        return ConsoleSettings.from_environment()


def test_without_any_value_it_runs_with_the_settings_that_it_has_itself() -> None:
    usual, told = ConsoleSettings(), settings_of(CONSOLE)
    differing = {
        name for name in ConsoleSettings.model_fields if getattr(told, name) != getattr(usual, name)
    }
    assert differing == {"database_url", "recorder"}


def test_every_setting_of_the_console_can_be_set_by_a_value() -> None:
    usual = ConsoleSettings()
    told = settings_of(
        {
            "history": {
                **POSTGRESQL["history"],
                "retention": {"days": 730, "recordsDays": 30, "happeningsDays": 90},
            },
            "watchNamespaces": [NAMESPACE, "plant-a"],
            "simulator": {"enabled": True, "followClock": True},
            "settings": {"logFormat": "json", "logLevel": "DEBUG"},
            **console(
                port=9082,
                metricsPort=9080,
                impersonation={"groups": ["iot"]},
                session={"hours": 1.5, "existingSecret": "given"},
                trustedProxy={
                    "networks": ["10.0.0.0/8"],
                    "secretName": "proxy",
                    "userHeader": "X-User",
                    "groupsHeader": "X-Groups",
                    "prefix": "sso:",
                },
            ),
        }
    )
    same = {
        name for name in ConsoleSettings.model_fields if getattr(told, name) == getattr(usual, name)
    }
    assert same == set()


# --- rights


def test_it_gets_the_listed_rights_and_nothing_else() -> None:
    assert granted(render(CONSOLE), NAME) == {EVERYWHERE: listed()}


def test_it_may_change_nothing_by_itself_and_read_no_secret() -> None:
    kept = {right for right in listed() if right.verb not in {"list", "watch"}}
    extras = {right for right in kept if right.resource.startswith("userextras/")}
    assert {right.verb for right in extras} == {"impersonate"}
    assert {(right.resource, right.verb) for right in kept - extras} == {
        ("tokenreviews", "create"),
        ("subjectaccessreviews", "create"),
        *((resource, "impersonate") for resource in ACTS_AS),
    }
    assert {right.resource for right in listed() - kept} == {*OURS, "events"}


def test_where_some_namespaces_are_watched_it_reads_in_these_alone() -> None:
    given = granted(render({**CONSOLE, **WATCHED}), NAME)
    read = {right for right in listed() if right.resource in {*OURS, "events"}}
    assert given == {EVERYWHERE: listed() - read, NAMESPACE: read, "plant-a": read}


def test_whom_it_may_act_as_can_be_bound_to_names() -> None:
    bounds = {"users": ["alice"], "groups": ["iot"], "serviceAccounts": ["dashboard"]}
    for impersonation in (bounds, {}):
        role = render(console(impersonation=impersonation)).one("ClusterRole", NAME)
        names = {
            rule["resources"][0]: rule.get("resourceNames")
            for rule in role["rules"]
            if "impersonate" in rule["verbs"] and rule["apiGroups"] == [""]
        }
        wanted = {name.lower(): one for name, one in impersonation.items()}
        assert names == {resource: wanted.get(resource) for resource in ACTS_AS}


def test_groups_that_it_may_not_act_as_do_not_count() -> None:
    told = environment(console(impersonation={"groups": ["iot", "ops"]}))
    assert told["SIM_OPERATOR_CONSOLE_GROUPS"] == "iot,ops"
    assert "SIM_OPERATOR_CONSOLE_GROUPS" not in environment(CONSOLE)


def test_what_an_authenticator_of_ones_own_adds_can_be_listed() -> None:
    more = granted(render(console(impersonation={"extras": ["scopes.example.com"]})), NAME)
    added = Right("authentication.k8s.io", "userextras/scopes.example.com", "impersonate")
    assert more == {EVERYWHERE: listed() | {added}}


def test_no_other_rule_is_bound_to_names() -> None:
    bound = console(impersonation={"users": ["alice"], "groups": ["iot"]})
    for rule in render(bound).one("ClusterRole", NAME)["rules"]:
        assert ("resourceNames" in rule) <= ("impersonate" in rule["verbs"])


def test_the_operator_gets_none_of_it() -> None:
    assert granted(render(CONSOLE)) == granted(render())


@pytest.mark.parametrize(
    "accounts",
    [
        {"console": {"enabled": True, "serviceAccount": {"name": RELEASE}}},
        {
            "console": {"enabled": True, "serviceAccount": {"create": False, "name": "given"}},
            "serviceAccount": {"create": False, "name": "given"},
        },
    ],
)
def test_one_account_for_operator_and_console_is_refused(accounts: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match=r"Name another in console\.serviceAccount\.name"):
        render(accounts)


def test_its_account_and_its_rights_can_be_left_to_others() -> None:
    values = console(serviceAccount={"create": False, "name": "given"})
    assert pod(values)["serviceAccountName"] == "given"
    assert granted(render(values), "given") == {EVERYWHERE: listed()}
    left = render({**CONSOLE, "rbac": {"create": False}})
    assert granted(left, NAME) == {}
    assert pod(CONSOLE)["serviceAccountName"] == NAME


# --- sessions and the proxy


def files(spec: Manifest) -> dict[str, tuple[str, str]]:
    """Of the mounted Secrets: path to the name of the Secret and its key."""
    (volume,) = (one for one in spec["volumes"] if one["name"] == "secrets")
    (container,) = spec["containers"]
    (mount,) = (one for one in container["volumeMounts"] if one["name"] == "secrets")
    assert mount["readOnly"] is True
    return {
        f"{mount['mountPath']}/{item['path']}": (source["secret"]["name"], item["key"])
        for source in volume["projected"]["sources"]
        for item in source["secret"]["items"]
    }


def test_no_secret_is_made_because_who_is_signed_in_does_not_outlive_the_process() -> None:
    assert "SIM_OPERATOR_CONSOLE_KEY_FILE" not in environment(CONSOLE)
    assert render(CONSOLE).of("Secret") == []
    assert [one["name"] for one in pod(CONSOLE)["volumes"]] == ["tmp", "data"]


def test_cookies_can_be_signed_by_a_key_that_is_given() -> None:
    given = console(session={"existingSecret": "given", "key": "key"})
    path = environment(given)["SIM_OPERATOR_CONSOLE_KEY_FILE"]
    assert files(pod(given)) == {path: ("given", "key")}


def test_without_a_proxy_no_header_is_believed() -> None:
    assert not any("PROXY" in name for name in environment(CONSOLE))


def test_a_proxy_is_believed_by_its_network_and_its_secret() -> None:
    values = console(
        trustedProxy={
            "networks": ["10.0.0.0/8", "fd00::/8"],
            "secretName": "proxy",
            "userHeader": "X-User",
            "groupsHeader": "X-Groups",
            "prefix": "sso:",
        }
    )
    told = environment(values)
    assert told["SIM_OPERATOR_CONSOLE_PROXY_NETWORKS"] == "10.0.0.0/8,fd00::/8"
    path = told["SIM_OPERATOR_CONSOLE_PROXY_SECRET_FILE"]
    assert files(pod(values))[path] == ("proxy", "proxy-secret")
    assert told["SIM_OPERATOR_CONSOLE_PROXY_USER_HEADER"] == "X-User"
    assert told["SIM_OPERATOR_CONSOLE_PROXY_GROUPS_HEADER"] == "X-Groups"
    assert told["SIM_OPERATOR_CONSOLE_PROXY_PREFIX"] == "sso:"


@pytest.mark.parametrize("half", [{"networks": ["10.0.0.0/8"]}, {"secretName": "proxy"}])
def test_half_a_proxy_is_refused(half: dict[str, Any]) -> None:
    with pytest.raises(RefusedError, match=r"secretName belong together.*Set both or neither"):
        render(console(trustedProxy=half))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"trustedProxy": {"prefix": "system:"}}, "'/console/trustedProxy/prefix'"),
        ({"trustedProxy": {"networks": ["everybody"]}}, "'/console/trustedProxy/networks/0'"),
        ({"session": {"hours": 0}}, "'/console/session/hours'"),
        ({"impersonation": {"users": [""]}}, "'/console/impersonation/users/0'"),
        ({"impersonation": {"user": []}}, "additional properties 'user' not allowed"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(values: dict[str, Any], told: str) -> None:
    with pytest.raises(RefusedError, match=told):
        render(console(**values))


# --- who may reach it, and what it reaches


def test_everybody_may_come_in_or_those_who_are_named_and_our_own_pods() -> None:
    open_to_all = policy(render({**CONSOLE, "networkPolicy": {"enabled": True}}), NAME)
    assert all("from" not in rule for rule in open_to_all["ingress"])
    shut = {**NETWORK, **BUNDLED, **console(allowedFrom=[PEER])}
    spec = policy(render(shut), NAME)
    by_port = {rule["ports"][0]["port"]: rule["from"] for rule in spec["ingress"]}
    assert all(PEER in peers for peers in by_port.values())
    assert {port: components(peers) for port, peers in by_port.items()} == {
        8082: {"operator", "test"},
        8080: {"prometheus", "test"},
    }


def test_it_reaches_dns_the_api_server_and_its_database_and_nothing_else() -> None:
    spec = policy(render({**NETWORK, **CONSOLE}), NAME)
    assert egress_ports(spec, to_anybody=True) == {53, 443, 6443}
    assert egress_ports(spec, to_anybody=False) == set()
    spec = policy(render({**NETWORK, **CONSOLE, **POSTGRESQL}), NAME)
    assert egress_ports(spec, to_anybody=True) == {53, 443, 6443, 5432}
    where = {"networkPolicy": {"enabled": True, "database": {"to": [PEER], "ports": [6432]}}}
    spec = policy(render({**where, **CONSOLE, **POSTGRESQL}), NAME)
    assert egress_ports(spec, to_anybody=False) == {6432}


def test_with_the_simulators_clock_it_reaches_the_simulator() -> None:
    simulated = {"simulator": {"enabled": True, "followClock": True}}
    rendered = render({**NETWORK, **CONSOLE, **simulated})
    assert egress_ports(policy(rendered, NAME), to_anybody=False) == {8089}
    (rule,) = policy(rendered, f"{RELEASE}-simulator")["ingress"]
    assert "console" in components(rule["from"])
    (rule,) = policy(render({**NETWORK, **CONSOLE, **SIMULATOR}), f"{RELEASE}-simulator")["ingress"]
    assert "console" not in components(rule["from"])


def test_the_operator_reaches_it_where_it_keeps_the_history() -> None:
    spec = policy(render({**NETWORK, **CONSOLE}), RELEASE)
    assert egress_ports(spec, to_anybody=False) == {8081, 8082}
    without = policy(render({**NETWORK, **CONSOLE, "history": {"enabled": False}}), RELEASE)
    assert egress_ports(without, to_anybody=False) == {8081}


def test_the_test_asks_it_whether_it_is_well() -> None:
    (container,) = render(CONSOLE).one("Pod", f"{RELEASE}-test")["spec"]["containers"]
    url = f"http://{NAME}.{NAMESPACE}.svc:8082/health"
    assert f"--service=console={url}" in container["args"]
    (without,) = render().one("Pod", f"{RELEASE}-test")["spec"]["containers"]
    assert not any("console" in one for one in without["args"])
