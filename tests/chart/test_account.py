"""The credentials, and the SIMAccount that outlives the release."""

import json
from typing import Any

import pytest
import yaml

from sim_operator.api.account import SIMAccountSpec
from tests.chart.cases import ACCOUNT, CASES, CREDENTIALS, SIMULATOR
from tests.chart.rendering import NAMESPACE, RELEASE, Manifest, RefusedError, Rendered, render

OURS = {"SIM", "SIMAccount", "QuotaPolicy"}
SECRET_VALUE = CREDENTIALS["credentials"]["clientSecret"]


def account(rendered: Rendered) -> Manifest:
    """The manifest that the Job applies."""
    text = rendered.one("ConfigMap", f"{RELEASE}-account")["data"]["account.yaml"]
    found: Manifest = yaml.safe_load(text)
    return found


def annotations(manifest: Manifest) -> dict[str, str]:
    found: dict[str, str] = manifest["metadata"].get("annotations") or {}
    return found


@pytest.mark.parametrize("case", CASES)
def test_no_resource_of_ours_is_an_object_of_the_release_or_a_hook(case: str) -> None:
    """Helm refuses one whose CRD comes with it, and would delete a hook at each upgrade."""
    files, values = CASES[case]
    assert not OURS & {one["kind"] for one in render(values, files=files)}


def test_without_asking_no_account_is_made() -> None:
    rendered = render()
    assert rendered.of("Job") == []
    assert rendered.of("ConfigMap") == []


def test_a_job_after_install_upgrade_and_rollback_applies_the_account() -> None:
    job = render(ACCOUNT).one("Job", f"{RELEASE}-account")
    assert annotations(job)["helm.sh/hook"] == "post-install,post-upgrade,post-rollback"
    spec = job["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert container["args"] == ["apply", "--filename=/manifests/account.yaml", "--timeout=120"]
    volumes = {one["name"]: one for one in spec["volumes"]}
    assert volumes["manifests"]["configMap"]["name"] == f"{RELEASE}-account"
    mounted = {one["name"]: one["mountPath"] for one in container["volumeMounts"]}
    assert mounted["manifests"] == "/manifests"


def test_the_manifest_is_part_of_the_release_so_that_a_rollback_brings_the_old_one() -> None:
    assert "helm.sh/hook" not in annotations(render(ACCOUNT).one("ConfigMap", f"{RELEASE}-account"))


def test_the_job_gives_up_after_the_verb_has_and_before_helm_loses_patience() -> None:
    spec = render(ACCOUNT).one("Job", f"{RELEASE}-account")["spec"]
    assert 120 < spec["activeDeadlineSeconds"] < 300


def test_what_a_hook_leaves_is_the_job_of_a_failure_and_nothing_else() -> None:
    rendered = render({**ACCOUNT, "crds": {"keep": False}})
    policies = {
        f"{one['kind']}/{one['metadata']['name']}": annotations(one)["helm.sh/hook-delete-policy"]
        for one in rendered
        if "helm.sh/hook" in annotations(one)
    }
    # `helm test --logs` reads the log of the test's pod when it is done.
    assert policies.pop(f"Pod/{RELEASE}-test") == "before-hook-creation"
    assert set(policies.values()) == {"before-hook-creation,hook-succeeded"}


def test_rights_of_a_hook_are_there_before_it_runs() -> None:
    rendered = render({**ACCOUNT, "crds": {"keep": False}})
    for one in rendered:
        if "helm.sh/hook" in annotations(one):
            weight = int(annotations(one)["helm.sh/hook-weight"])
            assert weight == (0 if one["kind"] in {"Job", "Pod"} else -5), one["metadata"]["name"]


def test_a_failed_job_tells_why_in_the_output_of_helm() -> None:
    rendered = render({**ACCOUNT, "crds": {"keep": False}})
    assert len(rendered.of("Job")) == 2
    for job in rendered.of("Job"):
        assert annotations(job)["helm.sh/hook-output-log-policy"] == "hook-failed"
        (container,) = job["spec"]["template"]["spec"]["containers"]
        assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"


def test_the_account_has_what_was_said_and_what_the_chart_knows() -> None:
    said = {
        "create": True,
        "name": "main",
        "allowedNamespaces": {"from": "Selector", "selector": {"matchLabels": {"iot": "yes"}}},
        "spec": {"mode": "Observe", "rateLimit": {"requestsPerSecond": 4}},
    }
    made = account(render({"account": said, "credentials": {"secretName": "given"}}))
    assert made["metadata"]["name"] == "main"
    assert made["metadata"]["namespace"] == NAMESPACE
    assert made["spec"] == {
        "mode": "Observe",
        "rateLimit": {"requestsPerSecond": 4},
        "allowedNamespaces": {"from": "Selector", "selector": {"matchLabels": {"iot": "yes"}}},
        "credentialsSecretRef": {"name": "given"},
    }
    SIMAccountSpec.model_validate(made["spec"])


def test_with_the_simulator_the_account_speaks_to_it_unless_said_otherwise() -> None:
    own = f"http://{RELEASE}-simulator.{NAMESPACE}.svc:8089/management-api"
    assert account(render({**ACCOUNT, **SIMULATOR}))["spec"]["endpoint"] == own
    assert "endpoint" not in account(render(ACCOUNT))["spec"]
    elsewhere = {**ACCOUNT["account"], "spec": {"endpoint": "https://api.1nce.com/management-api"}}
    told = account(render({**SIMULATOR, "account": elsewhere}))
    assert told["spec"]["endpoint"] == "https://api.1nce.com/management-api"


def test_argo_cd_does_not_take_the_account_for_a_part_of_the_application() -> None:
    labels = account(render(ACCOUNT))["metadata"]["labels"]
    assert "app.kubernetes.io/instance" not in labels


@pytest.mark.parametrize("allowed", [{}, {"selector": {}}])
def test_nobody_gets_an_account_without_saying_whose_sims_may_use_it(
    allowed: dict[str, Any],
) -> None:
    wanted = r"set account\.allowedNamespaces\.from to All, Same or Selector"
    with pytest.raises(RefusedError, match=wanted):
        render({"account": {"create": True, "allowedNamespaces": allowed}})


@pytest.mark.parametrize(
    ("allowed", "told"),
    [
        ({"from": "Selector"}, r"set account\.allowedNamespaces\.selector to labels"),
        ({"from": "All", "selector": {}}, r"counts only with from: Selector, and from is All"),
        ({"from": "Everybody"}, r"must be one of 'Same', 'All', 'Selector'"),
    ],
)
def test_namespaces_that_contradict_themselves_are_refused_before_anything_is_installed(
    allowed: dict[str, Any], told: str
) -> None:
    with pytest.raises(RefusedError, match=told):
        render({"account": {"create": True, "allowedNamespaces": allowed}})


def test_a_secret_by_reference_is_not_made() -> None:
    assert "onence-credentials" not in render(ACCOUNT).names("Secret")


def test_a_secret_can_be_made_and_has_the_two_keys_that_the_operator_reads() -> None:
    secret = render({**CREDENTIALS}).one("Secret", "onence-credentials")
    assert secret["data"].keys() == {"ONCE_CLIENT_ID", "ONCE_CLIENT_SECRET"}
    assert secret["metadata"]["namespace"] == NAMESPACE


def test_a_secret_without_credentials_is_refused() -> None:
    with pytest.raises(
        RefusedError, match=r"set credentials\.clientId and credentials\.clientSecret"
    ):
        render({"credentials": {"create": True, "clientId": "x"}})


def test_the_secret_stands_in_the_secret_alone() -> None:
    files, values = CASES["everything"]
    rendered = render({**values, **CREDENTIALS}, files=files)
    others = [one for one in rendered if one["kind"] != "Secret"]
    assert SECRET_VALUE not in json.dumps(others)
    # It is in there as base64, once.
    assert json.dumps(rendered.of("Secret")).count("aHVudGVyLTI=") == 1


def test_nothing_of_the_release_but_a_person_may_delete_an_account() -> None:
    files, values = CASES["everything"]
    rendered = render(values, files=files)
    may = {
        role["metadata"]["name"]
        for role in rendered.of("Role") + rendered.of("ClusterRole")
        for rule in role["rules"]
        if "simaccounts" in rule["resources"] and "delete" in rule["verbs"]
    }
    assert may == {f"{RELEASE}-admin"}


def test_under_argo_cd_the_account_comes_within_the_sync_before_the_sims_that_wait_for_it() -> None:
    hooks = [one for one in render(ACCOUNT) if "helm.sh/hook" in annotations(one)]
    mine = [one for one in hooks if one["metadata"]["name"].endswith("-account")]
    assert {one["kind"] for one in mine} == {"ServiceAccount", "Role", "RoleBinding", "Job"}
    for one in mine:
        assert annotations(one)["argocd.argoproj.io/hook"] == "Sync", one["kind"]
    (job,) = [one for one in mine if one["kind"] == "Job"]
    assert annotations(job)["argocd.argoproj.io/sync-wave"] == "1"
