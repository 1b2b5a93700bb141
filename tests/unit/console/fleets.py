"""A fleet as the watch cache would bring it, made of bodies as the API server sends them."""

import itertools
from typing import Any

from sim_operator.api.names import SIM_KIND
from sim_operator.console.fleet import Fleet
from sim_operator.kube.feed import Feed
from sim_operator.kube.store import Store

REASONS = ("Reconciled",) * 17 + ("NotFound", "DisabledByPolicy", "Progressing")
SESSIONS = ("Online", "Attached", "Offline")


def body(number: int, **metadata: Any) -> dict[str, Any]:
    """One of many SIMs, none like the other."""
    reason = REASONS[number % len(REASONS)]
    ready: dict[str, Any] = {
        "status": "False" if reason in ("NotFound", "Progressing") else "True",
        "reason": reason,
        "message": f"It is {reason}.",
        "lastTransitionTime": f"2026-11-{number % 28 + 1:02d}T00:00:00Z",
        "observedGeneration": 1,
    }
    beside = {"NotFound": ["Stalled"], "Progressing": ["Reconciling"]}.get(reason, [])
    conditions = [{"type": one} | ready for one in ("Ready", *beside)]
    iccid = f"89883030{number:011d}"
    return {
        "apiVersion": "sim-operator.io/v1alpha1",
        "kind": "SIM",
        "metadata": {
            "name": f"pump-{number:05d}",
            "namespace": f"plant-{number % 20}",
            "uid": f"uid-{number}",
            "resourceVersion": str(1000 + number),
            "generation": 1,
            "creationTimestamp": "2026-10-01T00:00:00Z",
            "labels": {"fleet": f"fleet-{number % 7}", "site": f"site-{number % 50}"},
        }
        | metadata,
        "spec": {"iccid": iccid, "state": "Enabled", "label": f"pump-{number}"},
        "status": {
            "observedGeneration": 1,
            "account": "accounts/default",
            "iccid": iccid,
            "imsi": f"9014051{number:08d}",
            "msisdn": f"8822851{number:08d}",
            "imei": f"3520091{number:08d}",
            "ipAddress": f"100.64.{number // 250}.{number % 250}",
            "activatedAt": "2024-03-09T07:59:09Z",
            "state": "Disabled" if reason == "DisabledByPolicy" else "Enabled",
            "label": f"pump-{number}",
            "imeiLock": "Unlocked",
            "session": SESSIONS[number % 3],
            "quota": {
                "data": {
                    "level": "Sufficient",
                    "total": "500Mi",
                    "remaining": f"{number % 500}Mi",
                    "expiresAt": "2034-03-09T00:00:00Z",
                },
                "sms": {"level": "Sufficient", "total": 250, "remaining": number % 250},
            },
            "usage": {
                "period": "2026-11",
                "since": "2026-11-01T00:00:00Z",
                "data": f"{number % 97}Mi",
                "sms": number % 5,
                "asOf": "2026-11-20T00:00:00Z",
            },
            "policy": {
                "name": f"policy-{number % 3}",
                "mode": "Enforce",
                "action": "None",
                "reason": "WithinLimit",
            }
            | ({"exhaustsAt": f"2026-11-{number % 28 + 1:02d}"} if number % 40 == 0 else {}),
            "conditions": conditions,
        },
    }


def fleet_of(size: int) -> tuple[Store, Fleet]:
    """So many SIMs."""
    store = Store()
    fleet = Fleet(store)
    feed = Feed(store)
    for number in itertools.islice(itertools.count(), size):
        feed.take(SIM_KIND, None, body(number))
    store.complete.set()
    return store, fleet
