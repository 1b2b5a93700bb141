"""How the operator runs."""

from typing import Any

import pytest

from sim_operator.settings import PREFIX, Settings
from tests.chart.cases import ACCOUNT, CASES, CONSOLE, SIMULATOR
from tests.chart.rendering import NAMESPACE, RELEASE, Manifest, RefusedError, Rendered, render


def pod_specs(rendered: Rendered) -> list[tuple[str, Manifest]]:
    """Name and spec of every pod that would run."""
    return [(one["metadata"]["name"], one["spec"]) for one in rendered.pods()]


def settings_of(values: dict[str, Any]) -> Settings:
    """The settings that the operator would read from the rendered environment."""
    environment = render(values).environment()
    texts = {name: text for name, text in environment.items() if isinstance(text, str)}
    texts.setdefault(f"{PREFIX}NAMESPACE", NAMESPACE)  # which the pod gets from the API server
    with pytest.MonkeyPatch.context() as patched:
        for name, text in texts.items():
            patched.setenv(name, text)
        return Settings.from_environment()


def test_without_any_value_two_replicas_run_with_the_settings_that_the_operator_has_itself() -> (
    None
):
    rendered = render()
    assert rendered.operator()["spec"]["replicas"] == 2
    assert settings_of({}) == Settings(namespace=NAMESPACE)


def test_every_setting_of_the_operator_can_be_set_by_a_value() -> None:
    told = settings_of(
        {
            **CONSOLE,
            "replicas": 1,
            "watchNamespaces": ["plant-a", "plant-b"],
            "settings": {
                "defaultAccount": "plant-a/main",
                "logFormat": "json",
                "logLevel": "DEBUG",
                "perSIMMetrics": "off",
                "allowedEndpoints": ["https://api.1nce.com", "https://proxy.example.com/1nce"],
                "leaderElection": False,
                "metricsPort": 9080,
                "hooksPort": 9081,
                "clockURL": "http://simulator.plant-a.svc:8089",
                "statusWritesPerSecond": 2.5,
            },
        }
    )
    usual = Settings()
    same = {name for name in Settings.model_fields if getattr(told, name) == getattr(usual, name)}
    # Sharding needs leader election; inside the cluster the console is reached without TLS.
    assert same == {"sharding", "history_ca_file"}
    assert settings_of({"settings": {"sharding": True}}).sharding is True
    with pytest.raises(RefusedError, match=r"Set leaderElection to true, or sharding to false"):
        render({"replicas": 1, "settings": {"sharding": True, "leaderElection": False}})


@pytest.mark.parametrize(("said", "meant"), [(True, "on"), (False, "off"), ("auto", "auto")])
def test_on_and_off_without_quotes_are_no_booleans_to_the_operator(
    said: object, meant: str
) -> None:
    assert settings_of({"settings": {"perSIMMetrics": said}}).per_sim_metrics == meant


def test_the_account_that_the_chart_makes_is_the_default_one() -> None:
    assert str(settings_of({**ACCOUNT}).default_account) == f"{NAMESPACE}/default"


def test_another_account_can_be_the_default_one() -> None:
    given = settings_of({**ACCOUNT, "settings": {"defaultAccount": "plant-a/main"}})
    assert str(given.default_account) == "plant-a/main"


def test_the_simulator_is_an_allowed_endpoint_beside_the_others() -> None:
    told = settings_of({**SIMULATOR, "settings": {"allowedEndpoints": ["https://api.1nce.com"]}})
    own = f"http://{RELEASE}-simulator.{NAMESPACE}.svc:8089"
    assert told.allows_endpoint(f"{own}/management-api")
    assert told.allows_endpoint("https://api.1nce.com/management-api")
    assert told.clock_url is None


def test_without_the_simulator_its_endpoint_is_not_allowed() -> None:
    own = f"http://{RELEASE}-simulator.{NAMESPACE}.svc:8089"
    assert not settings_of({}).allows_endpoint(f"{own}/management-api")


def test_an_upgrade_brings_up_a_standby_before_it_ends_a_pod() -> None:
    strategy = render().operator()["spec"]["strategy"]
    assert strategy["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_without_leader_election_two_never_run_at_the_same_time() -> None:
    values = {"replicas": 1, "settings": {"leaderElection": False}}
    assert render(values).operator()["spec"]["strategy"] == {"type": "Recreate"}
    with pytest.raises(RefusedError, match=r"Set replicas to 1, or leaderElection to true"):
        render({"settings": {"leaderElection": False}})


def test_probes_ask_for_progress_to_live_and_for_the_whole_picture_to_be_ready() -> None:
    (container,) = render().operator()["spec"]["template"]["spec"]["containers"]
    asked = {probe: container[probe]["httpGet"]["path"] for probe in container if "Probe" in probe}
    assert asked == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }


def test_a_pod_that_ends_answers_until_everybody_knows() -> None:
    spec = render().operator()["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    pause = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    # On SIGTERM: 5 s for what is on the wire, 3 s each for statuses and events, 5 s for the Lease.
    assert pause + 5 + 3 + 3 + 5 < spec["terminationGracePeriodSeconds"]


@pytest.mark.parametrize("case", CASES)
def test_every_pod_of_ours_fits_pod_security_restricted(case: str) -> None:
    files, values = CASES[case]
    for name, spec in pod_specs(render(values, files=files)):
        pod = spec["securityContext"]
        assert pod["runAsNonRoot"] is True, name
        assert pod["runAsUser"] > 0, name
        assert pod["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys(), name
        for container in spec["containers"] + spec.get("initContainers", []):
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert context["readOnlyRootFilesystem"] is True, name


@pytest.mark.parametrize("case", CASES)
def test_every_pod_bounds_its_memory_and_says_what_it_needs(case: str) -> None:
    files, values = CASES[case]
    for name, spec in pod_specs(render(values, files=files)):
        for container in spec["containers"] + spec.get("initContainers", []):
            resources = container["resources"]
            assert {"cpu", "memory"} <= resources["requests"].keys(), name
            assert "memory" in resources["limits"], name


@pytest.mark.parametrize("case", CASES)
def test_no_pod_is_told_of_services_by_its_environment(case: str) -> None:
    """A Service called sim-operator would set SIM_OPERATOR_PORT, which looks like a setting."""
    files, values = CASES[case]
    links = {
        name: spec.get("enableServiceLinks")
        for name, spec in pod_specs(render(values, files=files))
    }
    assert set(links.values()) == {False}, links


def test_only_pods_that_speak_to_the_api_server_get_a_token() -> None:
    files, values = CASES["everything"]
    rendered = render(values, files=files)
    with_token = {
        name for name, spec in pod_specs(rendered) if spec["automountServiceAccountToken"]
    }
    assert with_token == {
        "sim-operator",
        "sim-operator-console",
        "sim-operator-prometheus",  # it finds the operator's pods by the API
        "sim-operator-account",
        "sim-operator-uninstall-check",
        "sim-operator-test",
    }
    for account in rendered.of("ServiceAccount"):
        assert account["automountServiceAccountToken"] is False, account["metadata"]["name"]


def test_one_replica_has_no_disruption_budget_because_that_would_block_its_node() -> None:
    assert render({"replicas": 1}).of("PodDisruptionBudget") == []
    (budget,) = render().of("PodDisruptionBudget")
    assert budget["spec"]["maxUnavailable"] == 1


def test_replicas_spread_over_nodes_and_zones_as_well_as_possible() -> None:
    spec = render().operator()["spec"]
    spread = spec["template"]["spec"]["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in spread] == [
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
    ]
    for one in spread:
        assert one["labelSelector"] == spec["selector"]
        assert one["whenUnsatisfiable"] == "ScheduleAnyway"
    one_replica = render({"replicas": 1}).operator()["spec"]["template"]["spec"]
    assert "topologySpreadConstraints" not in one_replica


def test_selectors_do_not_change_with_the_version_or_with_labels_of_ones_own() -> None:
    selected = render({"commonLabels": {"team": "iot"}, "image": {"tag": "9.9.9"}}).operator()
    assert selected["spec"]["selector"] == render().operator()["spec"]["selector"]
    assert selected["metadata"]["labels"]["team"] == "iot"
    assert selected["spec"]["template"]["metadata"]["labels"]["team"] == "iot"


def test_labels_of_ones_own_cannot_replace_those_that_select_pods() -> None:
    given = {
        "commonLabels": {"app.kubernetes.io/name": "x"},
        "podLabels": {"app.kubernetes.io/component": "x"},
    }
    deployment = render(given).operator()
    selector = deployment["spec"]["selector"]["matchLabels"]
    assert selector.items() <= deployment["spec"]["template"]["metadata"]["labels"].items()


@pytest.mark.parametrize(
    ("image", "named"),
    [
        ({}, "sim-operator/sim-operator:0.1.0"),
        (
            {"registry": "registry.example.com:5000/iot"},
            "registry.example.com:5000/iot/sim-operator/sim-operator:0.1.0",
        ),
        ({"tag": "edge"}, "sim-operator/sim-operator:edge"),
        (
            {"tag": "edge", "digest": f"sha256:{'a' * 64}"},
            f"sim-operator/sim-operator@sha256:{'a' * 64}",
        ),
    ],
)
def test_one_image_runs_everything_of_ours(image: dict[str, str], named: str) -> None:
    files, values = CASES["simulator and clock"]
    ours = {
        container["image"]
        for _, spec in pod_specs(render({**values, "image": image}, files=files))
        for container in spec["containers"]
    }
    assert ours == {named}


def test_a_long_release_name_still_gives_names_that_services_may_have() -> None:
    rendered = render({**SIMULATOR}, release="a-release-name-that-is-as-long-as-helm-will-take-it")
    assert max(len(name) for name in rendered.names("Service")) <= 63


def test_two_releases_share_no_name() -> None:
    def names(release: str) -> set[tuple[str, str]]:
        values = {**ACCOUNT, **SIMULATOR, "crds": {"enabled": False}}
        return {(one["kind"], one["metadata"]["name"]) for one in render(values, release=release)}

    assert names("north") & names("south") == set()
