"""The CRDs, and what an uninstall leaves."""

from pathlib import Path

import pytest
import yaml

from sim_operator.api.crd import crds
from tests.chart.cases import ACCOUNT, UNSAFE_CRDS
from tests.chart.rendering import CHART, RELEASE, render

KEEP = {"helm.sh/resource-policy": "keep"}


def test_the_chart_has_the_crds_that_the_models_make() -> None:
    """`make generate` writes them; a chart cannot read a file that lies outside of it."""
    folder = CHART / "files" / "crds"
    assert {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()} == crds()


def test_the_crds_are_rendered_as_they_are() -> None:
    wanted = {name: yaml.safe_load(text) for name, text in crds().items()}
    rendered = {
        f"{one['spec']['names']['plural']}.yaml": one
        for one in render().of("CustomResourceDefinition")
    }
    assert rendered.keys() == wanted.keys()
    for name, crd in wanted.items():
        assert rendered[name]["spec"] == crd["spec"]
        assert rendered[name]["metadata"]["name"] == crd["metadata"]["name"]


def test_crds_are_templates_because_helm_never_upgrades_those_of_its_own_folder() -> None:
    assert not Path(CHART / "crds").exists()


def test_by_default_an_uninstall_leaves_the_crds_and_so_every_sim() -> None:
    for crd in render().of("CustomResourceDefinition"):
        assert crd["metadata"]["annotations"] == KEEP


def test_by_default_nothing_runs_that_could_make_an_uninstall_hang() -> None:
    for one in render(ACCOUNT):
        hooks = (one["metadata"].get("annotations") or {}).get("helm.sh/hook", "")
        assert "delete" not in hooks
        assert "finalizers" not in one["metadata"]


def test_crds_can_be_left_to_others() -> None:
    rendered = render({"crds": {"enabled": False, "keep": False}})
    assert rendered.of("CustomResourceDefinition") == []
    assert rendered.of("Job") == []


def test_an_uninstall_that_takes_the_crds_is_checked_before_anything_goes() -> None:
    rendered = render(UNSAFE_CRDS)
    for crd in rendered.of("CustomResourceDefinition"):
        assert "annotations" not in crd["metadata"]
    job = rendered.one("Job", f"{RELEASE}-uninstall-check")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-delete"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["check", "uninstall"]


def test_a_refusal_to_uninstall_is_not_tried_again() -> None:
    assert render(UNSAFE_CRDS).one("Job", f"{RELEASE}-uninstall-check")["spec"]["backoffLimit"] == 0


@pytest.mark.parametrize("keep", [True, False])
def test_annotations_of_ones_own_stand_beside_it(keep: bool) -> None:
    given = {"crds": {"keep": keep}, "commonAnnotations": {"example.com/owner": "iot"}}
    for crd in render(given).of("CustomResourceDefinition"):
        told = crd["metadata"]["annotations"]
        assert told == {"example.com/owner": "iot", **(KEEP if keep else {})}
