"""The page of one SIM: what it is, why it is so, what it used, what happened to it.

Pure: from the row, the policy and the history to what the template shows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from sim_operator.api.choices import PeriodKind, SimState
from sim_operator.api.names import ReadyReason
from sim_operator.console.fleet import PolicyRow, QuotaRow, SimRow
from sim_operator.console.pages import charts, day_figures, figures, hours, scale, words
from sim_operator.console.pages.charts import DayFigure, Level
from sim_operator.history import Hour

DAYS: Final = 60
"""Shown by day."""


class Line(NamedTuple):
    """One volume: data or SMS."""

    name: str
    used: str
    limit: str
    share: int | None
    left: str
    expires: str


class Said(NamedTuple):
    """A sentence and its tone."""

    text: str
    tone: words.Tone


@dataclass(frozen=True, slots=True)
class Charts:
    """What is drawn, where the history knows it."""

    climb: charts.Climb | None = None
    climb_note: str = ""
    days: charts.Columns | None = None
    days_note: str = ""


def headline(sim: SimRow) -> str:
    """The answer to the first question: is it on, and why not."""
    if sim.reason == ReadyReason.DISABLED_BY_POLICY and sim.policy is not None:
        return f"It is off: the policy {sim.policy.name} keeps it disabled."
    if sim.state == SimState.DISABLED and sim.wished.state == SimState.DISABLED:
        return "It is off: its resource says so."
    is_on = {
        SimState.ENABLED.value: "It is on.",
        SimState.DISABLED.value: "It is off.",
    }.get(sim.state or "", "Whether it is on is not known.")
    if sim.ready is None:
        return is_on
    return f"{is_on} {words.condition(sim.ready.type, sim.ready.status)}"


def volumes(sim: SimRow, policy: PolicyRow | None) -> tuple[Line, Line]:
    """Data and SMS: used, limited, left."""
    usage = sim.usage
    limits = (policy.data_per_sim, policy.sms_per_sim) if policy is not None else (None, None)
    used = (usage.data, usage.sms) if usage is not None else (None, None)
    return (
        Line(
            "Data",
            figures.data(used[0]),
            _limit(sim, policy, limits[0], figures.data),
            figures.percent(used[0], limits[0]),
            _left(sim.data, figures.data),
            figures.day(sim.data.expires_at) if sim.data else figures.UNKNOWN,
        ),
        Line(
            "SMS",
            figures.count(used[1]),
            _limit(sim, policy, limits[1], figures.count),
            figures.percent(used[1], limits[1]),
            _left(sim.sms, figures.count),
            figures.day(sim.sms.expires_at) if sim.sms else figures.UNKNOWN,
        ),
    )


def forecast(sim: SimRow, now: datetime) -> Said | None:
    """When its limit will be reached, as a sentence; None where nothing can be said."""
    decided = sim.policy
    if decided is None or decided.hold is not None:
        return None
    if decided.exhausts_at is None:
        return None
    when = figures.in_days(decided.exhausts_at, now)
    return Said(
        f"If it goes on as it does, it reaches the limit of {decided.name} on "
        f"{decided.exhausts_at}, {when}.",
        words.Tone.ODD,
    )


def drawn(
    sim: SimRow,
    policy: PolicyRow | None,
    known: Mapping[date, DayFigure],
    now: datetime,
) -> Charts:
    """The charts; `known`: days that the history has, of which others are gaps."""
    if not known:
        return Charts()
    today = now.astimezone(UTC).date()
    first = max(min(known), today - timedelta(days=DAYS - 1))
    days = day_figures.filled(known, first, today)
    climb, note = _climb(sim, policy, known, today)
    return Charts(
        climb=climb,
        climb_note=note,
        days=charts.columns(days, scale.of_data),
        days_note=day_figures.note(days),
    )


def _climb(
    sim: SimRow, policy: PolicyRow | None, known: Mapping[date, DayFigure], today: date
) -> tuple[charts.Climb | None, str]:
    if policy is None or policy.period != PeriodKind.MONTHLY or policy.data_per_sim is None:
        return None, ""
    first = today.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    limit = policy.data_per_sim
    levels = [Level(limit, "limit", f"Limit {figures.data(limit)}")]
    if policy.warn_at_percent:
        step = policy.warn_at_percent[0]
        levels.append(Level(limit * step // 100, "warn", f"Warns at {step} %"))
    exhausts = _date(sim.policy.exhausts_at if sim.policy else None)
    days = day_figures.filled(known, first, today)
    made = charts.climb(days, last, scale.of_data, levels, exhausts)
    missing = sum(one.value is None for one in days)
    days_are = "1 day of the period is" if missing == 1 else f"{missing:,} days of the period are"
    note = f"{days_are} not known and not counted here. " if missing else ""
    if made.exhausts is not None:
        note += f"Dashed: expected, with the limit reached on {made.exhausts}."
    return made, note


def _limit(
    sim: SimRow, policy: PolicyRow | None, limit: int | None, said: Callable[[int], str]
) -> str:
    if sim.policy is None:
        return "no policy"
    if policy is None:
        return figures.UNKNOWN
    return "none for each SIM" if limit is None else said(limit)


def _left(quota: QuotaRow | None, said: Callable[[int], str]) -> str:
    if quota is None or quota.remaining is None:
        return figures.UNKNOWN
    left = said(quota.remaining)
    return left if quota.total is None else f"{left} of {said(quota.total)}"


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def context(
    sim: SimRow,
    policy: PolicyRow | None,
    days: Mapping[date, DayFigure],
    told: Sequence[Hour],
    now: datetime,
) -> Mapping[str, Any]:
    """What follows from the row, the policy and the history; the rest is asked of the cluster.

    `told`: hours of which the Data Streamer told.
    """
    made = drawn(sim, policy, days, now)
    return {
        "sim": sim,
        "policy": policy,
        "now": now,
        "ready": words.ready(sim.ready.status if sim.ready else None, sim.reason),
        "headline": headline(sim),
        "volumes": volumes(sim, policy),
        "forecast": forecast(sim, now),
        "climb": made.climb,
        "climb_note": made.climb_note,
        "days": made.days,
        "days_note": made.days_note,
        "hours": hours.drawn(told, now.astimezone(UTC).date()),
        "volume": figures.data,
    }
