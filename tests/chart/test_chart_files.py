"""What comes with the chart: its metadata, its README, its values files, its package."""

import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from sim_operator.api.crd import RESOURCES
from sim_operator.api.names import API_VERSION, VERSION
from tests.chart.cases import SPECS
from tests.chart.rendering import CHART, ROOT, helm, render
from tests.cluster.binaries import ensure_built
from tests.cluster.tools import HELM_DOCS

METADATA: Final = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
ANNOTATIONS: Final[dict[str, str]] = METADATA["annotations"]
README: Final = CHART / "README.md"


def project_version() -> str:
    found = re.search(
        r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text("utf-8"), re.MULTILINE
    )
    assert found is not None
    return found.group(1)


def test_the_image_is_that_of_the_projects_version() -> None:
    assert METADATA["appVersion"] == project_version()
    (container,) = render().operator()["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith(f":{project_version()}")


def test_artifact_hub_is_told_of_every_kind() -> None:
    told = yaml.safe_load(ANNOTATIONS["artifacthub.io/crds"])
    assert {(one["kind"], one["name"], one["version"]) for one in told} == {
        (resource.kind, f"{resource.plural}.sim-operator.io", VERSION) for resource in RESOURCES
    }


def test_examples_for_artifact_hub_are_valid() -> None:
    examples = yaml.safe_load(ANNOTATIONS["artifacthub.io/crdsExamples"])
    assert {one["kind"] for one in examples} == set(SPECS)
    for one in examples:
        assert one["apiVersion"] == API_VERSION
        SPECS[one["kind"]].model_validate(one["spec"])


def test_every_annotation_that_holds_yaml_can_be_read() -> None:
    for name in ("crds", "crdsExamples", "links", "changes"):
        assert isinstance(yaml.safe_load(ANNOTATIONS[f"artifacthub.io/{name}"]), list)


def test_the_readme_is_made_of_the_values_as_they_are(tmp_path: Path) -> None:
    chart = tmp_path / CHART.name
    shutil.copytree(CHART, chart)
    program = str(ensure_built(HELM_DOCS, os.environ))
    command = [program, f"--chart-search-root={chart}", "--sort-values-order=file"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    made = (chart / "README.md").read_text(encoding="utf-8")
    assert made == README.read_text(encoding="utf-8"), "not current: run `make generate`"


def test_every_value_is_in_the_readme_with_a_description() -> None:
    text = README.read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\S+)` \|.*\|\s*\|$", text, re.MULTILINE) == []
    assert "| `account.allowedNamespaces` |" in text


def test_every_link_of_the_readme_into_the_repository_leads_somewhere() -> None:
    """They are absolute, because the README also goes with the package."""
    tree = f"{METADATA['home']}/blob/main/"
    links = re.findall(r"\]\(([^()\s#]+)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not link.startswith(tree)] == []
    assert [link for link in links if not (ROOT / link.removeprefix(tree)).exists()] == []


@pytest.mark.parametrize("file", sorted(CHART.glob("values-*.yaml")), ids=lambda file: file.name)
def test_a_values_file_says_nothing_that_is_the_default_anyway(file: Path) -> None:
    def idle(given: Any, usual: Any, path: str) -> list[str]:
        if isinstance(given, dict) and isinstance(usual, dict) and usual:
            return [
                one
                for key, value in given.items()
                for one in idle(value, usual.get(key), f"{path}.{key}")
            ]
        return [path] if given == usual else []

    said = file.read_text(encoding="utf-8")
    usual = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    found = {path.lstrip(".") for path in idle(yaml.safe_load(said), usual, "")}
    # What a reader is meant to look at may be said once more.
    assert found <= {
        "replicas",
        "priorityClassName",
        "simulator.sims",
        "console.enabled",
        "prometheus.enabled",
        "prometheus.scrapeInterval",
        "grafana.enabled",
    }


def test_production_has_replicas_a_budget_policies_and_no_simulator() -> None:
    rendered = render(files=("values-production.yaml",))
    assert rendered.operator()["spec"]["replicas"] >= 2
    assert rendered.of("PodDisruptionBudget")
    assert rendered.of("NetworkPolicy")
    assert rendered.of("ServiceMonitor")
    assert rendered.of("PrometheusRule")
    assert not rendered.of("Secret")
    assert [one for one in rendered if "simulator" in one["metadata"]["name"]] == []


def test_the_demo_needs_nothing_but_a_cluster() -> None:
    rendered = render(files=("values-demo.yaml",))
    groups = {one["apiVersion"].partition("/")[0] for one in rendered if "/" in one["apiVersion"]}
    assert {group for group in groups if "." in group and not group.endswith("k8s.io")} == set()
    assert "onence-credentials" in rendered.names("Secret")
    names = rendered.names("Deployment")
    parts = ("", "-console", "-simulator", "-prometheus", "-grafana")
    assert sorted(names) == sorted(f"sim-operator{part}" for part in parts)


def test_the_package_has_all_that_templates_read_and_nothing_that_they_do_not(
    tmp_path: Path,
) -> None:
    helm("package", str(CHART), f"--destination={tmp_path}")
    (package,) = tmp_path.glob("*.tgz")
    with tarfile.open(package) as archive:
        names = {name.removeprefix("sim-operator/") for name in archive.getnames()}
    wanted = {
        "files/clusterrole.yaml",
        "files/console-clusterrole.yaml",
        "files/crds/sims.yaml",
        "files/argocd/sim.lua",
        "dashboards/fleet.json",
        "values.schema.json",
        "README.md",
        "values-demo.yaml",
        "values-production.yaml",
    }
    assert wanted - names == set()
    assert "README.md.gotmpl" not in names
    as_packaged = helm("template", "sim-operator", str(package), "--kube-version=1.34.0")
    as_it_lies = helm("template", "sim-operator", str(CHART), "--kube-version=1.34.0")
    assert as_packaged == as_it_lies
