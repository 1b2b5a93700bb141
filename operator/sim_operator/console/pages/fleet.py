"""The first page: four numbers, what needs a person, who uses most, and data over time."""

import heapq
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from sim_operator.api.choices import PolicyReason
from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND
from sim_operator.console.fleet import SimRow
from sim_operator.console.fleet.attention import Attention, Urgency
from sim_operator.console.fleet.summary import Summary, Used
from sim_operator.console.pages import charts, day_figures, figures, scale, words
from sim_operator.console.pages.charts import DayFigure
from sim_operator.domain.resources import Key

DAYS: Final = 60
"""Drawn in data over time."""
_URGENCIES: Final = {
    Urgency.ACT: words.Tone.BAD,
    Urgency.WAIT: words.Tone.ODD,
    Urgency.KNOW: words.Tone.CALM,
}
_SOONEST: Final = 6
_REACHED: Final = (PolicyReason.EXCEEDED, PolicyReason.POOL_EXCEEDED, PolicyReason.HELD)
_STATES: Final = ("Enabled", "Disabled", "Unknown")
_SESSIONS: Final = ("Online", "Attached", "Offline", "Blocked", "Unknown")


@dataclass(frozen=True, slots=True)
class Numbers:
    """The four numbers with what is to be said about them."""

    total: int
    ready: int
    active: int
    online: int
    data: int | None
    sms: int | None
    data_note: str
    sms_note: str


@dataclass(frozen=True, slots=True)
class Need:
    """One reason for attention, as the page shows it."""

    kind: str
    word: words.Word
    title: str
    message: str
    advice: str
    since: str
    examples: tuple[Key, ...]
    more: int
    address: str


@dataclass(frozen=True, slots=True)
class Top:
    """One of the heaviest SIMs: what it used, and its row where it is still there."""

    key: Key
    data: int
    sms: int
    row: SimRow | None


def context(
    told: Summary,
    sims: Mapping[Key, SimRow],
    where: str,
    days: Sequence[DayFigure],
    missing: int,
    no_history: str,
    now: datetime,
) -> Mapping[str, Any]:
    """What the template shows.

    `sims`: those that the viewer may see; `where`: what part of the fleet that is, in words, empty
    for all of it. `days`: data by day in order, with so many days of single SIMs `missing`; or
    none, and then `no_history` says why.
    """
    known = any(one.value is not None for one in days)
    return {
        "now": now,
        "scope": where,
        "numbers": numbers(told),
        "data_parts": figures.data_parts(numbers(told).data),
        "attention": [need(one) for one in told.attention],
        "states": _counted(told.states, _STATES, words.state, "state"),
        "state_shares": _shares(told.states, _STATES, words.state),
        "sessions": _counted(told.sessions, _SESSIONS, words.session, "session"),
        "session_shares": _shares(told.sessions, _SESSIONS, words.session),
        "running_out": running_out(sims.values()),
        "top": [Top(one.key, one.data, one.sms, sims.get(one.key)) for one in told.used.top],
        "month": told.month,
        "chart": charts.columns(days, scale.of_data) if known else None,
        "chart_note": day_figures.note(days, missing),
        "no_history": no_history
        or "No day is known yet. The operator reads them one after another.",
        "volume": figures.data,
    }


def running_out(sims: Iterable[SimRow]) -> list[SimRow]:
    """Those that will reach the limit of their policy first, and have not reached it yet."""
    ahead = (
        (row.policy.exhausts_at, row.key, row)
        for row in sims
        if row.policy is not None
        and row.policy.exhausts_at is not None
        and row.policy.reason not in _REACHED
    )
    return [row for *_, row in heapq.nsmallest(_SOONEST, ahead, key=lambda one: one[:2])]


def numbers(told: Summary) -> Numbers:
    """The four numbers. Nothing known is not nothing used."""
    known = told.used.sims > 0
    return Numbers(
        total=told.total,
        ready=told.ready.get("True", 0),
        active=told.active,
        online=told.sessions.get("Online", 0),
        data=told.used.data if known else None,
        sms=told.used.sms if known else None,
        data_note=_note(told),
        sms_note=told.month,
    )


def _note(told: Summary) -> str:
    used: Used = told.used
    if not used.sims:
        return told.month
    if used.missing_days:
        return f"{told.month}; {used.missing_days:,} SIM days not known"
    if used.sims < told.total:
        return f"{told.month}; known of {used.sims:,} SIMs"
    return told.month


def need(one: Attention) -> Need:
    """A trouble with its words and the way to those who have it."""
    shown = one.examples if one.count > 1 or one.kind not in (ACCOUNT_KIND, POLICY_KIND) else ()
    return Need(
        kind=one.kind,
        word=words.Word(one.reason, _URGENCIES[one.urgency]),
        title=_title(one),
        message=one.message,
        advice=one.next_step,
        since=one.since,
        examples=shown,
        more=one.count - len(shown),
        address=_address(one),
    )


def _title(one: Attention) -> str:
    if one.count == 1:
        return f"{_NAMES.get(one.kind, 'SIM')} {one.examples[0].name}"
    return f"{one.count:,} {_PLURALS.get(one.kind, 'SIMs')}"


_NAMES: Final = {ACCOUNT_KIND: "Account", POLICY_KIND: "Policy"}
_PLURALS: Final = {ACCOUNT_KIND: "accounts", POLICY_KIND: "policies"}


def _address(one: Attention) -> str:
    if one.kind == ACCOUNT_KIND:
        return "/accounts"
    if one.kind == POLICY_KIND:
        return "/quotas"
    if one.count == 1:
        return f"/sims/{one.examples[0].namespace}/{one.examples[0].name}"
    return f"/sims?{urlencode({'reason': one.reason})}"


Worded = Callable[[str | None], words.Word]


def _word(value: str, worded: Worded) -> words.Word:
    return worded(None if value == "Unknown" else value)


def _counted(
    counts: Mapping[str, int], names: Collection[str], worded: Worded, field: str
) -> list[tuple[words.Word, int, str]]:
    return [
        (_word(name, worded), counts[name], f"/sims?{urlencode({field: name})}")
        for name in names
        if counts.get(name)
    ]


def _shares(
    counts: Mapping[str, int], names: Collection[str], worded: Worded
) -> tuple[charts.Share, ...]:
    return charts.shares([(counts.get(name, 0), _word(name, worded).tone) for name in names])
