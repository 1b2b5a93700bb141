"""A plan as JSON: the shape is documented in docs/reference/cli.md."""

from collections.abc import Iterable
from typing import Any

from sim_operator.api.choices import PolicyAction
from sim_operator.planning.quota.terms import Limit, Terms
from sim_operator.status.conditions import rfc3339
from sim_operator.trial.outcomes import AccountGuard, PlanOutcome, SimOutcome


def plan_json(plan: PlanOutcome, shown: Iterable[SimOutcome]) -> dict[str, Any]:
    """The whole plan, with the rows of `shown`; data in bytes, times in RFC 3339."""
    found = plan.evaluation
    return {
        "policy": plan.terms.name,
        "namespace": plan.namespace,
        "asOf": rfc3339(plan.as_of),
        "mode": plan.terms.mode.value,
        "period": period_name(plan),
        "limits": limits_json(plan.terms),
        "summary": {
            "matched": found.matched,
            "warned": plan.count(PolicyAction.WARN),
            "exceeded": found.exceeded,
            "disabled": plan.count(PolicyAction.DISABLE),
            "alreadyOff": sum(one.is_off for one in plan.sims),
            "held": plan.count(PolicyAction.HOLD),
            "released": sum(one.released for one in plan.sims),
            "changed": sum(one.changes for one in plan.sims),
            "usageUnknown": found.unknown,
            "notRead": sum(not one.was_read for one in plan.sims),
            "maxDisabled": plan.places,
        },
        "guards": [_guard(one) for one in plan.guards],
        "pool": pool_json(plan.terms, found.pool_data, found.pool_sms),
        "notes": list(plan.notes),
        "sims": [_sim(one) for one in shown],
    }


def period_name(plan: PlanOutcome) -> str:
    """`2026-11`, `2026-11-23` or `Lifetime`."""
    return plan.period.name


def limits_json(terms: Terms) -> dict[str, int]:
    """The limits by their path in the spec."""
    return {limit.value: value for limit, value in terms.limits()}


def pool_json(terms: Terms, data: int | None, sms: int | None) -> dict[str, Any]:
    """Use and limit of each pool that the policy has."""
    each = {"data": (Limit.DATA_POOL, data), "sms": (Limit.SMS_POOL, sms)}
    return {
        name: {"used": used, "limit": value}
        for name, (limit, used) in each.items()
        if (value := terms.value(limit)) is not None
    }


def _guard(guard: AccountGuard) -> dict[str, Any]:
    return {
        "account": str(guard.account),
        "maxDisablesPerHour": guard.limit,
        "wanted": guard.wanted,
        "atOnce": guard.at_once,
        "hours": guard.hours,
    }


def _sim(one: SimOutcome) -> dict[str, Any]:
    usage, decision, now = one.usage, one.decision, one.now
    as_of = usage.as_of if usage is not None else None
    return {
        "name": one.key.name,
        "iccid": one.iccid,
        "account": str(one.account) if one.account is not None else None,
        "state": one.state,
        "used": {
            "data": usage.data if usage is not None else None,
            "sms": usage.sms if usage is not None else None,
            "since": rfc3339(usage.since) if usage is not None else None,
            "asOf": rfc3339(as_of) if as_of is not None else None,
        },
        "percent": decision.percent if decision is not None else None,
        "limit": decision.limit.value if decision is not None and decision.limit else None,
        "now": {
            "policy": now.policy,
            "mode": now.mode,
            "action": now.action,
            "wouldDo": now.would_do,
            "reason": now.reason,
        }
        if now is not None
        else None,
        "would": one.would.value,
        "reason": decision.reason.value if decision is not None else None,
        "why": one.why,
        "exhaustsAt": one.exhausts_at.isoformat() if one.exhausts_at is not None else None,
        "released": one.released,
        "changes": one.changes,
        "wasRead": one.was_read,
    }
