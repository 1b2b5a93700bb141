"""The bundled Prometheus: its configuration, its rights, its pod."""

from pathlib import Path
from typing import Any

import yaml

from tests.chart.monitoring.bundled import BUNDLED, PROMETHEUS, pod_spec, promtool
from tests.chart.rendering import NAMESPACE, RELEASE, Rendered, render

STORED: dict[str, Any] = {"enabled": True, "size": "40Gi", "storageClassName": "fast"}


def prometheus(**values: Any) -> Rendered:
    return render({"prometheus": {"enabled": True, **values}})


def config(rendered: Rendered) -> dict[str, Any]:
    data = rendered.one("ConfigMap", PROMETHEUS)["data"]
    found: dict[str, Any] = yaml.safe_load(data["prometheus.yaml"])
    return found


def arguments(rendered: Rendered) -> list[str]:
    (container,) = pod_spec(rendered, PROMETHEUS)["containers"]
    found: list[str] = container["args"]
    return found


def test_promtool_takes_the_configuration_with_the_rules_where_the_pod_has_them(
    tmp_path: Path,
) -> None:
    rendered = prometheus(
        externalLabels={"cluster": "north"},
        alertmanagers=["alertmanager.watching.svc:9093"],
        remoteWrite=[{"url": "http://store.example.com/write"}],
        extraScrapeConfigs=[{"job_name": "more", "static_configs": [{"targets": ["more:80"]}]}],
    )
    rules = rendered.one("ConfigMap", f"{PROMETHEUS}-rules")["data"]
    folder = tmp_path / "rules"
    folder.mkdir()
    for name, text in rules.items():
        (folder / name).write_text(text, encoding="utf-8")
    read = config(rendered)
    assert read["rule_files"] == ["/etc/prometheus/rules/*.yaml"]
    read["rule_files"] = [f"{folder}/*.yaml"]
    # Debian builds promtool without Kubernetes; test_discovery has the pods in another way.
    (found,) = read["scrape_configs"][0].pop("kubernetes_sd_configs")
    assert found == {"role": "pod", "namespaces": {"names": [NAMESPACE]}}
    file = tmp_path / "prometheus.yaml"
    file.write_text(yaml.safe_dump(read), encoding="utf-8")
    told = promtool("check", "config", file)
    assert "1 rule files found" in told
    assert [one["job_name"] for one in read["scrape_configs"]] == [RELEASE, PROMETHEUS, "more"]
    assert read["global"]["external_labels"] == {"cluster": "north"}


def test_files_are_mounted_where_the_configuration_and_the_arguments_look_for_them() -> None:
    spec = pod_spec(prometheus(), PROMETHEUS)
    (container,) = spec["containers"]
    mounts = {one["mountPath"]: one for one in container["volumeMounts"]}
    volumes = {one["name"]: one for one in spec["volumes"]}
    assert set(mounts) == {
        "/etc/prometheus/prometheus.yaml",
        "/etc/prometheus/rules",
        "/prometheus",
    }
    assert "--config.file=/etc/prometheus/prometheus.yaml" in container["args"]
    assert "--storage.tsdb.path=/prometheus" in container["args"]
    assert volumes["rules"]["configMap"]["name"] == f"{PROMETHEUS}-rules"
    assert volumes["config"]["configMap"]["name"] == PROMETHEUS
    assert volumes["data"] == {"name": "data", "emptyDir": {}}


def test_it_scrapes_and_evaluates_as_often_as_one_says_and_keeps_samples_as_long() -> None:
    read = config(prometheus(scrapeInterval="30s"))
    assert read["global"] == {"scrape_interval": "30s", "evaluation_interval": "30s"}
    assert config(prometheus())["global"]["scrape_interval"] == "15s"
    assert "--storage.tsdb.retention.time=15d" in arguments(prometheus())
    told = arguments(prometheus(retention="30d", retentionSize="30GB"))
    assert "--storage.tsdb.retention.time=30d" in told
    assert "--storage.tsdb.retention.size=30GB" in told


def test_production_keeps_samples_for_30_days_in_a_volume() -> None:
    rendered = render({"prometheus": {"enabled": True}}, files=["values-production.yaml"])
    assert "--storage.tsdb.retention.time=30d" in arguments(rendered)
    assert config(rendered)["global"]["scrape_interval"] == "15s"
    assert rendered.names("PersistentVolumeClaim") == [PROMETHEUS]


def test_it_may_look_at_pods_of_its_own_namespace_and_at_nothing_else() -> None:
    rendered = prometheus()
    role = rendered.one("Role", PROMETHEUS)
    assert role["rules"] == [
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}
    ]
    assert role["metadata"]["namespace"] == NAMESPACE
    bound = [
        one
        for one in rendered.of("RoleBinding") + rendered.of("ClusterRoleBinding")
        if any(subject["name"] == PROMETHEUS for subject in one["subjects"])
    ]
    assert [(one["kind"], one["roleRef"]["name"]) for one in bound] == [("RoleBinding", PROMETHEUS)]
    assert pod_spec(rendered, PROMETHEUS)["serviceAccountName"] == PROMETHEUS


def test_a_volume_is_kept_when_the_release_goes() -> None:
    rendered = prometheus(storage=STORED)
    (claim,) = rendered.of("PersistentVolumeClaim")
    assert claim["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert claim["spec"]["storageClassName"] == "fast"
    assert claim["spec"]["resources"]["requests"]["storage"] == "40Gi"
    volumes = {one["name"]: one for one in pod_spec(rendered, PROMETHEUS)["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] == PROMETHEUS


def test_a_volume_goes_with_the_release_where_one_says_so() -> None:
    (claim,) = prometheus(storage=STORED | {"keep": False}).of("PersistentVolumeClaim")
    assert "annotations" not in claim["metadata"]


def test_a_claim_that_exists_is_taken_and_none_is_made() -> None:
    rendered = prometheus(storage=STORED | {"existingClaim": "samples"})
    assert rendered.of("PersistentVolumeClaim") == []
    volumes = {one["name"]: one for one in pod_spec(rendered, PROMETHEUS)["volumes"]}
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] == "samples"


def test_another_rule_or_interval_makes_another_pod_and_another_chart_version_does_not() -> None:
    def template(rendered: Rendered) -> dict[str, Any]:
        found: dict[str, Any] = rendered.one("Deployment", PROMETHEUS)["spec"]["template"]
        return found

    usual = template(prometheus())
    assert template(prometheus(scrapeInterval="30s")) != usual
    assert template(render({**BUNDLED, "alerts": {"alertLabels": {"team": "iot"}}})) != usual
    labels = usual["metadata"]["labels"]
    assert {"helm.sh/chart", "app.kubernetes.io/version"} & labels.keys() == set()
