"""Values: each one counts, each one is described, and a wrong one is refused in words."""

import copy
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import pytest
import yaml

from tests.chart import account_spec
from tests.chart.cases import CASES, PEER
from tests.chart.rendering import (
    CHART,
    KUBERNETES,
    NAMESPACE,
    RELEASE,
    RefusedError,
    helm,
    render,
)

Path = tuple[str, ...]
SCHEMA: Final = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
VALUES: Final = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
MARK: Final = "marked"
FIRST_NUMBER: Final = 41_000
DEMO: Final = yaml.safe_load((CHART / "values-demo.yaml").read_text(encoding="utf-8"))
SWITCHED_ON: Final[dict[str, Any]] = {
    "metrics": {"serviceMonitor": {"enabled": True}, "scrapeAnnotations": True},
    "alerts": {"enabled": True},
    "dashboards": {"enabled": True, "grafanaDashboards": {"enabled": True}},
    "prometheus": {"storage": {"enabled": True}},
    "grafana": {"storage": {"enabled": True}, "adminSecret": {"name": "given"}},
    "console": {
        "session": {"existingSecret": "given"},
        "trustedProxy": {"networks": ["10.0.0.0/8"], "secretName": "given"},
        "allowedFrom": [PEER],
    },
    "history": {"storage": {"enabled": True}},
}
"""Nearly all that can be there at once; what shuts something else out is in OTHERS."""
OTHERS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"metrics": {"serviceMonitor": {"enabled": False}, "podMonitor": {"enabled": True}}},
    {"account": {"create": False}, "simulator": {"enabled": False}, "watchNamespaces": []},
    {"crds": {"keep": True}, "grafana": {"enabled": False}, "prometheus": {"enabled": False}},
    {
        "history": {"database": {"existingSecret": "given"}, "storage": {"enabled": False}},
        "networkPolicy": {"database": {"to": [PEER]}},
    },
)


def leaves(values: Mapping[str, Any], above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that holds no further named values."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key), value


LEAVES: Final = dict(leaves(VALUES))


def marked(value: Any, number: int) -> Any:
    """Another value of the same type, which can be found again where it is written out."""
    match value:
        case bool():
            return not value
        case int() | float():
            return FIRST_NUMBER + number
        case str():
            return f"{MARK}-{number}-"
        case list() if value and isinstance(value[0], int):
            return [FIRST_NUMBER + number]
        case list() if value and isinstance(value[0], str):
            return [f"{MARK}-{number}-"]
        case list():
            return [{"name": f"{MARK}-{number}-"}]
        case dict():
            return {"name": f"{MARK}-{number}-"}
        case _:
            raise AssertionError(f"values.yaml has a {type(value)}")


def merged(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Layers of values as Helm merges them: maps are joined, all else is replaced."""
    result: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            if isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
                result[key] = merged(result[key], value)
            else:
                result[key] = copy.deepcopy(value)
    return result


def at(path: Path, value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    made: dict[str, Any] = value
    return made


@cache
def outcome(values: str) -> str:
    """All that is rendered, or why nothing is."""
    command = ("template", RELEASE, str(CHART), f"--namespace={NAMESPACE}", "--values=-")
    flags = (f"--kube-version={KUBERNETES}", "--skip-schema-validation")
    try:
        return helm(*command, *flags, stdin=values)
    except RefusedError as error:
        return f"refused: {error}"


BASES: Final = [merged(VALUES, DEMO, CASES["everything"][1], SWITCHED_ON, one) for one in OTHERS]


def outcome_of(*layers: Mapping[str, Any]) -> str:
    return outcome(json.dumps(merged(*layers)))


def present(path: Path, values: Mapping[str, Any]) -> Any:
    for key in path:
        values = values[key]
    return values


def counts(path: Path, number: int) -> bool:
    """Whether another value at `path` makes any difference to any of the bases."""
    for base in BASES:
        change = at(path, marked(present(path, base), number))
        if outcome_of(base) != outcome_of(base, change):
            return True
    return False


@pytest.mark.parametrize("key", VALUES)
def test_every_value_makes_a_difference(key: str) -> None:
    ours = {path: number for number, path in enumerate(LEAVES) if path[0] == key}
    # Most can be searched for in one rendering; what is not found there is tried alone.
    several = {path: number for path, number in ours.items() if not isinstance(LEAVES[path], bool)}
    changes = [at(path, marked(LEAVES[path], number)) for path, number in several.items()]
    tried = (outcome_of(base, *changes) for base in BASES)
    shown = next((one for one in tried if not one.startswith("refused")), "")
    marks = {
        path: (f"{MARK}-{number}-", str(FIRST_NUMBER + number)) for path, number in several.items()
    }
    found = {path for path, either in marks.items() if any(mark in shown for mark in either)}
    idle = [path for path in ours.keys() - found if not counts(path, ours[path])]
    assert [".".join(path) for path in sorted(idle)] == []


def test_the_same_values_give_the_same_manifests_because_argo_cd_compares_them() -> None:
    first = outcome_of(BASES[0])
    outcome.cache_clear()
    assert outcome_of(BASES[0]) == first


def test_without_any_change_there_is_something_to_compare_with() -> None:
    for base in BASES:
        assert not outcome_of(base).startswith("refused"), outcome_of(base)
    assert len({outcome_of(base) for base in BASES}) == len(BASES)


def objects(
    schema: Mapping[str, Any], above: Path = ()
) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Every described value of the schema, with its path."""
    for name, one in schema.get("properties", {}).items():
        yield (*above, name), one
        yield from objects(one, (*above, name))


DESCRIBED: Final = dict(objects(SCHEMA))


def test_the_schema_knows_every_value_and_no_other() -> None:
    def at_home(path: Path) -> bool:
        """Whether the chart's values end above it: the value is free there, or Kubernetes's own."""
        return any(path[:length] in LEAVES for length in range(1, len(path)))

    named = {path for path in DESCRIBED if not at_home(path)} - {("global",)}
    tops = {path[:length] for path in LEAVES for length in range(1, len(path) + 1)}
    of_kubernetes = {
        path for path in tops - named if "properties" not in DESCRIBED.get(path[:-1], {})
    }
    assert named - tops == set()
    assert tops - named - of_kubernetes == set()


def test_every_value_is_described() -> None:
    assert [".".join(path) for path, one in DESCRIBED.items() if not one.get("description")] == []


def test_no_name_can_be_mistyped() -> None:
    assert SCHEMA["additionalProperties"] is False
    open_ones = {
        ".".join(path)
        for path, one in DESCRIBED.items()
        if "properties" in one and one.get("additionalProperties") is not False
    }
    assert open_ones == set()


def test_an_account_takes_what_its_crd_takes() -> None:
    said = SCHEMA["properties"]["account"]["properties"]
    wanted = account_spec.wanted()
    assert {name: said[name] for name in wanted} == wanted, (
        "not current: run `.venv/bin/python -m tests.chart.account_spec`"
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"replica": 3}, r"additional properties 'replica' not allowed"),
        ({"image": {"tags": "x"}}, r"at '/image': additional properties 'tags' not allowed"),
        ({"replicas": "3"}, r"at '/replicas': got string, want integer"),
        ({"replicas": -1}, r"at '/replicas': minimum: got -1, want 0"),
        (
            {"settings": {"logLevel": "TRACE"}},
            r"'/settings/logLevel': value must be one of 'DEBUG'",
        ),
        (
            {"settings": {"defaultAccount": "main"}},
            r"'/settings/defaultAccount': 'main' does not match",
        ),
        ({"settings": {"allowedEndpoints": []}}, r"'/settings/allowedEndpoints': minItems: got 0"),
        (
            {"settings": {"allowedEndpoints": ["api.1nce.com"]}},
            r"allowedEndpoints/0': 'api\.1nce\.com'",
        ),
        ({"settings": {"metricsPort": 0}}, r"'/settings/metricsPort': minimum"),
        ({"watchNamespaces": ["Plant_A"]}, r"'/watchNamespaces/0': 'Plant_A' does not match"),
        ({"watchNamespaces": "plant-a"}, r"'/watchNamespaces': got string, want array"),
        ({"image": {"digest": "latest"}}, r"'/image/digest': 'latest' does not match"),
        ({"image": {"registry": "https://registry"}}, r"'/image/registry'"),
        ({"resources": {"limits": {"memory": "1GB"}}}, r"'/resources/limits/memory': '1GB'"),
        ({"tests": {"sims": ["pump-01"]}}, r"'/tests/sims/0': 'pump-01' does not match"),
        ({"simulator": {"startTime": "today"}}, r"'/simulator/startTime': 'today' does not match"),
        ({"account": {"spec": {"mode": "Off"}}}, r"'/account/spec/mode': value must be one of"),
        ({"account": {"spec": {"interval": "5m"}}}, r"'/account/spec': additional properties"),
        (
            {"account": {"spec": {"rateLimit": {"requestsPerSecond": 11}}}},
            r"maximum: got 11, want 10",
        ),
        ({"networkPolicy": {"hooksFrom": [{}]}}, r"'/networkPolicy/hooksFrom/0'"),
        (
            {"podDisruptionBudget": {"maxUnavailable": "half"}},
            r"'/podDisruptionBudget/maxUnavailable'",
        ),
        (
            {"service": {"type": "ExternalName"}},
            r"'/service/type': value must be one of 'ClusterIP'",
        ),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(values: dict[str, Any], told: str) -> None:
    with pytest.raises(RefusedError, match=told):
        render(values)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"settings": {"hooksPort": 8080}}, r"are both 8080: choose two different ports"),
        ({"service": {"hooksPort": 8080}}, r"service\.hooksPort are both 8080"),
        ({"simulator": {"followClock": True}}, r"Set simulator\.enabled to true"),
        (
            {
                "simulator": {"enabled": True, "followClock": True},
                "settings": {"clockURL": "http://simulator"},
            },
            r"follows one clock\. Remove one",
        ),
    ],
)
def test_values_that_are_wrong_together_are_refused_with_what_to_change(
    values: dict[str, Any], told: str
) -> None:
    with pytest.raises(RefusedError, match=told):
        render(values)


def test_a_user_that_the_platform_chooses_can_be_left_to_it() -> None:
    chosen = {"podSecurityContext": {"runAsUser": None, "runAsGroup": None}}
    spec = render(chosen).operator()["spec"]["template"]["spec"]
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def test_as_a_part_of_another_chart_it_is_given_global_values() -> None:
    assert render({"global": {"anything": True}}).operator()["metadata"]["namespace"] == NAMESPACE
