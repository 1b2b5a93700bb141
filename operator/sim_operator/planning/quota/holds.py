"""The hold: the mark in a SIM's status that a policy keeps it off, and what ends it.

A hold outlives restarts and, with `resume: Never`, the period, other labels and other policies.
Whatever ends it is told in a sentence; where too little is known to tell, it stands.

A limit counts as raised against the one that the hold began with. Use that seems to be under an
unchanged limit proves nothing: a pool falls when fewer SIMs match, and figures fall when what they
were counted from is lost. Neither may switch a SIM on that would go off again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sim_operator.api.choices import PolicyMode, Resume, SimState
from sim_operator.api.names import RELEASE_HOLD_ANNOTATION
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.period import Period, period_named
from sim_operator.planning.quota.terms import Limit, Terms, is_passed

_FIGURE = re.compile(r"[0-9]{1,20}", re.ASCII)
_CLOCK_STEP = timedelta(days=1)
"""How far into the future a period may lie before the hold is taken for none of this clock."""


@dataclass(frozen=True, slots=True)
class Hold:
    """`status.policy.hold` of a SIM."""

    policy_uid: str
    period: str
    """The name of the period whose limit was passed."""
    since: str
    """RFC 3339, as written: the annotation that releases the hold repeats it to the letter."""
    state_before: SimState

    @classmethod
    def from_status(cls, told: Mapping[str, object]) -> "Hold | None":
        """The hold of `status.policy.hold`; None where that says none."""
        uid, period, since = told.get("policyUID"), told.get("period"), told.get("since")
        state = told.get("stateBefore")
        if not (isinstance(uid, str) and isinstance(period, str) and isinstance(since, str)):
            return None
        if not (uid and since) or state not in tuple(SimState):
            return None
        return cls(uid, period, since, SimState(str(state)))

    def as_status(self) -> dict[str, str]:
        """The fields of `status.policy.hold`."""
        return {
            "policyUID": self.policy_uid,
            "period": self.period,
            "since": self.since,
            "stateBefore": self.state_before.value,
        }


@dataclass(frozen=True, slots=True)
class HeldFor:
    """Which limit a hold began with, and what it granted then: only against it is one raised."""

    limit: Limit
    value: int
    """Bytes or messages."""

    def encode(self) -> str:
        """One figure of `status.usage.base`."""
        return f"{self.limit.value}={self.value}"

    @classmethod
    def decode(cls, text: str | None) -> "HeldFor | None":
        """The reverse; None for what was not encoded here."""
        name, _, value = (text or "").partition("=")
        if name not in tuple(Limit) or not _FIGURE.fullmatch(value):
            return None
        return cls(Limit(name), int(value))


def ended(
    hold: Hold,
    held_for: HeldFor | None,
    policy: Terms | None,
    *,
    selects: bool,
    wins: bool,
    usage: Usage | None,
    pool_used: int | None,
    release: str | None,
    now: datetime,
    deleted_certainly: bool,
) -> str | None:
    """Why the hold ended, as a sentence; None while it stands.

    Args:
        hold: The hold.
        held_for: What it began with; None: no longer known.
        policy: The policy with `hold.policy_uid` as it is now; None: there is none to be seen.
        selects: Whether the policy selects the SIM.
        wins: Whether it is the one that decides about the SIM.
        usage: What the SIM used in the present period of the policy.
        pool_used: What all SIMs used of the pool that `held_for` names.
        release: The value of the annotation that releases a hold.
        now: The moment.
        deleted_certainly: Where `policy` is None: whether it is known to be deleted.
    """
    if policy is None:
        return "The QuotaPolicy that kept this SIM off is deleted." if deleted_certainly else None
    if release == hold.since:
        return f"The annotation {RELEASE_HOLD_ANNOTATION} releases this SIM."
    period = period_named(policy.track, hold.period)
    raised = _raised(hold, held_for, policy, period, usage, pool_used, now)
    if raised is not None or policy.resumes is Resume.NEVER:
        return raised
    return _let_go(policy, selects=selects, wins=wins) or _passed_by(hold, policy, period, now)


def _let_go(policy: Terms, *, selects: bool, wins: bool) -> str | None:
    """Why the policy has no business with the SIM any more."""
    name = f"QuotaPolicy {policy.name}"
    if not selects:
        return f"{name} no longer selects this SIM."
    if policy.mode is not PolicyMode.ENFORCE:
        return f"{name} is no longer in Enforce."
    if not policy.disables:
        return f"{name} no longer has the action Disable."
    if not wins:
        return f"{name} no longer decides about this SIM: another one comes before it."
    return None


def _passed_by(hold: Hold, policy: Terms, period: Period | None, now: datetime) -> str | None:
    """Why the period of the hold is not the present one."""
    if period is None:
        return f"QuotaPolicy {policy.name} counts by another period than {hold.period}."
    if period.end is not None and period.end <= now:
        return f"The period {hold.period} of QuotaPolicy {policy.name} is over."
    if period.start - now > _CLOCK_STEP:
        return f"{hold.period} has not begun: this SIM was switched off by a clock that was wrong."
    return None


def _raised(
    hold: Hold,
    held_for: HeldFor | None,
    policy: Terms,
    period: Period | None,
    usage: Usage | None,
    pool_used: int | None,
    now: datetime,
) -> str | None:
    """Whether the limit is out of the way, and how."""
    name = f"QuotaPolicy {policy.name}"
    own = usage if usage is not None and usage.period.name == hold.period else None
    if held_for is None:
        fits = own is not None and _fits(hold, policy, own)
        return f"The limits of {name} are above what this SIM used." if fits else None
    limit, value = held_for.limit, policy.value(held_for.limit)
    if value is None:
        return f"{name} no longer has {limit.value}."
    if value <= held_for.value:
        return None
    if period is None or not _lies_in(period, now):
        # Nothing is used of a period that is not now: Never has but the raise to go by.
        return f"{name} raised {limit.value}." if policy.resumes is Resume.NEVER else None
    used = pool_used if limit.pooled else own.of(limit.service) if own is not None else None
    if used is None or is_passed(used, value):
        return None
    return f"{name} raised {limit.value} above what is used."


def _lies_in(period: Period, now: datetime) -> bool:
    return period.start <= now and (period.end is None or now < period.end)


def _fits(hold: Hold, policy: Terms, usage: Usage) -> bool:
    """Whether the policy has no limit that could have begun the hold.

    Use never falls within a period, so what fits now and was counted before the hold began had
    to pass a lower limit then. With a pool nobody can tell.
    """
    if any(limit.pooled for limit, _ in policy.limits()) or not _counted_before(hold, usage):
        return False
    each = [(usage.of(limit.service), value) for limit, value in policy.limits()]
    return all(used is not None and not is_passed(used, value) for used, value in each)


def _counted_before(hold: Hold, usage: Usage) -> bool:
    try:
        since = datetime.fromisoformat(hold.since)
    except ValueError:
        return False
    return since.tzinfo is not None and usage.since <= since
