"""What a real API server makes of good and bad manifests, and what it says to their authors."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import pytest
import yaml
from kubernetes import client, config

from sim_operator.api.names import (
    ACCOUNT_KIND,
    ACCOUNT_PLURAL,
    GROUP,
    POLICY_KIND,
    POLICY_PLURAL,
    SIM_KIND,
    SIM_PLURAL,
    VERSION,
)
from sim_operator.domain.iccid import luhn_digit
from tests.cluster import kubectl

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("crds")]

TABLES = Path(__file__).parent / "manifests"
AS_TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"
PLURALS = {SIM_KIND: SIM_PLURAL, ACCOUNT_KIND: ACCOUNT_PLURAL, POLICY_KIND: POLICY_PLURAL}
CASE_KEYS = {
    "name",
    "because",
    "kind",
    "spec",
    "extra",
    "before",
    "after",
    "status",
    "refused",
    "becomes",
}
REFUSALS = {400, 422}


class Cluster(Protocol):
    @property
    def kubeconfig(self) -> Path: ...


def table(name: str) -> list[Any]:
    loaded = yaml.safe_load((TABLES / name).read_text())
    for case in loaded["cases"]:
        case.setdefault("kind", loaded.get("kind"))
        unknown = set(case) - CASE_KEYS
        assert not unknown, f"{name}: {case['name']}: {unknown}"
        assert case["because"], f"{name}: {case['name']} says no reason"
    return [pytest.param(case, id=case["name"]) for case in loaded["cases"]]


@dataclass(frozen=True)
class Api:
    """The custom resources of one namespace, every field checked as kubectl asks for."""

    custom: Any
    namespace: str

    def _where(self, kind: str) -> tuple[str, str, str, str]:
        return GROUP, VERSION, self.namespace, PLURALS[kind]

    def create(self, kind: str, name: str, body: dict[str, Any], *, keep: bool) -> dict[str, Any]:
        manifest = {
            "apiVersion": f"{GROUP}/{VERSION}",
            "kind": kind,
            "metadata": {"name": name, "namespace": self.namespace},
        }
        options = {} if keep else {"dry_run": "All"}
        made: dict[str, Any] = self.custom.create_namespaced_custom_object(
            *self._where(kind), manifest | body, field_validation="Strict", **options
        )
        return made

    def replace(self, kind: str, name: str, body: dict[str, Any]) -> None:
        self.custom.replace_namespaced_custom_object(
            *self._where(kind), name, body, field_validation="Strict"
        )

    def replace_status(self, kind: str, name: str, body: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = self.custom.replace_namespaced_custom_object_status(
            *self._where(kind), name, body, field_validation="Strict"
        )
        return made

    def delete(self, kind: str, name: str) -> None:
        self.custom.delete_namespaced_custom_object(*self._where(kind), name)


@pytest.fixture(scope="module")
def api_client(cluster: Cluster) -> Iterator[Any]:
    load: Any = config.new_client_from_config  # without types in the client
    with load(config_file=str(cluster.kubeconfig)) as made:
        yield made


@pytest.fixture(scope="module")
def api(api_client: Any) -> Iterator[Api]:
    core = client.CoreV1Api(api_client)
    namespace = f"manifests-{uuid4().hex[:8]}"
    core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=namespace)))
    yield Api(client.CustomObjectsApi(api_client), namespace)
    core.delete_namespace(namespace)


def message_of(refusal: pytest.ExceptionInfo[Any]) -> str:
    """The message as a person reads it: without the escapes of JSON."""
    assert refusal.value.status in REFUSALS, refusal.value
    return str(json.loads(refusal.value.body)["message"])


def assert_says(message: str, phrases: list[str]) -> None:
    for phrase in phrases:
        assert phrase in message, f"{phrase!r} is not said in: {message}"


@pytest.mark.parametrize(
    "case", [*table("sims.yaml"), *table("simaccounts.yaml"), *table("quotapolicies.yaml")]
)
def test_a_manifest_is_taken_or_refused_in_words_that_a_person_understands(
    api: Api, case: dict[str, Any]
) -> None:
    body = {key: case[key] for key in ("spec",) if key in case} | case.get("extra", {})
    if "refused" in case:
        with pytest.raises(client.ApiException) as refusal:
            api.create(case["kind"], "table", body, keep=False)
        assert_says(message_of(refusal), case["refused"])
        return
    made = api.create(case["kind"], "table", body, keep=False)
    if "becomes" in case:
        assert made["spec"] == case["becomes"]


@pytest.mark.parametrize("case", table("updates.yaml"))
def test_a_change_is_taken_or_refused_in_words_that_a_person_understands(
    api: Api, case: dict[str, Any]
) -> None:
    kind, name = case["kind"], "changing"
    made = api.create(kind, name, {"spec": case["before"]}, keep=True)
    try:
        changed = made | {"spec": case["after"]}
        if "refused" not in case:
            api.replace(kind, name, changed)
            return
        with pytest.raises(client.ApiException) as refusal:
            api.replace(kind, name, changed)
        assert_says(message_of(refusal), case["refused"])
    finally:
        api.delete(kind, name)


@pytest.mark.parametrize("case", table("statuses.yaml"))
def test_a_status_is_kept_whole_or_refused(api: Api, case: dict[str, Any]) -> None:
    kind, name = case["kind"], "reporting"
    made = api.create(kind, name, {"spec": case["spec"]}, keep=True)
    try:
        reported = made | {"status": case["status"]}
        if "refused" not in case:
            assert api.replace_status(kind, name, reported)["status"] == case["status"]
            return
        with pytest.raises(client.ApiException) as refusal:
            api.replace_status(kind, name, reported)
        assert_says(message_of(refusal), case["refused"])
    finally:
        api.delete(kind, name)


@pytest.mark.parametrize(
    "digits", ["8988303000123456789", "8988280666000000000", "0000000000000000000", "9" * 19]
)
def test_of_ten_check_digits_the_api_server_takes_the_one_that_the_operator_takes(
    api: Api, digits: str
) -> None:
    taken = []
    for digit in "0123456789":
        try:
            api.create(SIM_KIND, "table", {"spec": {"iccid": digits + digit}}, keep=False)
        except client.ApiException as refusal:
            assert refusal.status in REFUSALS  # noqa: PT017 (both outcomes are expected)
        else:
            taken.append(digit)
    assert taken == [luhn_digit(digits)]


def test_a_sim_is_found_by_its_iccid(api: Api) -> None:
    api.create(SIM_KIND, "pump-1", {"spec": {"iccid": "8988303000123456789"}}, keep=True)
    api.create(SIM_KIND, "pump-2", {"spec": {"iccid": "8988303000123456790"}}, keep=True)
    try:
        found = api.custom.list_cluster_custom_object(
            GROUP, VERSION, SIM_PLURAL, field_selector="spec.iccid=8988303000123456790"
        )
        assert [sim["metadata"]["name"] for sim in found["items"]] == ["pump-2"]
    finally:
        api.delete(SIM_KIND, "pump-1")
        api.delete(SIM_KIND, "pump-2")


@pytest.mark.parametrize(
    ("plural", "usual", "wide"),
    [
        (
            SIM_PLURAL,
            ["Name", "ICCID", "STATE", "SESSION", "DATA LEFT", "POLICY", "READY", "REASON", "AGE"],
            ["ACCOUNT", "LABEL", "IMEI", "IP"],
        ),
        (
            ACCOUNT_PLURAL,
            ["Name", "MODE", "SIMS", "CLAIMED", "READY", "REASON", "LAST SWEEP", "AGE"],
            ["ENABLED", "DISABLED", "HOLDING", "INTERVAL", "API", "ENDPOINT"],
        ),
        (
            POLICY_PLURAL,
            [
                "Name",
                "MODE",
                "PERIOD",
                "ACTION",
                "MATCHED",
                "WARNED",
                "EXCEEDED",
                "DISABLED",
                "HELD",
                "READY",
                "REASON",
                "AGE",
            ],
            ["PRIORITY", "POOL USED", "POOL LIMIT", "EXHAUSTS", "OVERSHOOT"],
        ),
    ],
)
def test_kubectl_get_shows_the_columns_in_their_order(
    api_client: Any, plural: str, usual: list[str], wide: list[str]
) -> None:
    custom: Any = client.CustomObjectsApi(api_client)
    answer = custom.list_cluster_custom_object(
        GROUP, VERSION, plural, limit=1, _headers={"Accept": AS_TABLE}
    )
    columns = answer["columnDefinitions"]
    assert [column["name"] for column in columns if column["priority"] == 0] == usual
    assert [column["name"] for column in columns if column["priority"] > 0] == wide


def test_kubectl_shows_a_policy_by_its_short_name_with_what_its_status_says(
    api: Api, cluster: Cluster
) -> None:
    spec = {"selector": {}, "mode": "Enforce", "data": {"pool": "10Gi"}, "action": "Disable"}
    made = api.create(POLICY_KIND, "pumps", {"spec": spec}, keep=True)
    ready = {"type": "Ready", "status": "True", "reason": "Reconciled", "message": ""}
    status = {
        "matched": 60,
        "warned": 12,
        "exceeded": 3,
        "disabled": 1,
        "held": 2,
        "pool": {"data": {"used": "8192Mi", "limit": "10Gi"}},
        "forecast": {"exhaustsAt": "2026-11-27"},
        "maxOvershoot": "7Mi",
        "conditions": [ready | {"lastTransitionTime": "2026-11-22T10:00:00Z"}],
    }
    api.replace_status(POLICY_KIND, "pumps", made | {"status": status})
    try:
        shown = kubectl(
            cluster.kubeconfig, "get", "qp", "-n", api.namespace, "-o", "wide", "--no-headers"
        )
        words = shown.split()
        assert " ".join(words[:11]) == "pumps Enforce Monthly Disable 60 12 3 1 2 True Reconciled"
        assert words[11:-1] == ["0", "8192Mi", "10Gi", "2026-11-27", "7Mi"], "before the age"
        assert "quotapolicy.sim-operator.io/pumps" in kubectl(
            cluster.kubeconfig, "get", "iot", "-n", api.namespace, "-o", "name"
        )
    finally:
        api.delete(POLICY_KIND, "pumps")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("", "how much a group of SIMs may use"),
        (".spec.resume", "Absent: NextPeriod, and Never for a Lifetime."),
        (".spec.data.perSIM", "such as 40Mi. 0: none at all."),
        (".status.maxOvershoot", "How far past its limit a SIM can get"),
    ],
)
def test_kubectl_explains_a_policy(cluster: Cluster, field: str, text: str) -> None:
    told = kubectl(cluster.kubeconfig, "explain", f"qp{field}")
    assert text in " ".join(told.split())
