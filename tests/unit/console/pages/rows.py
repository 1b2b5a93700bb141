"""SIMs, policies and accounts as the watch cache of a console makes them of objects."""

from typing import Any

from sim_operator.console.fleet import AccountRow, PolicyRow, SimRow
from sim_operator.console.fleet.reading import account_row, policy_row, sim_row
from sim_operator.kube.records import account_record, policy_record, sim_record

SINCE = "2026-11-23T09:01:33Z"
_ICCID = 8988303000000000000


def condition(type_: str, status: str, reason: str, message: str = "So it is.") -> dict[str, Any]:
    return {
        "type": type_,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": SINCE,
        "observedGeneration": 1,
    }


READY = condition("Ready", "True", "Reconciled")


def metadata(name: str, namespace: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "namespace": namespace,
        "uid": f"uid-{namespace}-{name}",
        "resourceVersion": "7",
        "generation": 3,
        "creationTimestamp": SINCE,
        "labels": labels or {},
    }


def sim(
    name: str = "pump-1",
    namespace: str = "plant-a",
    *,
    number: int = 1,
    labels: dict[str, str] | None = None,
    spec: dict[str, Any] | None = None,
    **status: Any,
) -> SimRow:
    """A SIM that is on and Ready, unless `spec` and `status` say else."""
    iccid = str(_ICCID + number)
    told = {"state": "Enabled", "conditions": [READY], "account": "sim-operator/default"} | status
    return sim_row(
        sim_record(
            {
                "metadata": metadata(name, namespace, labels),
                "spec": {"iccid": iccid, "state": "Enabled", **(spec or {})},
                "status": {"iccid": iccid, **told},
            }
        )
    )


def policy(name: str = "pumps", *, spec: dict[str, Any] | None = None, **status: Any) -> PolicyRow:
    """A policy in Enforce that disables above 40 MiB a month."""
    given = {
        "selector": {"matchLabels": {"fleet": "pumps"}},
        "mode": "Enforce",
        "action": "Disable",
        "data": {"perSIM": "40Mi"},
        **(spec or {}),
    }
    body = {"metadata": metadata(name, "plant-a"), "spec": given, "status": status}
    return policy_row(policy_record(body))


def account(*, spec: dict[str, Any] | None = None, **status: Any) -> AccountRow:
    """The account sim-operator/default."""
    given = {"credentialsSecretRef": {"name": "s"}, **(spec or {})}
    body = {"metadata": metadata("default", "sim-operator"), "spec": given, "status": status}
    return account_row(account_record(body))
