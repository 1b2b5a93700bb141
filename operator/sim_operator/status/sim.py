"""The status of a SIM: a plan's verdict and what 1NCE shows, in the fields of the resource.

What this process has not read itself (details after a start, say) is carried over from the status
before, so that a start rewrites nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from sim_operator.api.names import (
    RECONCILE_ANNOTATION,
    ConditionStatus,
    ConditionType,
    ReadyReason,
)
from sim_operator.domain.resources import Key, SimRecord
from sim_operator.domain.sim import ObservedSim, QuotaReading, SimDetails
from sim_operator.domain.states import QuotaLevel
from sim_operator.domain.volume import quantity, rounded
from sim_operator.planning.verdict import HoldStep, SimPlan
from sim_operator.status.canonical import canonical
from sim_operator.status.conditions import Statement, stamped
from sim_operator.status.sim_policy import PolicyReport, policy_block, usage_block

_OBSERVED = (
    "iccid",
    "imsi",
    "msisdn",
    "imei",
    "ipAddress",
    "activatedAt",
    "state",
    "label",
    "imeiLock",
    "session",
    "quota",
)
_LONGEST = 256
_LOW = 0.2


def sim_status(
    record: SimRecord,
    account: Key | None,
    plan: SimPlan,
    sighting: ObservedSim | None,
    details: SimDetails | None,
    now: datetime,
    policies: PolicyReport | None = None,
) -> bytes:
    """The canonical bytes of the status that `plan` makes true.

    `policies` is None while they were not asked: what the status tells of them stays.
    """
    previous: dict[str, Any] = orjson.loads(record.status)
    status: dict[str, Any] = {"observedGeneration": record.meta.generation}
    if account is not None:
        status["account"] = str(account)
    if plan.shows_observed:
        status.update(_observed(previous, sighting, details))
    status.update(_policies(previous, plan, policies))
    handled = _handled(record, plan, previous)
    if handled is not None:
        status["lastHandledReconcileAt"] = handled
    status["conditions"] = stamped(statements(plan), previous, record.meta.generation, now)
    made = canonical(status)
    lingers = policies is not None and policies.lingers and "usage" in status
    if lingers and made != record.status:
        made = canonical({name: told for name, told in status.items() if name != "usage"})
    return made


def statements(plan: SimPlan) -> list[Statement]:
    """The conditions of a plan; Reconciling and Stalled only while they are true."""
    ready, synced = plan.ready, plan.synced
    result = [
        Statement(ConditionType.READY, ready.status, ready.reason, ready.message),
        Statement(ConditionType.SYNCED, synced.status, synced.reason, synced.message),
    ]
    if ready.reconciling:
        type_ = ConditionType.RECONCILING
        result.append(Statement(type_, ConditionStatus.TRUE, ready.reason, ready.message))
    if ready.stalled:
        type_ = ConditionType.STALLED
        result.append(Statement(type_, ConditionStatus.TRUE, ready.reason, ready.message))
    return result


def _handled(record: SimRecord, plan: SimPlan, previous: Mapping[str, Any]) -> str | None:
    request = record.meta.annotations.get(RECONCILE_ANNOTATION)
    if request is not None and plan.handles_request:
        return request[:_LONGEST]
    before = previous.get("lastHandledReconcileAt")
    return before if isinstance(before, str) else None


def _policies(
    previous: Mapping[str, Any], plan: SimPlan, report: PolicyReport | None
) -> dict[str, Any]:
    """Use and policy. Not shown where the SIM is another's; a hold is not lost for less."""
    if plan.ready.reason is ReadyReason.CONFLICT:
        return {}
    usage, policy = previous.get("usage") or {}, previous.get("policy") or {}
    if not plan.shows_observed:
        return {"usage": usage, "policy": policy} if policy.get("hold") else {}
    if report is not None:
        usage, policy = usage_block(usage, report), policy_block(policy, report, plan.hold)
    elif plan.hold is HoldStep.CLEAR:
        policy = {name: value for name, value in policy.items() if name != "hold"}
    return {name: value for name, value in (("usage", usage), ("policy", policy)) if value}


def _observed(
    previous: Mapping[str, Any], sighting: ObservedSim | None, details: SimDetails | None
) -> dict[str, Any]:
    if sighting is None:
        return {name: previous[name] for name in _OBSERVED if name in previous}
    shown: dict[str, Any] = {
        "iccid": sighting.iccid,
        "imsi": sighting.imsi,
        "msisdn": sighting.msisdn,
        "imei": sighting.imei,
        "ipAddress": sighting.ip_address,
        "activatedAt": sighting.activated_at,
        "state": sighting.state,
        "label": sighting.label,
        "imeiLock": sighting.imei_lock,
    }
    fields: dict[str, Any] = {
        name: str(value)[:_LONGEST] for name, value in shown.items() if value is not None
    }
    session = details.session if details else previous.get("session")
    if session is not None:
        fields["session"] = str(session)
    quota = _quota(previous.get("quota") or {}, sighting, details)
    if quota:
        fields["quota"] = quota
    return fields


def _quota(
    previous: Mapping[str, Any], sighting: ObservedSim, details: SimDetails | None
) -> dict[str, Any]:
    # Details that were read and say nothing are unknown; only those not read yet are carried over.
    kept = {} if details is not None else previous
    data = _volume(
        kept.get("data") or {}, sighting.data_level, details.data if details else None, data=True
    )
    sms = _volume(
        kept.get("sms") or {}, sighting.sms_level, details.sms if details else None, data=False
    )
    return {name: value for name, value in (("data", data), ("sms", sms)) if value}


def _volume(
    previous: Mapping[str, Any],
    level: QuotaLevel | None,
    reading: QuotaReading | None,
    *,
    data: bool,
) -> dict[str, Any]:
    if reading is None:
        shown = dict(previous)
    else:
        left = max(0, reading.remaining)
        shown = {
            "total": _amount(reading.total, reading.total, data=data),
            "remaining": _amount(left, reading.total, data=data),
            "expiresAt": reading.expires_at,
        }
        level = level or _level(left, reading.total)
    if level is not None:
        shown["level"] = level.value
    return {name: value for name, value in shown.items() if value is not None}


def _amount(volume: int | None, of: int | None, *, data: bool) -> str | int | None:
    if volume is None or not data:
        return volume
    return quantity(rounded(volume, of or 0) if volume != of else volume)


def _level(left: int, total: int | None) -> QuotaLevel | None:
    """1NCE's own steps, where the list did not say."""
    if left <= 0:
        return QuotaLevel.EXHAUSTED
    if not total:
        return None
    return QuotaLevel.LOW if left <= total * _LOW else QuotaLevel.SUFFICIENT
