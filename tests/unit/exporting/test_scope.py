"""What belongs to an account."""

from typing import Any

import pytest

from sim_operator.domain.resources import Key
from sim_operator.exporting.complaints import BadInputError
from sim_operator.exporting.scope import of_account
from tests.unit.exporting.objects import account, labelled, policy, sim

ACCOUNT = Key("plant-a", "default")


def _names(bodies: dict[str, list[dict[str, Any]]], default: Key | None = None) -> list[str]:
    found = of_account(bodies, ACCOUNT, default)
    return [
        f"{one['metadata']['namespace']}/{one['metadata']['name']}"
        for of in found.values()
        for one in of
    ]


def test_an_account_comes_with_its_sims_and_the_policies_that_select_one_of_them() -> None:
    elsewhere = {"name": "default", "namespace": "plant-a"}
    bodies = {
        "SIM": [
            labelled(sim("own", accountRef={"name": "default"}), fleet="pumps"),
            sim("other", accountRef={"name": "other"}),
            sim("far", "plant-b", accountRef=elsewhere),
            sim("none"),
        ],
        "QuotaPolicy": [
            policy("pumps"),
            policy("gates", selector={"matchLabels": {"fleet": "gates"}}),
        ],
        "SIMAccount": [account(), account("other")],
    }
    assert _names(bodies) == ["plant-a/own", "plant-b/far", "plant-a/pumps", "plant-a/default"]
    assert "plant-a/none" in _names(bodies, ACCOUNT)


def test_a_policy_counts_in_its_own_namespace_only() -> None:
    bodies = {
        "SIM": [labelled(sim(accountRef={"name": "default"}), fleet="pumps")],
        "QuotaPolicy": [policy("pumps", "plant-b")],
        "SIMAccount": [account()],
    }
    assert _names(bodies) == ["plant-a/pump-01", "plant-a/default"]


def test_a_sim_that_cannot_be_read_is_refused_by_name() -> None:
    bodies = {"SIM": [sim(state="Perhaps")], "QuotaPolicy": [], "SIMAccount": [account()]}
    with pytest.raises(BadInputError, match=r"spec\.state.*export the namespace"):
        of_account(bodies, ACCOUNT, ACCOUNT)
