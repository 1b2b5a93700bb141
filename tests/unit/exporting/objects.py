"""Objects as the API server sends them."""

from typing import Any

from sim_operator.api.names import API_VERSION

ICCID = "8988303000123456789"


def sent(
    kind: str, name: str = "pump-01", namespace: str = "plant-a", **spec: Any
) -> dict[str, Any]:
    """An object with what the API server adds to it."""
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": namespace,
            "uid": "4f1a3d0c-5d6e-4a93-9a6e-0c8d8b0c7f11",
            "resourceVersion": "812",
            "generation": 3,
            "creationTimestamp": "2026-11-15T12:00:00Z",
            "finalizers": ["sim-operator.io/disable"],
            "ownerReferences": [{"kind": "Deployment", "name": "elsewhere", "uid": "x"}],
        },
        "spec": spec,
        "status": {"iccid": ICCID},
    }


def sim(name: str = "pump-01", namespace: str = "plant-a", **spec: Any) -> dict[str, Any]:
    """A SIM with the defaults that the API server fills in."""
    told = {"managementPolicy": "Manage", "deletionPolicy": "Retain", "suspend": False}
    return sent("SIM", name, namespace, **{"iccid": ICCID, **told, **spec})


def account(name: str = "default", namespace: str = "plant-a", **spec: Any) -> dict[str, Any]:
    """A SIMAccount with some defaults."""
    told = {
        "credentialsSecretRef": {"name": "onence"},
        "mode": "Active",
        "sync": {"interval": "5m", "detailInterval": "1h"},
        "allowedNamespaces": {"from": "Same"},
    }
    return sent("SIMAccount", name, namespace, **{**told, **spec})


def policy(name: str = "pumps", namespace: str = "plant-a", **spec: Any) -> dict[str, Any]:
    """A QuotaPolicy with some defaults."""
    told = {
        "selector": {"matchLabels": {"fleet": "pumps"}},
        "mode": "Audit",
        "warnAtPercent": [80, 95],
        "data": {"perSIM": "40Mi"},
    }
    return sent("QuotaPolicy", name, namespace, **{**told, **spec})


def labelled(body: dict[str, Any], **labels: str) -> dict[str, Any]:
    """The object with labels."""
    body["metadata"]["labels"] = labels
    return body
