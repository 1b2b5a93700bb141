"""The same job the way kopf is usually used: handlers for each object, and a timer for each.

Run as `kopf run idiomatic.py`. Kept as frugal as this way allows: one read at 1NCE for each look,
and a patch of the status only where it has changed.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import kopf

INTERVAL = float(os.environ["INTERVAL"])
GROUP = "sim-operator.io"


@kopf.on.startup()
async def open_client(memo: kopf.Memo, **_: Any) -> None:
    url = os.environ["ENDPOINT"]
    pair = os.environ["ONCE_CLIENT_ID"], os.environ["ONCE_CLIENT_SECRET"]
    async with httpx.AsyncClient(trust_env=False) as login:
        body = {"grant_type": "client_credentials"}
        answer = await login.post(f"{url}/oauth/token", auth=pair, json=body)
    memo.onence = httpx.AsyncClient(
        base_url=f"{url}/v2/sims",
        headers={"Authorization": f"Bearer {answer.json()['access_token']}"},
        limits=httpx.Limits(max_connections=8),
        timeout=httpx.Timeout(30, pool=None),
        trust_env=False,
    )


@kopf.on.cleanup()
async def close_client(memo: kopf.Memo, **_: Any) -> None:
    await memo.onence.aclose()


@kopf.on.resume(GROUP, "sims")
@kopf.on.create(GROUP, "sims")
@kopf.on.update(GROUP, "sims", field="spec")
@kopf.timer(GROUP, "sims", interval=INTERVAL, initial_delay=INTERVAL)
async def keep(
    spec: kopf.Spec,
    status: kopf.Status,
    meta: kopf.Meta,
    patch: kopf.Patch,
    memo: kopf.Memo,
    **_: Any,
) -> None:
    sim = (await memo.onence.get(f"/{spec['iccid']}")).raise_for_status().json()
    wanted = {"status": spec.get("state"), "label": spec.get("label")}
    changes = {name: to for name, to in wanted.items() if to is not None and sim[name] != to}
    if changes:
        (await memo.onence.put(f"/{spec['iccid']}", json=changes)).raise_for_status()
    shown = {
        "observedGeneration": meta["generation"],
        "iccid": sim["iccid"],
        "imsi": sim["imsi"],
        "msisdn": sim["msisdn"],
        "ipAddress": sim["ip_address"],
        "state": changes.get("status", sim["status"]),
        "label": changes.get("label", sim["label"]),
        "imeiLock": "Locked" if sim["imei_lock"] else "Unlocked",
        "conditions": [ready(status, meta["generation"])],
    }
    if any(status.get(name) != value for name, value in shown.items()):
        patch.status.update(shown)


def ready(status: Mapping[str, Any], generation: int) -> dict[str, Any]:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    before = next(iter(status.get("conditions") or ()), {"lastTransitionTime": now})
    return {
        "type": "Ready",
        "status": "True",
        "reason": "Reconciled",
        "message": "1NCE is as the resource says.",
        "observedGeneration": generation,
        "lastTransitionTime": before["lastTransitionTime"],
    }
