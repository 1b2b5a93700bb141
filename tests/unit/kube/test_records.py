"""Objects as the API server sends them, and as an older CRD may have let them through."""

from typing import Any

import pytest

from sim_operator.api.choices import PolicyMode
from sim_operator.domain.resources import Key
from sim_operator.domain.states import DeletionPolicy, ImeiLock, ManagementPolicy, SimState
from sim_operator.kube.records import (
    UnreadableSpecError,
    account_record,
    meta,
    policy_record,
    sim_record,
)


def body(spec: dict[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    named = {"namespace": "plant-a", "name": "pump", "uid": "u", "resourceVersion": "1"}
    return {"metadata": {**named, **metadata}, "spec": spec or {}}


def test_a_whole_sim_is_read() -> None:
    spec = {
        "iccid": "8988303000123456789",
        "accountRef": {"name": "default"},
        "state": "Disabled",
        "label": "pump",
        "imeiLock": "Locked",
        "managementPolicy": "Observe",
        "deletionPolicy": "Disable",
        "suspend": True,
    }
    read = sim_record({**body(spec), "status": {"state": "Enabled", "account": "a/b"}})
    assert read.spec.account == Key("plant-a", "default")
    assert (read.spec.state, read.spec.imei_lock) == (SimState.DISABLED, ImeiLock.LOCKED)
    assert read.spec.management is ManagementPolicy.OBSERVE
    assert read.spec.deletion is DeletionPolicy.DISABLE
    assert read.spec.suspend
    assert read.status == b'{"account":"a/b","state":"Enabled"}'


def test_what_is_absent_is_not_managed() -> None:
    read = sim_record(body({"iccid": "8988303000123456789"}))
    assert read.spec.account is None
    assert read.spec.state is None
    assert read.spec.label is None
    assert read.spec.imei_lock is None
    assert read.spec.management is ManagementPolicy.MANAGE
    assert read.spec.deletion is DeletionPolicy.RETAIN
    assert not read.spec.suspend
    assert read.status == b"{}"


def test_an_account_in_another_namespace_keeps_its_namespace() -> None:
    spec = {"iccid": "1", "accountRef": {"name": "default", "namespace": "sim-operator"}}
    assert sim_record(body(spec)).spec.account == Key("sim-operator", "default")


def test_only_our_own_annotations_are_kept() -> None:
    theirs = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    ours = {"sim-operator.io/accept-sweep": "abc"}
    assert meta(body(annotations={**theirs, **ours})).annotations == ours


def test_a_sim_without_a_spec_has_an_iccid_that_no_card_has() -> None:
    assert sim_record({"metadata": body()["metadata"]}).spec.iccid == ""


@pytest.mark.parametrize(
    "spec",
    [
        {"state": "Melted"},
        {"imeiLock": "Ajar"},
        {"managementPolicy": "Guess"},
        {"deletionPolicy": "Delete"},
        {"label": 7},
        {"iccid": 8988303000123456789},
        {"suspend": "yes"},
        {"accountRef": {}},
        {"accountRef": "default"},
    ],
)
def test_an_unknown_value_is_named_and_not_guessed(spec: dict[str, Any]) -> None:
    (field,) = spec
    with pytest.raises(UnreadableSpecError, match=f"spec.{field}"):
        sim_record(body(spec))


def test_an_account_is_read() -> None:
    read = account_record(body({"credentialsSecretRef": {"name": "once"}}))
    assert read.spec.credentials_secret_ref.name == "once"


def test_an_account_that_cannot_be_read_says_which_field_without_its_value() -> None:
    spec = {"credentialsSecretRef": {"name": "once"}, "mode": "hunter2"}
    with pytest.raises(UnreadableSpecError, match=r"spec\.mode") as refused:
        account_record(body(spec))
    assert "hunter2" not in str(refused.value)


def test_a_policy_is_read() -> None:
    spec = {
        "selector": {"matchLabels": {"fleet": "pumps"}},
        "mode": "Enforce",
        "timeZone": "Mars/Olympus",
        "data": {"perSIM": "40Mi"},
    }
    read = policy_record({**body(spec), "status": {"matched": 3, "held": 1}})
    assert read.meta.key == Key("plant-a", "pump")
    assert read.spec.mode is PolicyMode.ENFORCE
    assert read.spec.selector.match_labels == {"fleet": "pumps"}
    assert read.spec.time_zone == "Mars/Olympus", "the loop says what is wrong with it"
    assert read.status == b'{"held":1,"matched":3}'


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"selector": None}, r"^spec\.selector: "),
        ({"mode": "hunter2"}, r"^spec\.mode: "),
        ({"data": {"perSIM": "hunter2"}}, r"^spec\.data\.perSIM: must be a data volume"),
        ({"data": None}, "^spec: a policy needs a limit: set data, sms or both$"),
        ({"warnAtPercent": [95, 80]}, r"^spec\.warnAtPercent: the percentages have to rise"),
    ],
)
def test_a_policy_that_cannot_be_read_says_where_and_why_without_the_value(
    changes: dict[str, Any], message: str
) -> None:
    spec = {"selector": {}, "data": {"perSIM": "40Mi"}} | changes
    with pytest.raises(UnreadableSpecError, match=message) as refused:
        policy_record(body(spec))
    assert "hunter2" not in str(refused.value)


def test_an_object_without_a_uid_is_none() -> None:
    with pytest.raises(UnreadableSpecError, match="uid"):
        meta({"metadata": {"name": "pump"}})
