"""What a person reads after the install: the next command for the case at hand."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from sim_operator.api.names import ACCOUNT_KIND, SIM_KIND
from tests.chart.cases import (
    ACCOUNT,
    BACKUP,
    BUNDLED,
    CASES,
    CONSOLE,
    CREDENTIALS,
    GATEWAY,
    INGRESS,
    POSTGRESQL,
    SIMULATOR,
    SPECS,
    UNSAFE_CRDS,
    Values,
)
from tests.chart.rendering import NAMESPACE, RELEASE, notes

_HEREDOC = re.compile(r"^kubectl apply -f - <<END\n(.*?)^END$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes")


def manifests(text: str) -> dict[str, Any]:
    """What the reader is told to apply, by kind."""
    found = [yaml.safe_load(block) for block in _HEREDOC.findall(text)]
    return {one["kind"]: one for one in found}


@pytest.mark.parametrize("case", CASES)
def test_steps_are_numbered_and_secrets_are_not_told(case: str, folder: Path) -> None:
    files, values = CASES[case]
    text = notes(folder, values, files)
    steps = [int(number) for number in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert steps == list(range(1, len(steps) + 1))
    assert steps
    assert "hunter-2" not in text
    assert "demo-secret" not in text
    assert "<no value>" not in text


@pytest.mark.parametrize("case", CASES)
def test_what_the_reader_is_told_to_apply_is_valid(case: str, folder: Path) -> None:
    files, values = CASES[case]
    found = manifests(notes(folder, values, files))
    assert SIM_KIND in found
    for kind, one in found.items():
        spec = one["spec"]
        if spec.get("iccid") == "<19 digits>":
            spec["iccid"] = "8988303004496466699"
        SPECS[kind].model_validate(spec)


def test_without_credentials_the_first_step_makes_them(folder: Path) -> None:
    text = notes(folder, {"credentials": {"secretName": "given"}})
    (first, _) = re.findall(r"^1\. (.*?)^(2)\. ", text, re.MULTILINE | re.DOTALL)[0]
    assert f"kubectl create secret generic given -n {NAMESPACE} --from-env-file=/dev/stdin" in first
    assert "kubectl create secret" not in notes(folder, CREDENTIALS)


def test_without_an_account_the_reader_is_shown_one_that_only_observes(folder: Path) -> None:
    account = manifests(notes(folder))[ACCOUNT_KIND]
    assert account["spec"]["mode"] == "Observe"
    assert account["metadata"]["namespace"] == NAMESPACE
    assert manifests(notes(folder))[SIM_KIND]["spec"]["accountRef"] == {"name": "default"}


def test_an_account_that_is_made_is_waited_for_and_said_to_stay(folder: Path) -> None:
    text = notes(folder, ACCOUNT)
    assert f"kubectl wait simaccount/default -n {NAMESPACE} --for=condition=Ready" in text
    assert f"kubectl delete simaccount default -n {NAMESPACE}" in text
    assert manifests(text).keys() == {SIM_KIND}
    assert "accountRef" not in manifests(text)[SIM_KIND]["spec"]


def test_an_account_for_labelled_namespaces_comes_with_the_command_that_labels_one(
    folder: Path,
) -> None:
    text = notes(folder, files=("values-production.yaml",))
    assert f"kubectl label namespace {NAMESPACE} sim-operator.io/account=default" in text


def test_a_default_account_elsewhere_is_looked_at_there(folder: Path) -> None:
    text = notes(folder, {"settings": {"defaultAccount": "plant-a/main"}})
    assert "kubectl get simaccounts -n plant-a" in text
    assert ACCOUNT_KIND not in manifests(text)


def test_what_is_to_be_made_lies_in_a_namespace_that_is_watched(folder: Path) -> None:
    found = manifests(notes(folder, {"watchNamespaces": ["plant-a", "plant-b"]}))
    assert {one["metadata"]["namespace"] for one in found.values()} == {"plant-a"}


def test_the_simulator_is_said_loudly_to_be_one(folder: Path) -> None:
    assert "A SIMULATED 1NCE ANSWERS HERE" in notes(folder, SIMULATOR)
    assert "SIMULATED" not in notes(folder)
    assert "never for production" in notes(folder, SIMULATOR)


def test_with_the_simulator_the_examples_work_as_they_stand(folder: Path) -> None:
    found = manifests(notes(folder, SIMULATOR))
    assert found[SIM_KIND]["spec"]["iccid"] == "8988303004496466699"
    own = f"http://{RELEASE}-simulator.{NAMESPACE}.svc:8089/management-api"
    assert found[ACCOUNT_KIND]["spec"]["endpoint"] == own


def test_other_seeds_have_other_iccids_so_that_none_is_promised(folder: Path) -> None:
    text = notes(folder, {"simulator": {"enabled": True, "seed": 2}})
    assert manifests(text)[SIM_KIND]["spec"]["iccid"] == "<19 digits>"
    assert "/_control/sims?limit=3" in text


def test_crds_that_go_with_the_release_are_said_to_take_every_sim_along(folder: Path) -> None:
    assert "CRDs GO, AND WITH THEM EVERY SIM" in notes(folder, UNSAFE_CRDS)
    assert "CRDs, SIMs, policies and accounts stay" in notes(folder)


def test_the_whole_stack_can_be_tested_where_there_is_a_test(folder: Path) -> None:
    assert f"helm test {RELEASE} -n {NAMESPACE} --logs" in notes(folder)
    assert "helm test" not in notes(folder, {"tests": {"enabled": False}})


def test_grafana_and_argo_cd_are_explained_where_they_are(folder: Path) -> None:
    assert "port-forward" not in notes(folder)
    assert "http://localhost:3000/monitoring" in notes(folder, BUNDLED)
    assert "argocd-cm" in notes(folder, {"argocd": {"healthChecks": True}})


def commands(text: str) -> list[str]:
    """What the reader is told to type about the console."""
    return [line for line in text.splitlines() if "console" in line and line.startswith("kubectl")]


def test_the_console_comes_with_its_address_and_a_token_to_sign_in_with(folder: Path) -> None:
    text = notes(folder, CONSOLE)
    assert "The console, at http://localhost:8082 while this runs" in text
    where, who = f"-n {NAMESPACE}", "console-user"
    assert commands(text) == [
        f"kubectl port-forward {where} service/{RELEASE}-console 8082",
        f"kubectl create serviceaccount {who} {where}",
        f"kubectl create rolebinding {who} {where} --clusterrole=view "
        f"--serviceaccount={NAMESPACE}:{who}",
        f"kubectl create token {who} {where} --duration=8h",
    ]
    assert commands(notes(folder)) == []


def test_whoever_is_to_look_is_bound_where_sims_are_and_is_somebody_it_may_act_as(
    folder: Path,
) -> None:
    bounds = {"users": ["alice"], "groups": ["iot"], "serviceAccounts": ["dashboard-user"]}
    values = {
        "watchNamespaces": ["plant-a"],
        "console": {"enabled": True, "impersonation": bounds},
    }
    text = notes(folder, values)
    assert "rolebinding dashboard-user -n plant-a --clusterrole=view" in text
    assert "may act as anybody" not in text
    assert "may act as anybody" in notes(folder, CONSOLE)


@pytest.mark.parametrize(
    ("way", "address"),
    [(INGRESS, "https://sims.example.com/"), (GATEWAY, "https://sims.example.com/")],
)
def test_a_way_in_with_a_name_is_the_address_of_the_console(
    way: Values, address: str, folder: Path
) -> None:
    assert f"The console, at {address}, or at http://localhost:8082" in notes(
        folder, {**CONSOLE, **way}
    )
    (kind,) = way
    shut = {kind: {**way[kind], "routes": {"pages": False}}}
    assert address not in notes(folder, {**CONSOLE, **shut})


def test_without_aggregated_roles_the_reader_is_told_that_view_does_not_do(folder: Path) -> None:
    text = notes(folder, {**CONSOLE, "rbac": {"aggregate": False}})
    assert "`view` does not show SIMs" in text


def test_what_becomes_of_the_history_is_said(folder: Path) -> None:
    assert "is not backed up: history.backup.enabled" in notes(folder, CONSOLE)
    backed_up = notes(folder, {**CONSOLE, **BACKUP})
    assert f"--from=cronjob/{RELEASE}-backup" in backed_up
    assert f"kubectl delete pvc {RELEASE}-history -n {NAMESPACE}" in backed_up
    lost = notes(folder, {**CONSOLE, "history": {"storage": {"enabled": False}}})
    assert "is gone with its pod" in lost
    assert "kubectl delete pvc" not in lost
    assert "history" not in notes(folder, {**CONSOLE, **POSTGRESQL})


def test_no_replica_is_said_to_be_none(folder: Path) -> None:
    assert "replicas is 0" in notes(folder, {"replicas": 0})
