"""The status of a SIMAccount."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from sim_operator.api.names import AccountReason, ConditionStatus, ConditionType
from sim_operator.domain.resources import AccountRecord
from sim_operator.planning.pace import go_duration
from sim_operator.planning.sketch import Sketch
from sim_operator.status.canonical import canonical
from sim_operator.status.conditions import Statement, rfc3339, stamped

_SYNCED = ConditionType.SYNCED
_ALMOST_A_SECOND = timedelta(microseconds=999_999)


@dataclass(frozen=True, slots=True)
class SweepReport:
    """What the last finished sweep was, believed or not."""

    finished_at: datetime
    seconds: float
    requests: int
    sims: int


@dataclass(frozen=True, slots=True)
class AccountReport:
    """What an account's loop has to say; None leaves what the status says already."""

    reason: AccountReason
    message: str
    counts: Mapping[str, int] | None = None
    """total, enabled, disabled, claimed, unclaimed."""
    sweep: SweepReport | None = None
    intervals: tuple[float, float] | None = None
    """Effective sweep and detail intervals in seconds."""
    picture: Sketch | None = None
    rejected: str | None = None
    reservations: Mapping[str, datetime] = field(default_factory=dict)
    holding: int = 0


def account_status(record: AccountRecord, report: AccountReport, now: datetime) -> bytes:
    """The canonical bytes of the status that follows from `report`."""
    previous: dict[str, Any] = orjson.loads(record.status)
    status: dict[str, Any] = {"observedGeneration": record.meta.generation}
    for name, value in (
        ("sims", dict(report.counts) if report.counts is not None else None),
        ("lastSweep", _sweep(report.sweep)),
        ("effectiveIntervals", _intervals(report.intervals)),
    ):
        kept = previous.get(name) if value is None else value
        if kept is not None:
            status[name] = kept
    status["protection"] = _protection(report, previous.get("protection") or {})
    status["conditions"] = stamped(_statements(report), previous, record.meta.generation, now)
    return canonical(status)


def _sweep(sweep: SweepReport | None) -> dict[str, Any] | None:
    if sweep is None:
        return None
    return {
        "finishedAt": rfc3339(sweep.finished_at),
        "durationSeconds": round(sweep.seconds),
        "requests": sweep.requests,
        "sims": sweep.sims,
    }


def _intervals(intervals: tuple[float, float] | None) -> dict[str, str] | None:
    if intervals is None:
        return None
    sweep, detail = intervals
    return {"sweep": go_duration(sweep), "detail": go_duration(detail)}


def _protection(report: AccountReport, previous: Mapping[str, Any]) -> dict[str, Any]:
    protection: dict[str, Any] = {
        "disablesInWindow": len(report.reservations),
        "holding": report.holding,
    }
    if report.reservations:
        protection["reservations"] = [
            # Rounded up: a restart must not free a place a moment early.
            {"uid": uid, "at": rfc3339(at + _ALMOST_A_SECOND)}
            for uid, at in sorted(report.reservations.items())
        ]
    if report.rejected is not None:
        protection["rejectedFingerprint"] = report.rejected
    if report.picture is not None:
        protection["believedCount"] = report.picture.count
        protection["believedSketch"] = report.picture.encode()
    else:
        for name in ("believedCount", "believedSketch"):
            if name in previous:
                protection[name] = previous[name]
    return protection


def _statements(report: AccountReport) -> list[Statement]:
    reason, message = report.reason, report.message
    if reason is AccountReason.RECONCILED:
        return [
            Statement(ConditionType.READY, ConditionStatus.TRUE, reason, message),
            Statement(_SYNCED, ConditionStatus.TRUE, "InSync", "The last sweep was believed."),
        ]
    if reason is AccountReason.PROGRESSING:
        unknown = ConditionStatus.UNKNOWN
        return [
            Statement(ConditionType.READY, unknown, reason, message),
            Statement(_SYNCED, unknown, "NotObserved", message),
            Statement(ConditionType.RECONCILING, ConditionStatus.TRUE, reason, message),
        ]
    rejected = reason is AccountReason.SWEEP_REJECTED
    synced = ConditionStatus.FALSE if rejected else ConditionStatus.UNKNOWN
    if reason is AccountReason.PAUSED:
        # Paused on purpose: neither stuck nor on its way.
        return [
            Statement(ConditionType.READY, ConditionStatus.FALSE, reason, message),
            Statement(_SYNCED, synced, "NotObserved", message),
        ]
    recovers = reason in (AccountReason.UNREACHABLE, AccountReason.RATE_LIMITED)
    lasting = ConditionType.RECONCILING if recovers else ConditionType.STALLED
    return [
        Statement(ConditionType.READY, ConditionStatus.FALSE, reason, message),
        Statement(_SYNCED, synced, reason if rejected else "NotObserved", message),
        Statement(lasting, ConditionStatus.TRUE, reason, message),
    ]
