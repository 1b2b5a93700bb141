"""The dashboards as objects: for a sidecar, for the Grafana Operator, for the bundled Grafana."""

import json
from typing import Any

import pytest

from tests.chart.monitoring.bundled import BUNDLED, DASHBOARDS
from tests.chart.rendering import NAMESPACE, RELEASE, RefusedError, Rendered, render

LARGEST = 1024 * 1024
FILES = {f"sim-operator-{file.name}": file for file in DASHBOARDS.glob("*.json")}


def config_maps(rendered: Rendered) -> list[dict[str, Any]]:
    return [one for one in rendered.of("ConfigMap") if set(one["data"]) <= set(FILES)]


def test_each_has_a_config_map_that_holds_it_as_it_is_and_is_not_too_large() -> None:
    found = config_maps(render({"dashboards": {"enabled": True}}))
    texts = {name: text for one in found for name, text in one["data"].items()}
    assert len(found) == len(FILES) == 4
    for name, file in FILES.items():
        assert texts[name] == file.read_text(encoding="utf-8")
        assert len(texts[name].encode()) < LARGEST
        json.loads(texts[name])


def test_a_sidecar_finds_them_by_the_usual_label_and_is_told_the_folder() -> None:
    for one in config_maps(render({"dashboards": {"enabled": True}})):
        assert one["metadata"]["labels"]["grafana_dashboard"] == "1"
        assert one["metadata"]["annotations"]["grafana_folder"] == "SIM operator"


def test_label_folder_and_namespace_are_those_that_one_says() -> None:
    values = {
        "enabled": True,
        "namespace": "watching",
        "label": "example.com/dashboard",
        "labelValue": "yes",
        "folder": "IoT",
        "folderAnnotation": "k8s-sidecar-target-directory",
    }
    for one in config_maps(render({"dashboards": values})):
        assert one["metadata"]["namespace"] == "watching"
        assert one["metadata"]["labels"]["example.com/dashboard"] == "yes"
        assert one["metadata"]["annotations"]["k8s-sidecar-target-directory"] == "IoT"


def test_the_bundled_grafana_has_them_without_the_label_which_another_one_would_follow() -> None:
    found = config_maps(render(BUNDLED))
    assert len(found) == len(FILES)
    for one in found:
        assert "grafana_dashboard" not in one["metadata"]["labels"]


def test_the_grafana_operator_takes_them_from_the_config_maps() -> None:
    values = {"grafanaDashboards": {"enabled": True}, "folder": "IoT", "namespace": "watching"}
    rendered = render({"dashboards": values})
    maps = {one["metadata"]["name"]: one for one in config_maps(rendered)}
    found = rendered.of("GrafanaDashboard")
    assert len(found) == len(FILES)
    for one in found:
        reference = one["spec"]["configMapRef"]
        source = maps[reference["name"]]
        assert reference["key"] in source["data"]
        assert source["metadata"]["namespace"] == one["metadata"]["namespace"] == "watching"
        assert one["spec"]["folder"] == "IoT"
        assert one["spec"]["instanceSelector"] == {"matchLabels": {"dashboards": "grafana"}}


def test_config_maps_in_another_namespace_are_none_for_the_bundled_grafana() -> None:
    with pytest.raises(RefusedError, match=r"Leave dashboards\.namespace empty"):
        render({**BUNDLED, "dashboards": {"namespace": "watching"}})
    same = render({**BUNDLED, "dashboards": {"namespace": NAMESPACE}})
    assert f"{RELEASE}-fleet" in same.names("ConfigMap")
