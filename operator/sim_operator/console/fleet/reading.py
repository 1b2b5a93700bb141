"""From the records of the watch cache to rows.

A status may be of an older version, or written by a hand: what is not as it should be counts as
not known, so that one odd object never hides a fleet.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from sim_operator.api.meta import LabelSelector
from sim_operator.api.names import ConditionType
from sim_operator.console.fleet.fields import integer, listed, mapping, shared, text, volume
from sim_operator.console.fleet.rows import (
    AccountRow,
    ConditionRow,
    DecisionRow,
    HoldRow,
    PolicyRow,
    PoolRow,
    QuotaRow,
    SimRow,
    TopRow,
    UsageRow,
    WishRow,
)
from sim_operator.domain.iccid import InvalidIccidError, canonical
from sim_operator.domain.resources import AccountRecord, PolicyRecord, SimRecord


def sim_row(record: SimRecord) -> SimRow:
    """A SIM."""
    status, spec, meta = _status(record.status), record.spec, record.meta
    conditions = _conditions(status)
    quota = mapping(status.get("quota"))
    wished = WishRow(
        state=spec.state,
        label=spec.label,
        imei_lock=spec.imei_lock,
        management=spec.management,
        deletion=spec.deletion,
        suspended=spec.suspend,
    )
    iccid = text(status, "iccid") or _iccid(spec.iccid)
    imei, ip = text(status, "imei"), text(status, "ipAddress")
    label = text(status, "label")
    imsi, msisdn = text(status, "imsi"), text(status, "msisdn")
    searched = (meta.key.name, iccid, spec.label, label, imei, ip, imsi, msisdn)
    return SimRow(
        key=meta.key,
        uid=meta.uid,
        resource_version=meta.resource_version,
        generation=meta.generation,
        created_at=meta.created_at,
        deleting=meta.deleted_at is not None,
        labels=meta.labels,
        iccid=iccid,
        imsi=imsi,
        msisdn=msisdn,
        imei=imei,
        ip_address=ip,
        activated_at=text(status, "activatedAt"),
        account=shared(status, "account") or (str(spec.account) if spec.account else None),
        wished=_same_wish(wished),
        state=shared(status, "state"),
        label=label,
        imei_lock=shared(status, "imeiLock"),
        session=shared(status, "session"),
        data=_quota(mapping(quota.get("data"))),
        sms=_quota(mapping(quota.get("sms"))),
        usage=_usage(mapping(status.get("usage"))),
        policy=_decision(mapping(status.get("policy"))),
        conditions=conditions,
        observed_generation=integer(status, "observedGeneration"),
        handled_reconcile=text(status, "lastHandledReconcileAt"),
        ready=_ready(conditions),
        text="\n".join(one for one in dict.fromkeys(searched) if one).lower(),
    )


def policy_row(record: PolicyRecord) -> PolicyRow:
    """A QuotaPolicy."""
    status, spec, meta = _status(record.status), record.spec, record.meta
    conditions = _conditions(status)
    pool = mapping(status.get("pool"))
    data, sms = spec.data, spec.sms
    return PolicyRow(
        key=meta.key,
        uid=meta.uid,
        created_at=meta.created_at,
        labels=meta.labels,
        selector=selector_text(spec.selector),
        mode=spec.mode,
        priority=spec.priority,
        period=spec.period,
        time_zone=spec.time_zone,
        action=spec.action,
        resume=spec.resumes,
        warn_at_percent=spec.warn_at_percent,
        max_disabled=str(spec.max_disabled),
        data_per_sim=volume(data.per_sim) if data else None,
        data_pool=volume(data.pool) if data else None,
        sms_per_sim=sms.per_sim if sms else None,
        sms_pool=sms.pool if sms else None,
        matched=integer(status, "matched"),
        warned=integer(status, "warned"),
        exceeded=integer(status, "exceeded"),
        disabled=integer(status, "disabled"),
        held=integer(status, "held"),
        pool_data=_pool(mapping(pool.get("data"))),
        pool_sms=_pool(mapping(pool.get("sms"))),
        top=tuple(_top(mapping(one)) for one in listed(status.get("top"))),
        exhausts_at=text(mapping(status.get("forecast")), "exhaustsAt"),
        max_overshoot=volume(status.get("maxOvershoot")),
        conditions=conditions,
        ready=_ready(conditions),
    )


def account_row(record: AccountRecord) -> AccountRow:
    """A SIMAccount."""
    status, spec, meta = _status(record.status), record.spec, record.meta
    conditions = _conditions(status)
    sims, sweep = mapping(status.get("sims")), mapping(status.get("lastSweep"))
    guard = mapping(status.get("protection"))
    intervals = mapping(status.get("effectiveIntervals"))
    return AccountRow(
        key=meta.key,
        uid=meta.uid,
        created_at=meta.created_at,
        labels=meta.labels,
        mode=spec.mode,
        endpoint=spec.endpoint,
        api=spec.management_api_version,
        sweep_interval=text(intervals, "sweep") or spec.sync.interval,
        detail_interval=text(intervals, "detail") or spec.sync.detail_interval,
        requests_per_second=spec.rate_limit.requests_per_second,
        total=integer(sims, "total"),
        enabled=integer(sims, "enabled"),
        disabled=integer(sims, "disabled"),
        claimed=integer(sims, "claimed"),
        unclaimed=integer(sims, "unclaimed"),
        last_sweep_at=text(sweep, "finishedAt"),
        last_sweep_seconds=integer(sweep, "durationSeconds"),
        last_sweep_requests=integer(sweep, "requests"),
        last_sweep_sims=integer(sweep, "sims"),
        max_disables_per_hour=str(spec.protection.max_disables_per_hour),
        max_missing=str(spec.protection.max_missing),
        disables_in_window=integer(guard, "disablesInWindow"),
        holding=integer(guard, "holding"),
        rejected_fingerprint=text(guard, "rejectedFingerprint"),
        believed_count=integer(guard, "believedCount"),
        conditions=conditions,
        ready=_ready(conditions),
    )


def selector_text(selector: LabelSelector) -> str:
    """A label selector, as kubectl takes it."""
    parts = [f"{key}={value}" for key, value in sorted((selector.match_labels or {}).items())]
    for one in selector.match_expressions or ():
        values = ",".join(one.values or ())
        parts.append(
            {
                "In": f"{one.key} in ({values})",
                "NotIn": f"{one.key} notin ({values})",
                "Exists": one.key,
                "DoesNotExist": f"!{one.key}",
            }[one.operator]
        )
    return ",".join(parts)


def _iccid(number: str) -> str:
    try:
        return canonical(number)
    except InvalidIccidError:
        return number


def _status(canonical_json: bytes) -> Mapping[str, Any]:
    return mapping(orjson.loads(canonical_json))


def _conditions(status: Mapping[str, Any]) -> tuple[ConditionRow, ...]:
    told = (mapping(one) for one in listed(status.get("conditions")))
    return tuple(
        _same_condition(
            ConditionRow(
                type=str(one.get("type")),
                status=str(one.get("status")),
                reason=str(one.get("reason")),
                message=str(one.get("message") or ""),
                since=str(one.get("lastTransitionTime") or ""),
                observed_generation=integer(one, "observedGeneration"),
            )
        )
        for one in told
    )


def _ready(conditions: tuple[ConditionRow, ...]) -> ConditionRow | None:
    return next((one for one in conditions if one.type == ConditionType.READY), None)


@lru_cache(maxsize=8192)
def _same_condition(one: ConditionRow) -> ConditionRow:
    """A fleet has few different ones."""
    return one


@lru_cache(maxsize=8192)
def _same_wish(one: WishRow) -> WishRow:
    return one


def _quota(told: Mapping[str, Any]) -> QuotaRow | None:
    if not told:
        return None
    return _same_quota(
        QuotaRow(
            level=text(told, "level"),
            total=volume(told.get("total")),
            remaining=volume(told.get("remaining")),
            expires_at=text(told, "expiresAt"),
        )
    )


@lru_cache(maxsize=8192)
def _same_quota(one: QuotaRow) -> QuotaRow:
    return one


def _usage(told: Mapping[str, Any]) -> UsageRow | None:
    period = shared(told, "period")
    if period is None:
        return None
    return UsageRow(
        period=period,
        since=shared(told, "since"),
        data=volume(told.get("data")),
        sms=integer(told, "sms"),
        as_of=shared(told, "asOf"),
    )


def _decision(told: Mapping[str, Any]) -> DecisionRow | None:
    name = shared(told, "name")
    if name is None:
        return None
    hold = mapping(told.get("hold"))
    return DecisionRow(
        name=name,
        mode=shared(told, "mode"),
        action=shared(told, "action"),
        would_do=shared(told, "wouldDo"),
        reason=shared(told, "reason"),
        exhausts_at=shared(told, "exhaustsAt"),
        hold=HoldRow(
            period=str(hold.get("period")),
            since=str(hold.get("since")),
            state_before=str(hold.get("stateBefore")),
        )
        if hold
        else None,
    )


def _pool(told: Mapping[str, Any]) -> PoolRow | None:
    if not told:
        return None
    return PoolRow(used=volume(told.get("used")), limit=volume(told.get("limit")))


def _top(told: Mapping[str, Any]) -> TopRow:
    return TopRow(
        name=str(told.get("name")),
        data=volume(told.get("data")),
        sms=integer(told, "sms"),
        percent=integer(told, "percent"),
    )
