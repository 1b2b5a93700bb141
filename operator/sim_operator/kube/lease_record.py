"""The Lease object: its fields as we write them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class LeaseRecord:
    """What a Lease says."""

    holder: str
    """Empty: nobody."""
    duration: float
    """Seconds."""
    transitions: int
    acquired_at: str
    renewed_at: str


def read_lease(body: Mapping[str, Any]) -> LeaseRecord:
    """The record in an answer of the API server."""
    spec = body.get("spec") or {}
    return LeaseRecord(
        holder=spec.get("holderIdentity") or "",
        duration=float(spec.get("leaseDurationSeconds") or 0),
        transitions=int(spec.get("leaseTransitions") or 0),
        acquired_at=spec.get("acquireTime") or "",
        renewed_at=spec.get("renewTime") or "",
    )


def held_by(
    identity: str, duration: float, before: LeaseRecord | None, now: datetime
) -> dict[str, Any]:
    """The spec by which `identity` takes or keeps the Lease."""
    stamp = micro_time(now)
    kept = before is not None and before.holder == identity
    return {
        "holderIdentity": identity,
        "leaseDurationSeconds": int(duration),
        "acquireTime": before.acquired_at if before is not None and kept else stamp,
        "renewTime": stamp,
        "leaseTransitions": 0 if before is None else before.transitions + (0 if kept else 1),
    }


def released(before: LeaseRecord, now: datetime) -> dict[str, Any]:
    """The spec that gives the Lease up: no holder, and as good as expired for whoever looks."""
    stamp = micro_time(now)
    return {
        "holderIdentity": "",
        "leaseDurationSeconds": 1,
        "acquireTime": stamp,
        "renewTime": stamp,
        "leaseTransitions": before.transitions,
    }


def body_of(name: str, before: Mapping[str, Any] | None, spec: Mapping[str, Any]) -> dict[str, Any]:
    """The object to send: what others wrote into it, such as labels, is kept.

    With `before` it carries its resourceVersion, so that only one of two writers succeeds.
    """
    kept = before or {}
    metadata = {**kept.get("metadata", {}), "name": name}
    metadata.pop("managedFields", None)
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": metadata,
        "spec": {**(kept.get("spec") or {}), **spec},
    }


def micro_time(moment: datetime) -> str:
    """`metav1.MicroTime`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
