"""When a resource counts as Ready."""

from typing import Any

import pytest

from sim_operator.api.names import ACCOUNT_KIND, SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.installing.patience import Patience
from sim_operator.installing.resources import readiness, unread
from sim_operator.kube.answers import ApiError
from sim_operator.kube.kinds import KINDS

KEY = Key("plant-a", "pump")


def body(status: str, reason: str, observed: int = 3) -> dict[str, Any]:
    ready = {
        "type": "Ready",
        "status": status,
        "reason": reason,
        "message": "Because.",
        "observedGeneration": observed,
    }
    synced = {"type": "Synced", "status": "True", "reason": "InSync", "message": ""}
    return {"metadata": {"generation": 3}, "status": {"conditions": [synced, ready]}}


@pytest.mark.parametrize(
    ("given", "holds", "found", "advice"),
    [
        (body("True", "Reconciled"), True, "Ready, Reconciled: Because.", ""),
        (body("True", "Reconciled", 2), False, "of an earlier generation", "whether the operator"),
        (
            body("False", "NotFound"),
            False,
            "not Ready, NotFound: Because.",
            "kubectl describe sims",
        ),
        (body("Unknown", "Stale"), False, "not Ready, Stale", "kubectl describe sims"),
        (body("False", "AccountNotReady"), False, "not Ready", "See to its SIMAccount first"),
        ({"metadata": {"generation": 1}}, False, "no status yet", "SIM_OPERATOR_WATCH_NAMESPACES"),
        ({"metadata": {}, "status": {}}, False, "no status yet", "whether the operator runs"),
    ],
)
def test_a_resource_is_ready_when_the_operator_says_so_of_its_present_generation(
    given: dict[str, Any], holds: bool, found: str, advice: str
) -> None:
    verdict = readiness(KINDS[SIM_KIND], KEY, given)
    assert verdict.holds is holds
    assert found in verdict.found
    assert advice in verdict.advice


def test_the_advice_names_the_kind() -> None:
    verdict = readiness(KINDS[ACCOUNT_KIND], KEY, body("False", "InvalidCredentials"))
    assert verdict.advice == "Read its events: kubectl describe simaccounts -n plant-a pump"


def test_missing_rights_are_waited_for_a_moment_only() -> None:
    now = 0.0
    patience = Patience(100, lambda: now)
    error = ApiError("cannot get", status=403)
    assert not unread(error, "plant-a", patience).final
    now = 10.0
    assert unread(error, "plant-a", patience).final
    assert not unread(ApiError("etcd", status=500), "plant-a", patience).final
