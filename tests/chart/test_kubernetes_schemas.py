"""What is rendered, judged by Kubernetes's own schemas of several versions, and by Helm."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import kubernetes_validate  # type: ignore[import-untyped]  # the library's own gap
import pytest
import yaml

from tests.chart.cases import CASES, OF_OTHERS
from tests.chart.rendering import CHART, RefusedError, helm, render

VERSIONS: Final = ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37")


contents: Final = cache(kubernetes_validate.utils.schema_contents)


@pytest.fixture(autouse=True)
def files_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reads a megabyte of definitions anew for each object."""
    monkeypatch.setattr(kubernetes_validate.utils, "schema_contents", contents)


@cache
def manifests() -> dict[str, str]:
    """Every object of every case once, as JSON, with a case that has it."""
    found: dict[str, str] = {}
    for case, (files, values) in CASES.items():
        for one in render(values, files=files):
            found.setdefault(json.dumps(one, sort_keys=True), case)
    return found


def complaint(manifest: dict[str, Any], version: str) -> str | None:
    """What a version of Kubernetes would not take, unknown fields included."""
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        where = ".".join(str(part) for part in error.absolute_path)
        return f"{manifest['kind']}/{manifest['metadata']['name']} {where}: {error.message}"
    return None


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_of_every_case_is_valid(version: str) -> None:
    judged, complaints = 0, []
    for text, case in manifests().items():
        one = json.loads(text)
        if one["apiVersion"].partition("/")[0] not in OF_OTHERS:
            judged += 1
            if told := complaint(one, version):
                complaints.append(f"{case}: {told}")
    assert complaints == []
    assert judged > len(CASES)


def test_the_judge_sees_a_field_that_does_not_exist() -> None:
    deployment = render().operator()
    deployment["spec"]["template"]["spec"]["enableServiceLink"] = False
    told = complaint(deployment, VERSIONS[-1])
    assert told is not None
    assert "enableServiceLink" in told


@pytest.mark.parametrize("case", CASES)
def test_helm_lints_every_case(case: str, tmp_path: Path) -> None:
    files, values = CASES[case]
    given = tmp_path / "values.yaml"
    given.write_text(yaml.safe_dump(dict(values)), encoding="utf-8")
    chosen = [f"--values={CHART / file}" for file in files]
    helm("lint", str(CHART), "--strict", "--kube-version=1.34.0", *chosen, f"--values={given}")


@pytest.mark.parametrize("case", CASES)
def test_no_object_is_rendered_twice(case: str) -> None:
    files, values = CASES[case]
    rendered = [
        (one["apiVersion"], one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"])
        for one in render(values, files=files)
    ]
    assert len(rendered) == len(set(rendered))


@pytest.mark.parametrize("case", CASES)
def test_every_namespaced_object_names_its_namespace_because_argo_cd_may_have_another(
    case: str,
) -> None:
    files, values = CASES[case]
    for one in render(values, files=files):
        of_the_cluster = one["kind"].startswith("Cluster") or one["kind"].endswith("Definition")
        assert ("namespace" in one["metadata"]) is not of_the_cluster, one["metadata"]["name"]


@pytest.mark.parametrize("case", CASES)
def test_labels_of_ones_own_and_the_usual_ones_are_on_every_object(case: str) -> None:
    files, values = CASES[case]
    usual = {"name", "instance", "component", "version", "managed-by", "part-of"}
    for one in render({**values, "commonLabels": {"team": "iot"}}, files=files):
        labels = one["metadata"]["labels"]
        assert labels["team"] == "iot"
        assert {f"app.kubernetes.io/{name}" for name in usual} <= labels.keys()


def test_an_older_kubernetes_than_the_crds_need_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"requires kubeVersion: >=1\.31"):
        render(kubernetes="1.30.9")
