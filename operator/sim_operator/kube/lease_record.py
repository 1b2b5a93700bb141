"""The Lease object: its fields as we write them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sim_operator.kube.address import place

ADDRESS = "sim-operator.io/hooks-address"
"""Annotation: where the holder takes Data Streamer batches, as `ip:port`."""


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
    address: str | None = field(default=None, compare=False)
    """Of the holder, `ip:port`. Not compared: changing it does not renew the Lease."""


def read_lease(body: Mapping[str, Any]) -> LeaseRecord:
    """The record in an answer of the API server."""
    spec = body.get("spec") or {}
    annotations = (body.get("metadata") or {}).get("annotations") or {}
    return LeaseRecord(
        holder=spec.get("holderIdentity") or "",
        duration=float(spec.get("leaseDurationSeconds") or 0),
        transitions=int(spec.get("leaseTransitions") or 0),
        acquired_at=spec.get("acquireTime") or "",
        renewed_at=spec.get("renewTime") or "",
        address=place(annotations.get(ADDRESS)),
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


def body_of(
    name: str,
    before: Mapping[str, Any] | None,
    spec: Mapping[str, Any],
    address: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The object to send: what others wrote into it, such as labels, is kept.

    With `before` it carries its resourceVersion, so that only one of two writers succeeds.
    `address`: of the holder by this spec; None removes that of the holder before.
    """
    kept = before or {}
    metadata = {**kept.get("metadata", {}), "name": name}
    metadata.pop("managedFields", None)
    if labels:
        metadata["labels"] = {**(metadata.get("labels") or {}), **labels}
    annotations = {**(metadata.pop("annotations", None) or {})}
    annotations.pop(ADDRESS, None)
    if address is not None:
        annotations[ADDRESS] = address
    if annotations:
        metadata["annotations"] = annotations
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": metadata,
        "spec": {**(kept.get("spec") or {}), **spec},
    }


def micro_time(moment: datetime) -> str:
    """`metav1.MicroTime`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
