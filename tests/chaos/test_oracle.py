"""The oracle disagrees where something is wrong: one that never did would prove nothing."""

import copy
from typing import Any, Final

import pytest

from tests.chaos.oracle import verdicts
from tests.chaos.oracle_past import at_rest, looked_at
from tests.chaos.oracle_scene import FIELDS, Past, Scene, selects
from tests.integration.world import Json

ENDPOINT: Final = "http://127.0.0.1:1/management-api"
ICCID: Final = "8988303000123456789"
CARD: Final[Json] = {
    "customer": "first",
    "present": True,
    "expired": False,
    "status": "Enabled",
    "label": "pump",
    "imei_lock": False,
}


def body(kind: str, name: str, spec: Json, ready: str, synced: str = "InSync", **more: Any) -> Json:
    true = ready in ("Reconciled", "Observing", "Suspended", "DisabledByPolicy")
    stamped = {"observedGeneration": 2, "message": "", "lastTransitionTime": ""}
    conditions = [
        {"type": "Ready", "status": str(true), "reason": ready, **stamped},
        {"type": "Synced", "status": "True", "reason": synced, **stamped},
    ]
    metadata = {"namespace": "a", "name": name, "uid": f"{kind}-{name}", "generation": 2}
    metadata |= more.pop("metadata", {})
    status = {"observedGeneration": 2, "conditions": conditions, **more}
    return {"kind": kind, "metadata": metadata, "spec": spec, "status": status}


def account(ready: str = "Reconciled", name: str = "default", **spec: Any) -> Json:
    told = {
        "endpoint": ENDPOINT,
        "credentialsSecretRef": {"name": "s"},
        "protection": {"maxDisablesPerHour": 1000},
        **spec,
    }
    return body("SIMAccount", name, told, ready)


def sim(ready: str = "Reconciled", name: str = "pump", **changes: Any) -> Json:
    spec = {"iccid": ICCID, "state": "Enabled", **changes.pop("spec", {})}
    shown = {"iccid": ICCID, "state": "Enabled", "label": "pump"} if ready != "Conflict" else {}
    return body("SIM", name, spec, ready, **{**shown, **changes})


def told(*sims: Json, accounts: tuple[Json, ...] = (), policies: tuple[Json, ...] = ()) -> Scene:
    secrets = {"a/s": "first"}
    return Scene(sims, accounts, policies, {"a": {}}, secrets, "a/default", endpoint=ENDPOINT)


def complaints(
    *sims: Json,
    accounts: tuple[Json, ...] = (),
    policies: tuple[Json, ...] = (),
    possible: dict[tuple[str, str], set[object]] | None = None,
    **card: Any,
) -> list[str]:
    cards = {ICCID: {**CARD, **card}}
    scene = told(*sims, accounts=accounts or (account(),), policies=policies)
    past = Past(
        {(ICCID, field): {CARD[field]} for field in FIELDS} | (possible or {}),
        {"SIMAccount-default": {"first"}},
    )
    return list(verdicts(copy.deepcopy(scene), cards, past))


OFF: Final[dict[tuple[str, str], set[object]]] = {(ICCID, "status"): {"Enabled", "Disabled"}}


def test_all_is_well() -> None:
    assert complaints(sim()) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (complaints(sim(), status="Disabled", possible=OFF), "wants status 'Enabled'"),
        (complaints(status="Disabled"), "which nobody asked for"),
        (complaints(sim("Suspended", spec={"suspend": True}), label="x"), "nobody asked for"),
        (complaints(sim(spec={"suspend": True})), "wanted Suspended"),
        (complaints(sim(spec={"managementPolicy": "Observe"})), "wanted Observing"),
        (complaints(sim(spec={"accountRef": {"name": "no"}})), "wanted AccountNotFound"),
        (complaints(sim(), present=False), "wanted NotFound"),
        (complaints(sim(), customer="second"), "wanted NotFound"),
        (complaints(sim(), accounts=(account("Paused", mode="Paused"),)), "wanted AccountNotReady"),
        (complaints(accounts=(account(mode="Paused"),)), "wanted Paused"),
        (complaints(accounts=(account(endpoint="x"),)), "wanted EndpointNotAllowed"),
        (complaints(sim("Conflict", name="b"), sim("Conflict")), "nobody holds"),
        (complaints(sim("Conflict", state="Enabled")), "in conflict and shows"),
        (complaints(sim(state="Disabled")), "shows Disabled, 1NCE has Enabled"),
        (complaints(sim(observedGeneration=1)), "generations"),
        (complaints(sim(conditions=[])), "no condition Ready"),
        (
            complaints(sim("DisabledByPolicy", state="Disabled"), status="Disabled", possible=OFF),
            "no hold says so",
        ),
        (
            complaints(
                sim(
                    metadata={"deletionTimestamp": "x", "finalizers": ["sim-operator.io/disable"]},
                    spec={"deletionPolicy": "Disable"},
                )
            ),
            "though it can be disabled",
        ),
    ],
)
def test_what_is_wrong_is_said(wrong: list[str], said: str) -> None:
    assert any(said in one for one in wrong), wrong


def test_of_two_claims_one_acts_and_the_other_says_conflict() -> None:
    assert complaints(sim(), sim("Conflict", name="second")) == []
    both = complaints(sim(), sim(name="second", spec={"state": "Disabled"}))
    assert any("both hold" in one for one in both), both


def test_who_was_never_read_is_in_conflict_only_while_the_holder_is_read() -> None:
    never = account("EndpointNotAllowed", "other", endpoint="x")
    waits = sim("AccountNotReady", "second", spec={"accountRef": {"name": "other"}})
    refused = sim("Conflict", "second", spec={"accountRef": {"name": "other"}})
    assert complaints(sim(), refused, accounts=(account(), never)) == []
    read = complaints(sim(), waits, accounts=(account(), never))
    assert any("second is AccountNotReady, wanted Conflict" in one for one in read), read

    paused, rests = account("Paused", mode="Paused"), sim("AccountNotReady")
    for either in (waits, refused):
        assert complaints(rests, either, accounts=(paused, never)) == []


# What the oracle remembers


def test_an_account_counts_as_a_reader_from_the_first_time_that_it_can_be_read() -> None:
    past, off = Past(), sim(spec={"state": "Disabled"})
    looked_at(past, told(off, accounts=(account("EndpointNotAllowed", endpoint="x"),)))
    assert past.customers == {"SIMAccount-default": set()}
    assert past.possible == {}

    looked_at(past, told(off, accounts=(account(),)))
    assert past.customers == {"SIMAccount-default": {"first"}}
    assert past.possible == {(ICCID, "status"): {"Disabled"}}

    looked_at(past, told(off, accounts=(account("Paused", mode="Paused"),)))
    assert past.customers == {"SIMAccount-default": {"first"}}


def test_what_is_asked_after_an_account_was_lost_may_come_true_until_all_was_at_rest() -> None:
    past, lost = Past(), account("EndpointNotAllowed", endpoint="x")
    off = sim("AccountNotReady", spec={"state": "Disabled"})
    looked_at(past, told(accounts=(account(),)))
    looked_at(past, told(off, accounts=(lost,)))
    assert past.possible == {(ICCID, "status"): {"Disabled"}}

    at_rest(past, told(off, accounts=(lost,)), {ICCID: CARD})
    assert past.possible == {(ICCID, field): {CARD[field]} for field in FIELDS}


@pytest.mark.parametrize(
    ("expression", "labels", "holds"),
    [
        ({"key": "a", "operator": "In", "values": ["1"]}, {"a": "1"}, True),
        ({"key": "a", "operator": "In", "values": ["1"]}, {}, False),
        ({"key": "a", "operator": "NotIn", "values": ["1"]}, {}, True),
        ({"key": "a", "operator": "NotIn", "values": ["1"]}, {"a": "1"}, False),
        ({"key": "a", "operator": "Exists"}, {"a": ""}, True),
        ({"key": "a", "operator": "DoesNotExist"}, {"a": ""}, False),
    ],
)
def test_label_selectors(expression: Json, labels: dict[str, str], holds: bool) -> None:
    assert selects({"matchExpressions": [expression]}, labels) is holds
    assert selects({"matchLabels": {"b": "2"}}, {**labels, "b": "2"})
    assert not selects({"matchLabels": {"b": "2"}, "matchExpressions": [expression]}, labels)
