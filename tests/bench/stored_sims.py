"""SIMs as an operator that has been at work leaves them, put straight into etcd."""

from base64 import b64encode
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson

from sim_operator.api.names import API_VERSION, GROUP, SIM_KIND, SIM_PLURAL

NAMESPACE: Final = "bench"
_BATCH: Final = 100


def sim(number: int, touch: str) -> dict[str, Any]:
    """A SIM as an operator that has been at work for a while leaves it: 2.2 kB."""
    then = "2026-11-01T00:00:00Z"
    iccid = f"8988303{number:012}"
    about = {"observedGeneration": 1, "lastTransitionTime": then, "message": ""}
    ready = {"type": "Ready", "status": "True", "reason": "Reconciled", **about}
    synced = {"type": "Synced", "status": "True", "reason": "InSync", **about}
    level = {"level": "Sufficient", "expiresAt": "2034-03-09T00:00:00Z"}
    status = {
        "observedGeneration": 1,
        "account": "sim-operator/default",
        "iccid": iccid,
        "imsi": f"90140{number:010}",
        "msisdn": f"88228{number:010}",
        "imei": f"35200{number:011}",
        "ipAddress": f"100.{number >> 16}.{number >> 8 & 255}.{number & 255}",
        "activatedAt": then,
        "state": "Enabled",
        "label": f"pump-{number}",
        "imeiLock": "Unlocked",
        "session": "Online",
        "quota": {
            "data": {**level, "total": "500Mi", "remaining": f"{number % 500}Mi"},
            "sms": {**level, "total": 250, "remaining": number % 250},
        },
        "conditions": [ready, synced],
    }
    names: dict[str, Any] = {f"f:{name}": {} for name in (*status, "type", "status", "reason")}
    of = {"apiVersion": API_VERSION, "time": then, "fieldsType": "FieldsV1"}
    managed = [
        {"manager": "kubectl", "operation": "Apply", **of, "fieldsV1": {"f:spec": names}},
        {"manager": "sim-operator", "operation": "Update", **of, "fieldsV1": {"f:status": names}},
    ]
    return {
        "apiVersion": API_VERSION,
        "kind": SIM_KIND,
        "metadata": {
            "name": f"pump-{number}",
            "namespace": NAMESPACE,
            "uid": f"00000000-0000-4000-8000-{number:012}",
            "generation": 1,
            "creationTimestamp": then,
            "labels": {"fleet": "pumps", "touch": touch},
            "managedFields": managed,
        },
        "spec": {"iccid": iccid, "state": "Enabled", "label": f"pump-{number}"},
        "status": status,
    }


async def write(socket: Path, begin: int, end: int, touch: str) -> None:
    """Put SIMs where the API server keeps them: creating them through it would take minutes."""
    connector = aiohttp.UnixConnector(path=str(socket))
    async with aiohttp.ClientSession(connector=connector) as session:
        for first in range(begin, end, _BATCH):
            puts = []
            for number in range(first, min(first + _BATCH, end)):
                key = f"/registry/{GROUP}/{SIM_PLURAL}/{NAMESPACE}/pump-{number}"
                value = orjson.dumps(sim(number, touch))
                put = {"key": b64encode(key.encode()), "value": b64encode(value)}
                puts.append({"request_put": {name: one.decode() for name, one in put.items()}})
            async with session.post("http://etcd/v3/kv/txn", json={"success": puts}) as answer:
                answer.raise_for_status()
