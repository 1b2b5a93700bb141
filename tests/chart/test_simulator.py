"""The simulated 1NCE, the test of the whole stack, and the help for Argo CD."""

import re

import pytest
from typer.testing import CliRunner

from sim_operator import cli
from tests.chart.cases import ACCOUNT, BUNDLED, CREDENTIALS, SIMULATOR
from tests.chart.rendering import CHART, NAMESPACE, RELEASE, Rendered, render

NAME = f"{RELEASE}-simulator"
URL = f"http://{NAME}.{NAMESPACE}.svc:8089"
OPERATOR = f"http://{RELEASE}.{NAMESPACE}.svc:8080"


def arguments(rendered: Rendered) -> dict[str, str]:
    """The flags of the simulator; a flag without value has an empty one."""
    deployment = rendered.one("Deployment", NAME)
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    verb, *flags = container["args"]
    assert verb == "simulate"
    return {name: value for name, _, value in (flag.partition("=") for flag in flags)}


def checks(rendered: Rendered) -> list[str]:
    """What `helm test` looks at."""
    pod = rendered.one("Pod", f"{RELEASE}-test")
    (container,) = pod["spec"]["containers"]
    first, second, *flags = container["args"]
    assert (first, second) == ("check", "stack")
    return [str(flag) for flag in flags]


def flags_of(*verb: str) -> set[str]:
    """The flags that a verb of the command line takes."""
    told = CliRunner().invoke(cli.app, [*verb, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert told.exit_code == 0, told.output
    return set(re.findall(r"--[a-z-]+", told.output))


def test_there_is_no_simulator_unless_somebody_asks_for_it() -> None:
    assert [one for one in render(ACCOUNT) if "simulat" in one["metadata"]["name"]] == []


def test_every_flag_of_the_simulator_but_the_credentials_is_a_value() -> None:
    values = {
        "simulator": {
            "enabled": True,
            "sims": 2_000_000,
            "seed": 7,
            "speed": 60,
            "omitted": "reset",
            "rateLimit": 50,
            "tokenLifetime": 90,
            "startTime": "2026-11-01T00:00:00Z",
            "oddities": False,
            "port": 8090,
        }
    }
    told = arguments(render(values))
    assert told == {
        "--host": "0.0.0.0",  # noqa: S104 - a pod, behind a Service
        "--port": "8090",
        "--sims": "2000000",
        "--seed": "7",
        "--speed": "60",
        "--omitted": "reset",
        "--rate-limit": "50",
        "--token-lifetime": "90",
        "--start-time": "2026-11-01T00:00:00Z",
        "--no-oddities": "",
    }
    assert flags_of("simulate") - told.keys() == {"--client-id", "--oddities", "--help"}


def test_the_simulator_takes_its_credentials_from_the_secret_that_the_operator_reads() -> None:
    rendered = render({**SIMULATOR, "credentials": {"secretName": "given"}})
    (container,) = rendered.one("Deployment", NAME)["spec"]["template"]["spec"]["containers"]
    assert {one["name"]: one["valueFrom"]["secretKeyRef"] for one in container["env"]} == {
        "ONCE_CLIENT_ID": {"name": "given", "key": "ONCE_CLIENT_ID"},
        "ONCE_CLIENT_SECRET": {"name": "given", "key": "ONCE_CLIENT_SECRET"},
    }


def test_a_changed_secret_of_the_chart_restarts_the_simulator_and_not_the_operator() -> None:
    def annotations(secret: str, name: str) -> object:
        credentials = {"create": True, "clientId": "x", "clientSecret": secret}
        rendered = render({**SIMULATOR, "credentials": credentials})
        return rendered.one("Deployment", name)["spec"]["template"]["metadata"].get("annotations")

    assert annotations("one", NAME) != annotations("two", NAME)
    assert annotations("one", RELEASE) == annotations("two", RELEASE)


def test_there_is_never_a_second_simulator_because_its_world_is_in_its_memory() -> None:
    spec = render(SIMULATOR).one("Deployment", NAME)["spec"]
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})


def test_the_operator_follows_the_simulators_clock_if_asked() -> None:
    assert "SIM_OPERATOR_CLOCK_URL" not in render(SIMULATOR).environment()
    asked = render({"simulator": {"enabled": True, "followClock": True}})
    assert asked.environment()["SIM_OPERATOR_CLOCK_URL"] == URL


def test_the_stack_is_checked_as_far_as_it_is_there() -> None:
    assert checks(render()) == [
        f"--service=operator={OPERATOR}/readyz",
        f"--service=metrics={OPERATOR}/metrics",
        "--per-sim-metrics=auto",
        "--timeout=120",
        f"--metrics={OPERATOR}/metrics",
    ]
    whole = checks(render({**ACCOUNT, **CREDENTIALS, **SIMULATOR, **BUNDLED}))
    assert whole == [
        f"--service=operator={OPERATOR}/readyz",
        f"--service=metrics={OPERATOR}/metrics",
        "--per-sim-metrics=auto",
        "--timeout=120",
        f"--account={NAMESPACE}/default",
        f"--service=simulator={URL}/_control/time",
        f"--make-sim={NAMESPACE}",
        f"--iccid-from={URL}",
        f"--service=grafana=http://{RELEASE}-grafana.{NAMESPACE}.svc:3000/monitoring/api/health",
        f"--service=prometheus=http://{RELEASE}-prometheus.{NAMESPACE}.svc:9090/-/ready",
        f"--prometheus=http://{RELEASE}-prometheus.{NAMESPACE}.svc:9090",
    ]


def test_a_sim_of_ones_own_and_another_prometheus_can_be_checked() -> None:
    tests = {"sims": ["plant-a/pump-01"], "prometheusURL": "http://prometheus.monitoring.svc:9090"}
    told = checks(render({**ACCOUNT, "tests": tests}))
    assert "--sim=plant-a/pump-01" in told
    assert "--prometheus=http://prometheus.monitoring.svc:9090" in told
    assert not any(flag.startswith(("--make-sim", "--metrics")) for flag in told)


def test_no_sim_is_made_at_a_real_1nce_or_against_ones_will() -> None:
    unwanted = {**ACCOUNT, **SIMULATOR, "tests": {"makeSIM": False}}
    for values in (ACCOUNT, unwanted):
        assert not any(flag.startswith("--make-sim") for flag in checks(render(values)))


@pytest.mark.parametrize(
    ("verb", "values"),
    [
        (("check", "stack"), {**ACCOUNT, **SIMULATOR, **BUNDLED, "tests": {"sims": ["a/b"]}}),
        (("check", "uninstall"), {"crds": {"keep": False}}),
        (("apply",), ACCOUNT),
        (("simulate",), SIMULATOR),
        (("run",), {}),
    ],
)
def test_every_flag_that_the_chart_gives_is_one_that_the_command_line_takes(
    verb: tuple[str, ...], values: dict[str, object]
) -> None:
    given = set()
    for one in render(values):
        spec = one.get("spec", {})
        containers = spec.get("template", {}).get("spec", spec).get("containers", ())
        for container in containers:
            arguments = container.get("args", [])
            if tuple(arguments[: len(verb)]) == verb:
                given |= {flag.partition("=")[0] for flag in arguments[len(verb) :]}
    assert given <= flags_of(*verb)
    assert given or verb in {("run",), ("check", "uninstall")}


def test_health_checks_for_argo_cd_are_those_of_the_files() -> None:
    data = render({"argocd": {"healthChecks": True}}).one("ConfigMap", f"{RELEASE}-argocd-health")[
        "data"
    ]
    prefix = "resource.customizations.health.sim-operator.io_"
    assert data.keys() == {f"{prefix}{kind}" for kind in ("SIM", "SIMAccount", "QuotaPolicy")}
    for kind, text in ((key.removeprefix(prefix), text) for key, text in data.items()):
        assert text == (CHART / "files" / "argocd" / f"{kind.lower()}.lua").read_text("utf-8")
