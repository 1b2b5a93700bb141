"""The fleet in a few numbers, and whom to look at first."""

import heapq
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sim_operator.api.choices import SimState
from sim_operator.console.fleet.attention import Attention, Misunderstood, attention
from sim_operator.console.fleet.query import UNKNOWN
from sim_operator.console.fleet.rows import AccountRow, PolicyRow, SimRow
from sim_operator.domain.resources import Key

MOST_TOP = 10


@dataclass(frozen=True, slots=True)
class Consumer:
    """A SIM that used much."""

    key: Key
    iccid: str
    data: int
    sms: int


@dataclass(frozen=True, slots=True)
class Used:
    """What SIMs used in a month, all together."""

    data: int
    sms: int
    sims: int
    """SIMs of which something is known."""
    missing_days: int | None
    """Days of SIMs that are not known; None where days are not told apart."""
    top: tuple[Consumer, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """What a person sees of the fleet at a glance."""

    total: int
    active: int
    month: str
    used: Used
    states: Mapping[str, int]
    sessions: Mapping[str, int]
    ready: Mapping[str, int]
    reasons: Mapping[str, int]
    accounts: int
    policies: int
    attention: tuple[Attention, ...]
    running_out: tuple[SimRow, ...]
    """Those whose limit or volume will be reached first, by the forecast of their policy."""


def summary(
    sims: Collection[SimRow],
    accounts: Collection[AccountRow],
    policies: Collection[PolicyRow],
    month: str,
    used: Used | None = None,
    misunderstood: Collection[Misunderstood] = (),
) -> Summary:
    """Sum up. `month`: as `2026-11`; `used`: from the history, absent: from the statuses."""
    states = Counter(row.state or UNKNOWN for row in sims)
    soon = (row for row in sims if row.policy is not None and row.policy.exhausts_at is not None)
    return Summary(
        total=len(sims),
        active=states[SimState.ENABLED],
        month=month,
        used=used_by_statuses(sims, month) if used is None else used,
        states=dict(states),
        sessions=dict(Counter(row.session or UNKNOWN for row in sims)),
        ready=dict(Counter(row.ready.status if row.ready else UNKNOWN for row in sims)),
        reasons=dict(Counter(row.reason for row in sims if row.reason is not None)),
        accounts=len(accounts),
        policies=len(policies),
        attention=attention(sims, accounts, policies, misunderstood),
        running_out=tuple(heapq.nsmallest(MOST_TOP, soon, key=_exhaustion)),
    )


def used_by_statuses(sims: Collection[SimRow], month: str) -> Used:
    """What the statuses say, which count only SIMs that a monthly policy selects."""
    known = [row for row in sims if row.usage is not None and row.usage.period == month]
    consumers = (
        Consumer(row.key, row.iccid, row.usage.data or 0, row.usage.sms or 0)
        for row in known
        if row.usage is not None and (row.usage.data or row.usage.sms)
    )
    return Used(
        data=sum(row.usage.data or 0 for row in known if row.usage is not None),
        sms=sum(row.usage.sms or 0 for row in known if row.usage is not None),
        sims=len(known),
        missing_days=None,
        top=tuple(heapq.nlargest(MOST_TOP, consumers, key=lambda one: (one.data, one.sms))),
    )


def _exhaustion(row: SimRow) -> tuple[str, Key]:
    day = row.policy.exhausts_at if row.policy is not None else None
    return day or "", row.key
