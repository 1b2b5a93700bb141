"""The page of usage: a month by day and by group, from the history."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from sim_operator.console.pages import charts, day_figures, figures, scale
from sim_operator.history import By, Dimension, UsageRow

DIMENSIONS: Final[Mapping[Dimension, str]] = {
    Dimension.NAMESPACE: "namespace",
    Dimension.POLICY: "policy",
    Dimension.LABEL: "label",
    Dimension.ACCOUNT: "account",
    Dimension.SIM: "SIM",
}
MONTHS: Final = 24
"""Offered, the present one among them."""
_LONGEST_KEY: Final = 317
_MOST_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """One month by one dimension, as the address asks for it."""

    month: str
    by: By
    fault: str | None

    @property
    def first(self) -> date:
        """The month's first day."""
        return date.fromisoformat(f"{self.month}-01")

    @property
    def last(self) -> date:
        """The month's last day."""
        return self.first.replace(day=monthrange(self.first.year, self.first.month)[1])

    @property
    def title(self) -> str:
        """What it is by, in words."""
        title = DIMENSIONS[self.by.dimension]
        return f"{title} {self.by.label}" if self.by.label else title


def months(now: datetime) -> tuple[str, ...]:
    """The months that are offered, the present one first."""
    today = now.astimezone(UTC)
    count = today.year * 12 + today.month - 1
    return tuple(f"{one // 12}-{one % 12 + 1:02d}" for one in range(count, count - MONTHS, -1))


def read(parameters: QueryParams, keys: Sequence[str], now: datetime) -> Asked:
    """What is asked for; where nothing is, the present month by namespace.

    `keys`: the keys of labels that there are; the first stands in where none is named.
    """
    fault = None
    offered = months(now)
    month = parameters.get("month", "") or offered[0]
    if month not in offered:
        fault = f"There is no such month here; take one of the list, such as {offered[0]}."
        month = offered[0]
    word = parameters.get("by", "") or Dimension.NAMESPACE
    if word not in DIMENSIONS:
        fault = "Usage is not kept by that; take one of the list."
        word = Dimension.NAMESPACE
    key = parameters.get("label", "").strip()[:_LONGEST_KEY] or (keys[0] if keys else "")
    if word == Dimension.LABEL and not key:
        fault = "No SIM has a label, so its usage cannot be grouped by one."
        word = Dimension.NAMESPACE
    dimension = Dimension(word)
    return Asked(month, By(dimension, key if dimension is Dimension.LABEL else ""), fault)


def label_keys(labels: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """The keys of labels, the most common first."""
    counts: dict[str, int] = {}
    for one in labels:
        for key in one:
            counts[key] = counts.get(key, 0) + 1
    return tuple(sorted(counts, key=lambda key: (-counts[key], key)))


@dataclass(frozen=True, slots=True)
class Known:
    """What the history says of a month: by day, and by group."""

    days: Sequence[UsageRow]
    groups: Sequence[UsageRow]


def context(
    asked: Asked, keys: Sequence[str], known: Known | str, now: datetime
) -> Mapping[str, Any]:
    """What the template shows; `known`: a text where there is no history, which says why."""
    shown = {
        "month": asked.month,
        "months": months(now),
        "by": asked.by.dimension.value,
        "by_title": asked.title,
        "dimensions": [(one.value, title) for one, title in DIMENSIONS.items()],
        "label": asked.by.label,
        "label_keys": keys[:50],
        "fault": asked.fault,
        "volume": figures.data,
    }
    if isinstance(known, str):
        return shown | {"no_history": known}
    today = now.astimezone(UTC).date()
    by_day = day_figures.of_fleet(known.days, now)
    days = day_figures.filled(by_day, asked.first, min(asked.last, today))
    rows = sorted(known.groups, key=lambda row: (-row.data, -row.sms, row.group))
    missing = sum(row.missing_days for row in known.days if row.known_days)
    by = f"label={asked.by.label}" if asked.by.label else asked.by.dimension.value
    return shown | {
        "no_history": "",
        "chart": charts.columns(days, scale.of_data),
        "chart_note": day_figures.note(days, missing),
        "rows": rows[:_MOST_ROWS],
        "more": max(len(rows) - _MOST_ROWS, 0),
        "known": any(row.known_days for row in rows),
        "total_data": sum(row.data for row in rows),
        "total_sms": sum(row.sms for row in rows),
        "export": f"/api/v1/usage?{urlencode({'by': by, 'month': asked.month, 'format': 'csv'})}",
    }
