"""Which account a SIM belongs to, and whether it may."""

from collections.abc import Mapping
from typing import Any

import pytest

from sim_operator.api.names import ReadyReason
from sim_operator.domain.resources import Key
from sim_operator.planning.tenancy import Refusal, admits, assign
from tests.unit.specimens import ACCOUNT, account_record, sim_record

SELECTOR = {"from": "Selector", "selector": {"matchLabels": {"tenant": "plant"}}}
LABELS = {"plant-a": {"tenant": "plant"}, "plant-b": {"tenant": "other"}}


def labels_of(namespace: str) -> Mapping[str, str] | None:
    return LABELS.get(namespace)


def allowing(allowed: dict[str, Any] | None = None) -> Any:
    spec = {"allowedNamespaces": allowed} if allowed is not None else None
    return account_record(spec=spec)


@pytest.mark.parametrize(
    ("allowed", "tenant", "admitted"),
    [
        (None, "sim-operator", True),
        (None, "plant-a", False),
        ({"from": "Same"}, "plant-a", False),
        ({"from": "All"}, "plant-a", True),
        (SELECTOR, "plant-a", True),
        (SELECTOR, "plant-b", False),
        (SELECTOR, "not-known", False),
        (SELECTOR, "sim-operator", False),
    ],
)
def test_the_account_says_which_namespaces_may_use_it(
    allowed: dict[str, Any] | None, tenant: str, admitted: bool
) -> None:
    assert admits(allowing(allowed), tenant, labels_of) == admitted


def test_a_sim_without_a_reference_takes_the_default_account() -> None:
    accounts = {ACCOUNT: allowing({"from": "All"})}
    assert assign(sim_record(account=None), ACCOUNT, accounts, labels_of) == ACCOUNT


def test_the_default_account_refuses_namespaces_too() -> None:
    refusal = assign(sim_record(account=None), ACCOUNT, {ACCOUNT: allowing()}, labels_of)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is ReadyReason.ACCOUNT_NOT_ALLOWED
    assert "allowedNamespaces" in refusal.message


def test_a_sim_without_any_account_is_told_how_to_name_one() -> None:
    refusal = assign(sim_record(account=None), None, {}, labels_of)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is ReadyReason.ACCOUNT_NOT_FOUND
    assert "spec.accountRef" in refusal.message


def test_an_account_that_does_not_exist_is_named() -> None:
    refusal = assign(sim_record(account=Key("plant-a", "typo")), ACCOUNT, {}, labels_of)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is ReadyReason.ACCOUNT_NOT_FOUND
    assert "plant-a/typo" in refusal.message


def test_labels_that_are_not_known_refuse_for_the_moment_only() -> None:
    refusal = assign(sim_record(Key("new", "a")), None, {ACCOUNT: allowing(SELECTOR)}, labels_of)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is ReadyReason.ACCOUNT_NOT_READY
    assert refusal.temporary


def test_a_namespace_that_the_selector_does_not_match_is_refused() -> None:
    sim = sim_record(Key("plant-b", "a"))
    refusal = assign(sim, None, {ACCOUNT: allowing(SELECTOR)}, labels_of)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is ReadyReason.ACCOUNT_NOT_ALLOWED
    assert not refusal.temporary


def test_an_account_that_cannot_be_read_is_not_taken_for_gone() -> None:
    refusal = assign(sim_record(), None, {}, labels_of, unreadable={ACCOUNT})
    assert isinstance(refusal, Refusal)
    assert refusal.reason is ReadyReason.ACCOUNT_NOT_READY
    assert refusal.temporary
