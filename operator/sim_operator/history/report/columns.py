"""The columns of a report, the same in each format; names carry the units."""

from collections.abc import Sequence
from dataclasses import dataclass

from sim_operator.history.model import By, Dimension, UsageRow

FIGURES = ("data_bytes", "sms_messages", "sims", "known_days", "missing_days")


@dataclass(frozen=True, slots=True)
class Totals:
    """A report in one line."""

    data: int
    sms: int
    known_days: int
    missing_days: int


def names(by: By) -> tuple[str, ...]:
    """What the groups are told by."""
    if by.dimension is Dimension.SIM:
        return ("iccid", "namespace", "name")
    if by.dimension is Dimension.LABEL:
        return (f"label {by.label}",)
    return (by.dimension.value,)


def groups(row: UsageRow, by: By) -> tuple[str, ...]:
    """A row's values of `names`."""
    if by.dimension is Dimension.SIM:
        return (row.group, row.namespace or "", row.name or "")
    return (row.group,)


def figures(row: UsageRow) -> tuple[int, ...]:
    """A row's values of `FIGURES`."""
    return (row.data, row.sms, row.sims, row.known_days, row.missing_days)


def totals(rows: Sequence[UsageRow]) -> Totals:
    """The sums; SIMs are not among them, for one may stand in two groups."""
    return Totals(
        sum(row.data for row in rows),
        sum(row.sms for row in rows),
        sum(row.known_days for row in rows),
        sum(row.missing_days for row in rows),
    )


def unknown(found: Totals) -> str | None:
    """A sentence on what is not in the figures; None where everything is."""
    if not found.missing_days:
        return None
    days = found.known_days + found.missing_days
    return (
        f"{found.missing_days:,} of {days:,} days of SIMs are not known and count as nothing here: "
        "they were not read yet, or 1NCE did not tell them. What 1NCE still knows is read again."
    )
