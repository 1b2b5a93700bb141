"""A rehearsal as a table, as sentences, and as JSON (docs/reference/cli.md)."""

from typing import Any

from rich.console import Console
from rich.text import Text

from sim_operator.domain.usage import Service
from sim_operator.planning.quota.rehearsal import (
    Event,
    Guard,
    Happening,
    PeriodSummary,
    Rehearsal,
)
from sim_operator.planning.quota.terms import Terms
from sim_operator.status.conditions import rfc3339
from sim_operator.trial import figures
from sim_operator.trial.plan_json import limits_json
from sim_operator.trial.plan_table import NOTHING, plain_table
from sim_operator.trial.replay import RehearsalOutcome

APPROXIMATIONS = (
    "Replayed as in Enforce, whatever spec.mode says, and as if no SIM or account were suspended "
    "or in Observe.",
    "Days are 1NCE's, in UTC: each is judged at its end, and counts in the period in which it "
    "begins. Within a day nothing is cut off.",
    "maxDisablesPerHour is taken as 24 times as many in a day.",
)
_STYLES = {
    Event.WARN: "yellow",
    Event.HOLD: "magenta",
    Event.DISABLE: "red",
    Event.RELEASE: "green",
}


def print_rehearsal(outcome: RehearsalOutcome, console: Console) -> None:
    """What happened by day, then what each period came to."""
    found = outcome.rehearsal
    title = (
        f"QuotaPolicy {outcome.namespace}/{found.terms.name}, replayed as in Enforce "
        f"from {found.first} to {found.last}"
    )
    console.print(Text(title, style="bold"))
    if found.happenings:
        table = plain_table(("DAY", "SIM", "EVENT", "USED", "LIMIT", "WHY"))
        for one in found.happenings:
            table.add_row(*_row(found.terms, one))
        console.print(table)
    else:
        console.print("Nothing would have happened.")
    console.print()
    table = plain_table(
        ("PERIOD", "WARNED", "DISABLED", "HELD", "MOST OFF", "USED", "SAVED", "DAYS OFF", "IDLE")
    )
    for period in found.periods:
        table.add_row(*map(Text, _period(found.terms, period)))
    console.print(table)
    for sentence in sentences(outcome):
        console.print(Text(sentence))


def _row(terms: Terms, one: Happening) -> tuple[Text, ...]:
    service = one.limit.service if one.limit is not None else Service.DATA
    known = one.limit is not None and one.value is not None
    return (
        Text(one.day.isoformat()),
        Text(one.key.name),
        Text(one.event.value, style=_STYLES[one.event]),
        Text(figures.amount(service, one.used) if known else NOTHING),
        Text(
            figures.granted(one.limit, one.value)
            if one.limit is not None and one.value is not None
            else NOTHING
        ),
        Text(why(terms, one)),
    )


def why(terms: Terms, one: Happening) -> str:
    """The reason of one happening."""
    what = one.limit.value if one.limit is not None else "a limit"
    match one.event:
        case Event.RELEASE:
            return "A new period begins."
        case Event.WARN if one.step is not None:
            return f"{one.step} % of {what} are passed."
        case Event.WARN:
            return f"{what} is used up; nothing is done."
        case Event.HOLD if one.guard is Guard.ACCOUNT:
            return f"{what} is used up; it waits for maxDisablesPerHour of its account."
        case Event.HOLD:
            return f"{what} is used up; it waits for maxDisabled ({terms.max_disabled})."
        case Event.DISABLE:
            heavy = ", and it is among the heaviest" if one.limit and one.limit.pooled else ""
            return f"{what} is used up{heavy}."


def _period(terms: Terms, one: PeriodSummary) -> tuple[str, ...]:
    saved = {Service.DATA: one.saved_data, Service.SMS: one.saved_sms}
    used = {Service.DATA: one.used_data, Service.SMS: one.used_sms}
    return (
        one.period.name if one.is_whole else f"{one.period.name} (part)",
        str(one.warned),
        str(one.disabled),
        str(one.held),
        str(one.most_off),
        ", ".join(figures.amount(service, used[service]) for service in terms.services),
        ", ".join(figures.amount(service, saved[service]) for service in terms.services),
        str(sum(one.days_off.values())),
        str(sum(one.idle_off.values())),
    )


def sentences(outcome: RehearsalOutcome) -> list[str]:
    """What should be read beside the tables."""
    found = outcome.rehearsal
    idle = sorted({key.name for one in found.periods for key in one.idle_off})
    told = []
    if idle:
        told.append(
            "Off on days when they used nothing (IDLE: such days): "
            + ", ".join(idle[:10])
            + (f" and {len(idle) - 10} more." if len(idle) > 10 else ".")
        )
    if found.unknown:
        names = ", ".join(key.name for key in found.unknown[:10])
        more = f" and {len(found.unknown) - 10} more" if len(found.unknown) > 10 else ""
        told.append(f"1NCE told no daily figures of {names}{more}.")
    return told + list(APPROXIMATIONS) + list(outcome.notes)


def rehearsal_json(outcome: RehearsalOutcome) -> dict[str, Any]:
    """The whole rehearsal; data in bytes."""
    found = outcome.rehearsal
    return {
        "policy": found.terms.name,
        "namespace": outcome.namespace,
        "asOf": rfc3339(outcome.as_of),
        "replayedAs": "Enforce",
        "from": found.first.isoformat(),
        "to": found.last.isoformat(),
        "limits": limits_json(found.terms),
        "approximations": list(APPROXIMATIONS),
        "notes": list(outcome.notes),
        "usageUnknown": [key.name for key in found.unknown],
        "periods": [_period_json(one) for one in found.periods],
        "events": [_event_json(found, one) for one in found.happenings],
    }


def _period_json(one: PeriodSummary) -> dict[str, Any]:
    return {
        "period": one.period.name,
        "from": one.first.isoformat(),
        "to": one.last.isoformat(),
        "whole": one.is_whole,
        "warned": one.warned,
        "disabled": one.disabled,
        "held": one.held,
        "mostOff": one.most_off,
        "used": {"data": one.used_data, "sms": one.used_sms},
        "saved": {"data": one.saved_data, "sms": one.saved_sms},
        "sims": [
            {"name": key.name, "daysOff": days, "idleDaysOff": one.idle_off.get(key, 0)}
            for key, days in one.days_off.items()
        ],
    }


def _event_json(found: Rehearsal, one: Happening) -> dict[str, Any]:
    return {
        "day": one.day.isoformat(),
        "sim": one.key.name,
        "event": one.event.value,
        "reason": one.reason.value,
        "limit": one.limit.value if one.limit is not None else None,
        "used": one.used,
        "value": one.value,
        "step": one.step,
        "guard": one.guard.value if one.guard is not None else None,
        "why": why(found.terms, one),
    }
