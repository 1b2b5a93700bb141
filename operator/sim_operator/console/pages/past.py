"""What the limits of a policy would have meant in past months, by the history.

Whole months are compared with the limits, for the SIMs that the policy selects now. In which order
SIMs would have been switched off within a month, and what that would have saved, is not replayed
here: `sim-operator rehearse` does that.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sim_operator.api.choices import PeriodKind
from sim_operator.console.fleet import PolicyRow, SelectorError, SimRow, parsed
from sim_operator.console.pages import figures
from sim_operator.domain.resources import Key
from sim_operator.domain.selector import matches
from sim_operator.history import UsageRow

MONTHS: Final = 6
"""The present one among them; 1NCE itself knows no more."""
_NAMED: Final = 8


@dataclass(frozen=True, slots=True)
class Over:
    """A SIM that used more than its limit; `percent` of the limit that it passed furthest."""

    key: Key
    data: int
    sms: int
    percent: int | None
    """None: the limit is zero."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the selected SIMs."""

    month: str
    sims: int
    """Of which something is known."""
    data: int
    sms: int
    over: tuple[Over, ...]
    """The furthest over their limit first."""
    data_share: int | None
    """Of the common data limit in percent; None where there is none."""
    sms_share: int | None
    missing_days: int
    """Days of SIMs that are not known: the figures may be higher."""

    @property
    def named(self) -> tuple[Over, ...]:
        """Those that are named."""
        return self.over[:_NAMED]


def is_told_of(policy: PolicyRow) -> bool:
    """Whether months can be compared with its limits."""
    return policy.period == PeriodKind.MONTHLY


def months(now: datetime) -> tuple[tuple[date, date], ...]:
    """First and last day of each month that is looked at, the present one first."""
    told = []
    last = now.astimezone(UTC).date()
    for _ in range(MONTHS):
        first = last.replace(day=1)
        told.append((first, last))
        last = first - timedelta(days=1)
    return tuple(told)


def members(policy: PolicyRow, sims: Iterable[SimRow]) -> frozenset[Key]:
    """The SIMs that the policy selects now, also where another policy decides about them.

    Where its selector is longer than a person's may be, those that it decides about.
    """
    try:
        selector = parsed(policy.selector)
    except SelectorError:
        return frozenset(
            row.key
            for row in sims
            if row.policy is not None and Key(row.namespace, row.policy.name) == policy.key
        )
    return frozenset(
        row.key
        for row in sims
        if row.namespace == policy.namespace and matches(selector, row.labels)
    )


def month(
    policy: PolicyRow, first: date, rows: Sequence[UsageRow], chosen: Collection[Key]
) -> Month:
    """A month of a policy; `rows`: use by SIM in that month, `chosen`: the SIMs that count."""
    mine = [row for row in rows if Key(row.namespace or "", row.name or "") in chosen]
    known = [row for row in mine if row.known_days]
    data, sms = sum(row.data for row in known), sum(row.sms for row in known)
    over = [one for row in known if (one := _over(policy, row)) is not None]
    return Month(
        month=f"{first:%Y-%m}",
        sims=len(known),
        data=data,
        sms=sms,
        over=tuple(sorted(over, key=lambda one: (-_furthest(one), one.key))),
        data_share=figures.percent(data, policy.data_pool),
        sms_share=figures.percent(sms, policy.sms_pool),
        missing_days=sum(row.missing_days for row in mine),
    )


def _over(policy: PolicyRow, row: UsageRow) -> Over | None:
    pairs = ((row.data, policy.data_per_sim), (row.sms, policy.sms_per_sim))
    passed = [(used, limit) for used, limit in pairs if limit is not None and used > limit]
    if not passed:
        return None
    shares = [share for pair in passed if (share := figures.percent(*pair)) is not None]
    full = len(shares) == len(passed)
    key = Key(row.namespace or "", row.name or "")
    return Over(key, row.data, row.sms, max(shares) if full else None)


def _furthest(one: Over) -> float:
    return float("inf") if one.percent is None else one.percent


def context(
    policy: PolicyRow, chosen: Collection[Key], known: Sequence[Month] | str
) -> Mapping[str, Any]:
    """What the template shows; `known`: a text where there is no history, which says why."""
    return {
        "policy": policy,
        "selected": len(chosen),
        "months": () if isinstance(known, str) else known,
        "no_history": known if isinstance(known, str) else "",
        "limited": policy.data_per_sim is not None or policy.sms_per_sim is not None,
        "pooled": policy.data_pool is not None or policy.sms_pool is not None,
        "told": is_told_of(policy),
    }
