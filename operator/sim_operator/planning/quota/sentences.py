"""What policies say to people: short, and without figures that move."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sim_operator.api.choices import PolicyAction, Resume
from sim_operator.domain.usage import Service
from sim_operator.domain.volume import MEBIBYTE
from sim_operator.planning.quota.evaluation import Decision
from sim_operator.planning.quota.holds import HeldFor, Hold
from sim_operator.planning.quota.period import Period, period_named
from sim_operator.planning.quota.terms import Limit, Terms

_BINARY = (("Gi", MEBIBYTE * 1024), ("Mi", MEBIBYTE), ("Ki", 1024))
_DECIMAL = (("G", 10**9), ("M", 10**6), ("k", 10**3))


def exact_quantity(volume: int) -> str:
    """A volume as a Kubernetes quantity without any rounding, as short as that goes."""
    for unit, size in (*_BINARY, *_DECIMAL):
        if volume and volume % size == 0:
            return f"{volume // size}{unit}"
    return str(volume)


def amount_text(limit: Limit, value: int) -> str:
    """`data.perSIM of 40Mi`, `sms.pool of 1000 messages`."""
    shown = exact_quantity(value) if limit.service is Service.DATA else f"{value} messages"
    return f"{limit.value} of {shown}"


def off_text(terms: Terms | None, hold: Hold, held_for: HeldFor | None) -> str:
    """Why a SIM that is held is off, and what brings it back."""
    if terms is None:
        return (
            "A QuotaPolicy that is gone keeps this SIM disabled: it comes back after one further "
            "sweep of its account."
        )
    what = amount_text(held_for.limit, held_for.value) if held_for is not None else "its limit"
    period = period_named(terms.track, hold.period)
    return f"{_cause(terms, what, hold.period)} {_return(terms, hold.since, period)}"


def begins_text(terms: Terms, decision: Decision, period: Period) -> str:
    """Why a SIM is to be switched off, and what will bring it back."""
    what = _limit_text(terms, decision.limit)
    return f"{_cause(terms, what, period.name)} {_return(terms, None, period)}"


def waits_text(terms: Terms, *, reading: bool) -> str:
    """Why a SIM that is over the limit stays on; `reading`: the policy is new."""
    if reading:
        return (
            f"QuotaPolicy {terms.name} would disable this SIM, and waits until the use of all that "
            "it selects was read once: its places go to the largest excess."
        )
    return (
        f"QuotaPolicy {terms.name} would disable this SIM, and keeps as many disabled as its "
        "spec.maxDisabled allows; raise that number to let this one through."
    )


def event_text(terms: Terms, decision: Decision, period: Period) -> str:
    """What a warning, or a trial run, tells of."""
    what = _limit_text(terms, decision.limit)
    name = f"QuotaPolicy {terms.name}"
    if decision.step is not None and decision.would is PolicyAction.WARN:
        whose = " by this SIM alone" if decision.limit is not None and decision.limit.pooled else ""
        return f"{name}: {decision.step} % of {what} are used{whose} in {period.name}."
    would = {
        PolicyAction.DISABLE: "it would be disabled",
        PolicyAction.HOLD: "it would be disabled as soon as a guard lets it through",
    }.get(decision.would, "nothing is done")
    return f"{name} ({terms.mode.value}): {what} is used up in {period.name}; {would}."


def in_force_text(terms: Terms) -> str:
    """What a policy that works does."""
    if terms.mode.value == "Audit":
        return "In Audit: it says what it would do and changes nothing."
    if terms.disables:
        return "Enforced: SIMs over a limit are disabled until the hold on them ends."
    return "Enforced with action None: SIMs over a limit are shown, and nothing is done."


def _limit_text(terms: Terms, limit: Limit | None) -> str:
    value = terms.value(limit) if limit is not None else None
    return amount_text(limit, value) if limit is not None and value is not None else "its limit"


def _cause(terms: Terms, what: str, period: str) -> str:
    when = "" if period == "Lifetime" else f" in {period}"
    return f"QuotaPolicy {terms.name} keeps this SIM disabled: {what} is used up{when}."


def _return(terms: Terms, since: str | None, period: Period | None) -> str:
    if terms.resumes is Resume.NEXT_PERIOD and period is not None and period.end is not None:
        return f"It comes back with the next period, on {_day(period.end, terms.track.zone)}."
    value = since if since is not None else "the value of status.policy.hold.since"
    return (
        "It comes back when the limit is raised, the policy is deleted, or the SIM is annotated "
        f"with sim-operator.io/release-hold: {value}."
    )


def _day(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)).date().isoformat()} ({zone})"
