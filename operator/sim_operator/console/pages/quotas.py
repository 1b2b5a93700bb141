"""The page of policies: limits, who is off or would be, who waits, how full the pools are."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sim_operator.api.choices import PolicyAction, PolicyLimitAction, PolicyMode, Resume
from sim_operator.console.fleet import PolicyRow, SimRow
from sim_operator.console.pages import figures, words

_LISTED: Final = 8


@dataclass(frozen=True, slots=True)
class Pool:
    """What all SIMs of a policy used together."""

    name: str
    used: str
    limit: str
    share: int | None


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy as the page shows it."""

    row: PolicyRow
    ready: words.Word
    limits: tuple[tuple[str, str], ...]
    action: str
    off_name: str
    off_title: str
    off: tuple[SimRow, ...]
    waiting: tuple[SimRow, ...]
    more: int
    pools: tuple[Pool, ...]


def context(
    policies: Iterable[PolicyRow], sims: Collection[SimRow], now: datetime
) -> Mapping[str, Any]:
    """What the template shows; of each only what the viewer may see."""
    by_policy: dict[tuple[str, str], list[SimRow]] = {}
    for sim in sims:
        if sim.policy is not None:
            by_policy.setdefault((sim.namespace, sim.policy.name), []).append(sim)
    ranked = sorted(policies, key=lambda one: (one.mode != PolicyMode.ENFORCE, one.key))
    return {
        "policies": [_policy(one, by_policy.get((one.namespace, one.name), [])) for one in ranked],
        "now": now,
    }


def _policy(row: PolicyRow, sims: list[SimRow]) -> Policy:
    audit = row.mode == PolicyMode.AUDIT
    sims.sort(key=lambda one: one.key)
    off = [one for one in sims if _does(one, audit) == PolicyAction.DISABLE]
    waiting = [one for one in sims if _does(one, audit) == PolicyAction.HOLD]
    shown_waiting = waiting[: max(_LISTED - len(off), 0)]
    return Policy(
        row=row,
        ready=words.ready(
            row.ready.status if row.ready else None, row.ready.reason if row.ready else None
        ),
        limits=_limits(row),
        action=_action(row),
        off_name="Would be off" if audit else "Off",
        off_title="Who would be off" if audit else "Who is off",
        off=tuple(off[:_LISTED]),
        waiting=tuple(shown_waiting),
        more=max(len(off) - _LISTED, 0) + len(waiting) - len(shown_waiting),
        pools=tuple(_pools(row)),
    )


def _does(sim: SimRow, audit: bool) -> str | None:
    if sim.policy is None:
        return None
    return sim.policy.would_do if audit else sim.policy.action


def _limits(row: PolicyRow) -> tuple[tuple[str, str], ...]:
    told = (
        ("Data, each SIM", None if row.data_per_sim is None else figures.data(row.data_per_sim)),
        ("Data, all together", None if row.data_pool is None else figures.data(row.data_pool)),
        ("SMS, each SIM", None if row.sms_per_sim is None else figures.count(row.sms_per_sim)),
        ("SMS, all together", None if row.sms_pool is None else figures.count(row.sms_pool)),
    )
    return tuple((name, limit) for name, limit in told if limit is not None)


def _action(row: PolicyRow) -> str:
    if row.action != PolicyLimitAction.DISABLE:
        return "it is only shown"
    back = "until the next period" if row.resume == Resume.NEXT_PERIOD else "until it is released"
    return f"disabled {back}, {row.max_disabled} of the SIMs at a time"


def _pools(row: PolicyRow) -> Iterable[Pool]:
    if row.data_pool is not None:
        used = row.pool_data.used if row.pool_data else None
        share = figures.percent(used, row.data_pool)
        yield Pool("Data pool", figures.data(used), figures.data(row.data_pool), share)
    if row.sms_pool is not None:
        used = row.pool_sms.used if row.pool_sms else None
        share = figures.percent(used, row.sms_pool)
        yield Pool("SMS pool", figures.count(used), figures.count(row.sms_pool), share)
