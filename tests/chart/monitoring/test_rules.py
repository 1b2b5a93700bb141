"""Alerts and recording rules: the same in a PrometheusRule and in the bundled Prometheus."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.chart.monitoring.bundled import (
    ALERTS,
    BUNDLED,
    PROMETHEUS,
    alerts_of,
    promtool,
    rule_groups,
    source_groups,
)
from tests.chart.rendering import RefusedError, Rendered, render

SOURCE = alerts_of(source_groups())


def groups_of_prometheus(rendered: Rendered) -> list[dict[str, Any]]:
    """What the bundled Prometheus reads."""
    data = rendered.one("ConfigMap", f"{PROMETHEUS}-rules")["data"]
    groups: list[dict[str, Any]] = yaml.safe_load(data["sim-operator.yaml"])["groups"]
    return groups


def test_every_group_comes_out_as_it_is_in_the_files() -> None:
    rendered = render({**ALERTS, **BUNDLED})
    assert rule_groups(rendered) == source_groups()
    assert groups_of_prometheus(rendered) == source_groups()


def test_promtool_takes_the_rules_of_both(tmp_path: Path) -> None:
    rendered = render({**ALERTS, **BUNDLED})
    for name, groups in (
        ("rule", rule_groups(rendered)),
        ("bundled", groups_of_prometheus(rendered)),
    ):
        file = tmp_path / f"{name}.yaml"
        file.write_text(yaml.safe_dump({"groups": groups}), encoding="utf-8")
        number = sum(len(group["rules"]) for group in source_groups())
        assert f"{number} rules found" in promtool("check", "rules", file)


def test_the_templates_of_alerts_are_left_to_prometheus() -> None:
    told = alerts_of(rule_groups(render(ALERTS)))
    wanted = {name: one["annotations"]["description"] for name, one in SOURCE.items()}
    assert {name: one["annotations"]["description"] for name, one in told.items()} == wanted
    assert any("{{" in text for text in wanted.values())


def test_alerts_can_be_left_out_by_name() -> None:
    first, second, *_ = SOURCE
    left = alerts_of(
        rule_groups(render({"alerts": {"enabled": True, "disabled": [first, second]}}))
    )
    assert left.keys() == SOURCE.keys() - {first, second}


def test_without_any_alert_the_recording_rules_stay() -> None:
    groups = rule_groups(render({"alerts": {"enabled": True, "disabled": list(SOURCE)}}))
    assert alerts_of(groups) == {}
    assert all(group["rules"] for group in groups)
    assert [rule for group in groups for rule in group["rules"]] == [
        rule for group in source_groups() for rule in group["rules"] if "record" in rule
    ]


def test_an_alert_takes_another_severity_and_keeps_all_else() -> None:
    first, second, *_ = SOURCE
    told = alerts_of(
        rule_groups(render({"alerts": {"enabled": True, "severities": {first: "page"}}}))
    )
    assert told[first]["labels"]["severity"] == "page"
    assert told[first] | {"labels": SOURCE[first]["labels"]} == SOURCE[first]
    assert told[second] == SOURCE[second]


def test_every_alert_takes_labels_and_annotations_that_do_not_displace_its_own() -> None:
    values = {
        "enabled": True,
        "alertLabels": {"team": "iot", "severity": "none"},
        "alertAnnotations": {"dashboard": "{{ $externalURL }}", "summary": "none"},
    }
    for name, alert in alerts_of(rule_groups(render({"alerts": values}))).items():
        assert alert["labels"] == {"team": "iot", **SOURCE[name]["labels"]}
        own = SOURCE[name]["annotations"]
        assert alert["annotations"] == {"dashboard": "{{ $externalURL }}", **own}


@pytest.mark.parametrize(
    "base", ["https://wiki.example.com/sims", "https://wiki.example.com/sims/"]
)
def test_runbooks_are_looked_for_where_one_says(base: str) -> None:
    values = {"enabled": True, "runbookBaseURL": base}
    for name, alert in alerts_of(rule_groups(render({"alerts": values}))).items():
        assert alert["annotations"]["runbook_url"] == f"https://wiki.example.com/sims/{name}.md"


@pytest.mark.parametrize("wrong", [{"disabled": ["SIMLost"]}, {"severities": {"SIMLost": "page"}}])
def test_an_alert_that_there_is_not_is_refused_with_those_that_there_are(
    wrong: dict[str, Any],
) -> None:
    with pytest.raises(RefusedError, match="there is no alert SIMLost") as refused:
        render({"alerts": {"enabled": True, **wrong}})
    assert [name for name in SOURCE if name not in str(refused.value)] == []


def test_a_prometheus_rule_lies_where_one_says_with_labels_of_ones_own() -> None:
    values = {"enabled": True, "namespace": "watching", "labels": {"release": "prometheus"}}
    (rule,) = render({"alerts": values}).of("PrometheusRule")
    assert rule["metadata"]["namespace"] == "watching"
    assert rule["metadata"]["labels"]["release"] == "prometheus"


def test_nothing_is_made_unless_it_is_asked_for() -> None:
    rendered = render()
    kinds = ("PrometheusRule", "ServiceMonitor", "PodMonitor", "GrafanaDashboard", "ConfigMap")
    assert [rendered.of(kind) for kind in kinds] == [[], [], [], [], []]
