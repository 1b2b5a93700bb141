"""Why a policy would do what it would, in one sentence for a row of a table."""

from zoneinfo import ZoneInfo

from sim_operator.api.choices import PolicyAction, PolicyReason, Resume
from sim_operator.planning.quota.evaluation import Decision, Standing
from sim_operator.planning.quota.period import Period
from sim_operator.planning.quota.sentences import amount_text
from sim_operator.planning.quota.terms import Limit, Terms

_STANDINGS = {
    Standing.OWNER_DISABLED: "Its owner has it disabled: no policy touches it.",
    Standing.UNSEEN: "It is not acted on: its account is not read.",
    Standing.LEAVING: (
        "It is not acted on: its account does not list it, it is being deleted, or another SIM "
        "resource holds its ICCID."
    ),
}
_SHOWN_ONLY = {
    Standing.OBSERVING: "The SIM or its account is in Observe, so nothing is done.",
    Standing.SUSPENDED: "The SIM is suspended, so nothing is done.",
}


def sentence(
    terms: Terms, decision: Decision, standing: Standing, period: Period, first: str | None
) -> str:
    """Why; `first` is the policy that decides where another one comes before this."""
    if standing is Standing.OUTRANKED and first is not None:
        return f"QuotaPolicy {first} comes before this one and decides."
    if standing in _STANDINGS:
        return _STANDINGS[standing]
    told = _told(terms, decision, period)
    return f"{told} {_SHOWN_ONLY[standing]}" if standing in _SHOWN_ONLY else told


def _told(terms: Terms, decision: Decision, period: Period) -> str:
    if decision.reason is PolicyReason.USAGE_UNKNOWN:
        return "Its use is not known: the last decision stands, and none is made anew."
    what = _limit(terms, decision.limit)
    match decision.would:
        case PolicyAction.NONE if decision.limit is None:
            return "It has used nothing of any limit."
        case PolicyAction.NONE:
            return f"{decision.percent} % of {what} are used."
        case PolicyAction.WARN if decision.step is not None:
            return f"{decision.step} % of {what} are passed."
        case PolicyAction.WARN:
            return f"{what} is used up; with action {_no_action(terms)} nothing is done."
        case PolicyAction.HOLD:
            return f"{what} is used up, and spec.maxDisabled ({terms.max_disabled}) is reached."
        case PolicyAction.DISABLE:
            return f"{_cause(decision, what)} {returns(terms, period)}"


def _no_action(terms: Terms) -> str:
    return "Disable" if terms.disables else "None"


def _cause(decision: Decision, what: str) -> str:
    if decision.reason is PolicyReason.POOL_EXCEEDED:
        return f"{what} is used up, and this SIM is among the heaviest."
    if decision.reason is PolicyReason.WAITING_FOR_PERIOD:
        return "It was switched off in this period."
    return f"{what} is used up."


def returns(terms: Terms, period: Period) -> str:
    """When a SIM that is switched off comes back."""
    if terms.resumes is Resume.NEVER or period.end is None:
        return "It stays off until the limit is raised or the hold is released."
    day = period.end.astimezone(ZoneInfo(terms.track.zone)).date().isoformat()
    return f"It comes back on {day} ({terms.track.zone})."


def _limit(terms: Terms, limit: Limit | None) -> str:
    value = terms.value(limit) if limit is not None else None
    return amount_text(limit, value) if limit is not None and value is not None else "its limit"
