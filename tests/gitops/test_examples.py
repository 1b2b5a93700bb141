"""The examples hold together; `make e2e` shows them to the schemas of the tools."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from sim_operator.api.account import SIMAccountSpec
from sim_operator.api.meta import WireModel
from sim_operator.api.names import (
    ACCOUNT_KIND,
    CLIENT_ID_KEY,
    CLIENT_SECRET_KEY,
    POLICY_KIND,
    SIM_KIND,
)
from sim_operator.api.policy import QuotaPolicySpec
from sim_operator.api.sim import SimSpec
from tests.gitops import configmap
from tests.gitops.examples import EXAMPLES, Example, Manifest, examples, is_ours, of_kind

CHART = Path(__file__).parents[2] / "charts" / "sim-operator"
SPECS: dict[str, type[WireModel]] = {
    SIM_KIND: SimSpec,
    ACCOUNT_KIND: SIMAccountSpec,
    POLICY_KIND: QuotaPolicySpec,
}
WAVE = "argocd.argoproj.io/sync-wave"
EVERY = list(examples())


def title_of(one: Example | Manifest) -> str:
    return one.title if isinstance(one, Example) else str(one["metadata"]["name"])


def wave(manifest: Manifest) -> int:
    return int(manifest["metadata"].get("annotations", {}).get(WAVE, "0"))


def folder_of(path: str, tool: str) -> Path:
    return EXAMPLES / tool / path.removeprefix("./")


def values() -> list[tuple[str, dict[str, Any]]]:
    """What the examples give to the chart."""
    found = [
        (one["metadata"]["name"], source["helm"]["valuesObject"])
        for one in of_kind("Application", "argo-cd")
        for source in one["spec"].get("sources", ())
        if "chart" in source
    ]
    return [*found, *(("HelmRelease", one["spec"]["values"]) for one in of_kind("HelmRelease"))]


@pytest.mark.parametrize("example", [one for one in EVERY if is_ours(one.manifest)], ids=title_of)
def test_our_resources_are_valid_and_have_no_unknown_field(example: Example) -> None:
    spec = SPECS[example.manifest["kind"]].model_validate(example.manifest["spec"])
    read = spec.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert read == example.manifest["spec"]


def test_the_config_map_for_argo_cd_is_current() -> None:
    file = EXAMPLES / "argo-cd" / "argocd-cm.yaml"
    assert file.read_text(encoding="utf-8") == configmap.text(), (
        f"{file.name} is not current. Run `.venv/bin/python -m tests.gitops.configmap > "
        "docs/examples/argo-cd/argocd-cm.yaml` and commit what it writes."
    )


def test_the_account_comes_before_sims_and_policies_which_are_last() -> None:
    waves = {kind: {wave(one) for one in of_kind(kind, "argo-cd")} for kind in SPECS}
    assert waves == {ACCOUNT_KIND: {1}, SIM_KIND: {2}, POLICY_KIND: {2}}
    every = {wave(one.manifest) for one in examples("argo-cd") if "/fleet/" in str(one.file)}
    assert max(every) == 2
    [secret] = of_kind("ExternalSecret")
    assert wave(secret) < 1, "the Secret is there before the account asks for it"


@pytest.mark.parametrize("application", [*of_kind("Application")], ids=title_of)
def test_every_application_heals_prunes_tries_again_and_takes_its_resources_along(
    application: Manifest,
) -> None:
    policy = application["spec"]["syncPolicy"]
    assert policy["automated"] == {"prune": True, "selfHeal": True}
    assert policy["retry"]["limit"] > 0
    assert application["metadata"]["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]


def test_every_folder_that_a_tool_is_told_of_is_among_the_examples() -> None:
    told = [
        (source["path"], "argo-cd")
        for one in of_kind("Application", "argo-cd")
        for source in one["spec"].get("sources") or [one["spec"]["source"]]
        if "path" in source
    ]
    told += [(one["spec"]["path"], "flux") for one in of_kind("Kustomization", "flux")]
    assert len(told) >= 5
    assert [path for path, tool in told if not folder_of(path, tool).is_dir()] == []


def test_the_chart_knows_every_value_that_is_given() -> None:
    known = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    given = values()
    assert len(given) == 3
    for where, tree in given:
        assert _unknown(tree, known) == [], where


def _unknown(given: dict[str, Any], known: dict[str, Any]) -> list[str]:
    found = []
    for name, value in given.items():
        if name not in known:
            found.append(name)
        elif isinstance(value, dict) and known[name]:
            found += [f"{name}.{rest}" for rest in _unknown(value, known[name])]
    return found


def test_flux_brings_the_operator_first_and_waits_for_the_end_of_the_sims() -> None:
    made = {one["metadata"]["name"]: one["spec"] for one in of_kind("Kustomization", "flux")}
    assert made["sims"]["dependsOn"] == [{"name": "sim-operator"}]
    assert made["sims"]["deletionPolicy"] == "WaitForTermination"
    assert made["sim-operator"]["wait"] is made["sims"]["wait"] is True
    checked = {(one["apiVersion"], one["kind"]) for one in made["sims"]["healthCheckExprs"]}
    assert checked == {("sim-operator.io/v1alpha1", kind) for kind in SPECS}


def test_external_secrets_makes_the_secret_that_the_account_reads() -> None:
    [secret] = of_kind("ExternalSecret")
    keys = {one["secretKey"] for one in secret["spec"]["data"]}
    assert keys == {CLIENT_ID_KEY, CLIENT_SECRET_KEY}
    for account in of_kind(ACCOUNT_KIND, "argo-cd", "flux"):
        assert account["spec"]["credentialsSecretRef"]["name"] == secret["spec"]["target"]["name"]
        assert account["metadata"]["namespace"] == secret["metadata"]["namespace"]
