"""The status of a QuotaPolicy: small, and at rest while nothing moves by a percent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import orjson

from sim_operator.api.names import ConditionStatus, ConditionType, QuotaPolicyReason
from sim_operator.domain.resources import PolicyRecord
from sim_operator.domain.usage import Service
from sim_operator.domain.volume import MEBIBYTE, bytes_of, quantity, rounded
from sim_operator.planning.quota.evaluation import Evaluation
from sim_operator.planning.quota.sentences import exact_quantity
from sim_operator.planning.quota.terms import Terms
from sim_operator.status.canonical import canonical
from sim_operator.status.conditions import Statement, stamped

_STEP = 100
_NEAR = 0.1
"""An overshoot that moved by less than this part is shown as before."""

_STATUS = {
    QuotaPolicyReason.RECONCILED: ConditionStatus.TRUE,
    QuotaPolicyReason.NO_MATCH: ConditionStatus.TRUE,
    QuotaPolicyReason.USAGE_UNKNOWN: ConditionStatus.UNKNOWN,
    QuotaPolicyReason.PROGRESSING: ConditionStatus.FALSE,
    QuotaPolicyReason.INVALID_TIME_ZONE: ConditionStatus.FALSE,
    QuotaPolicyReason.ACCOUNT_NOT_READY: ConditionStatus.FALSE,
    QuotaPolicyReason.FAILED: ConditionStatus.FALSE,
}
_RECONCILING = {
    QuotaPolicyReason.PROGRESSING,
    QuotaPolicyReason.ACCOUNT_NOT_READY,
    QuotaPolicyReason.FAILED,
}


@dataclass(frozen=True, slots=True)
class QuotaPolicyReport:
    """What is to be told of a policy."""

    reason: QuotaPolicyReason
    message: str
    terms: Terms | None = None
    evaluation: Evaluation | None = None
    """None: nothing could be evaluated, and the figures stay as they are."""
    exhausts_at: date | None = None
    overshoot: int | None = None
    """Bytes; None: not known, or the policy limits no data."""


def shown_day(record: PolicyRecord) -> date | None:
    """The day of the forecast that a status shows."""
    if b'"exhaustsAt"' not in record.status:
        return None
    told = (orjson.loads(record.status).get("forecast") or {}).get("exhaustsAt")
    return date.fromisoformat(told) if isinstance(told, str) else None


def policy_status(record: PolicyRecord, report: QuotaPolicyReport, now: datetime) -> bytes:
    """The canonical bytes of the status that follows from `report`."""
    previous: dict[str, Any] = orjson.loads(record.status)
    status: dict[str, Any] = {"observedGeneration": record.meta.generation}
    if report.evaluation is None or report.terms is None:
        kept = ("matched", "warned", "exceeded", "disabled", "held", "pool", "top", "maxOvershoot")
        status.update({name: previous[name] for name in kept if name in previous})
    else:
        status.update(_figures(previous, report, report.terms, report.evaluation))
    status["conditions"] = stamped(_statements(report), previous, record.meta.generation, now)
    return canonical(status)


def _figures(
    previous: Mapping[str, Any], report: QuotaPolicyReport, terms: Terms, found: Evaluation
) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "matched": found.matched,
        "warned": found.warned,
        "exceeded": found.exceeded,
        "disabled": found.disabled,
        "held": found.held,
    }
    pool = _pool(terms, found)
    if pool:
        figures["pool"] = pool
    top = _top(terms, found)
    if top:
        figures["top"] = top
    if report.exhausts_at is not None:
        figures["forecast"] = {"exhaustsAt": report.exhausts_at.isoformat()}
    overshoot = _overshoot(
        previous.get("maxOvershoot"),
        report.overshoot,
        limits_data=Service.DATA in terms.services,
    )
    if overshoot is not None:
        figures["maxOvershoot"] = overshoot
    return figures


def _pool(terms: Terms, found: Evaluation) -> dict[str, Any]:
    pool: dict[str, Any] = {}
    if terms.data_pool is not None:
        pool["data"] = {"limit": exact_quantity(terms.data_pool)}
        if found.pool_data is not None:
            pool["data"]["used"] = quantity(rounded(found.pool_data, terms.data_pool))
    if terms.sms_pool is not None:
        pool["sms"] = {"limit": terms.sms_pool}
        if found.pool_sms is not None:
            step = max(1, terms.sms_pool // _STEP)
            pool["sms"]["used"] = found.pool_sms // step * step
    return pool


def _top(terms: Terms, found: Evaluation) -> list[dict[str, Any]]:
    scale = terms.data_per_sim or terms.data_pool or 0
    top = []
    # Of one percentage by name: who used a byte more than another is no news.
    for one in sorted(found.top, key=lambda one: (-one.percent, one.key.name)):
        if (one.data or 0) < MEBIBYTE and not one.sms:
            continue  # "0Mi" tells nobody who is heavy
        row: dict[str, Any] = {"name": one.key.name}
        if one.data is not None:
            row["data"] = quantity(rounded(one.data, scale))
        if one.sms is not None:
            row["sms"] = one.sms
        if one.percent is not None:
            row["percent"] = one.percent
        top.append(row)
    return top


def _overshoot(shown: object, overshoot: int | None, *, limits_data: bool) -> str | None:
    if overshoot is None:
        # Not known yet, after a start: what was told stands, as long as there is a limit to pass.
        return shown if limits_data and isinstance(shown, str) else None
    if isinstance(shown, str):
        before = bytes_of(shown)
        if before >= overshoot and before - overshoot <= before * _NEAR:
            return shown
    return quantity(-(-overshoot // MEBIBYTE) * MEBIBYTE)


def _statements(report: QuotaPolicyReport) -> list[Statement]:
    truth = _STATUS[report.reason]
    ready = Statement(ConditionType.READY, truth, report.reason, report.message)
    if truth is not ConditionStatus.FALSE:
        return [ready]
    waiting = report.reason in _RECONCILING
    lasting = ConditionType.RECONCILING if waiting else ConditionType.STALLED
    return [ready, Statement(lasting, ConditionStatus.TRUE, report.reason, report.message)]
