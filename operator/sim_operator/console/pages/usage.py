"""The page of usage: a month by day and by group, from the history."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from starlette.datastructures import QueryParams

DIMENSIONS: Final[tuple[tuple[str, str], ...]] = (
    ("namespace", "namespace"),
    ("policy", "policy"),
    ("label", "label"),
    ("account", "account"),
    ("sim", "SIM"),
)
MONTHS: Final = 24
"""Offered, the present one among them."""


@dataclass(frozen=True, slots=True)
class AskedUsage:
    """One month by one dimension, as the address asks for it."""

    month: str
    first: date
    last: date
    by: str
    label: str
    fault: str | None

    @property
    def title(self) -> str:
        """What it is by, in words."""
        return f"label {self.label}" if self.by == "label" else dict(DIMENSIONS)[self.by]

    @property
    def dimension(self) -> str:
        """As the history and the REST API take it."""
        return f"label={self.label}" if self.by == "label" else self.by


def months(now: datetime) -> tuple[str, ...]:
    """The months that are offered, the present one first."""
    count = now.year * 12 + now.month - 1
    return tuple(f"{one // 12}-{one % 12 + 1:02d}" for one in range(count, count - MONTHS, -1))


def read(parameters: QueryParams, now: datetime, label_keys: Sequence[str]) -> AskedUsage:
    """What is asked for; by default the present month by namespace.

    `label_keys`: keys that SIMs have, the first of which stands in where none is named.
    """
    fault = None
    offered = months(now)
    month = parameters.get("month", "") or offered[0]
    if month not in offered:
        fault = f"There is no month {month[:20]!r} here: take one of the list, such as {offered[0]}."
        month = offered[0]
    by = parameters.get("by", "") or DIMENSIONS[0][0]
    if by not in dict(DIMENSIONS):
        fault = f"Usage is not kept by {by[:20]!r}: take one of the list."
        by = DIMENSIONS[0][0]
    label = parameters.get("label", "").strip()[:317] or (label_keys[0] if label_keys else "")
    if by == "label" and not label:
        fault = "No SIM has a label, so usage cannot be grouped by one."
        by = DIMENSIONS[0][0]
    year, number = int(month[:4]), int(month[5:])
    last = date(year, number, monthrange(year, number)[1])
    return AskedUsage(month, date(year, number, 1), last, by, label, fault)


def label_keys(labels: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """The keys of labels, the most common first."""
    counts: dict[str, int] = {}
    for one in labels:
        for key in one:
            counts[key] = counts.get(key, 0) + 1
    return tuple(sorted(counts, key=lambda key: (-counts[key], key)))
