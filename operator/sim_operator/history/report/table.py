"""A report as kubectl would print it."""

from collections.abc import Sequence
from datetime import date

from rich.console import Console
from rich.table import Table
from rich.text import Text

from sim_operator.domain.volume import quantity
from sim_operator.history.model import By, UsageRow
from sim_operator.history.report.columns import groups, names, totals, unknown

NOTHING = "<none>"
_HEADERS = ("DATA", "SMS", "SIMS", "DAYS", "UNKNOWN")


def print_table(
    rows: Sequence[UsageRow], by: By, first: date, last: date, console: Console
) -> None:
    """The rows, their sum, and what is not in it. Data in whole Mi, rounded down."""
    console.print(Text(f"Use of SIMs from {first} to {last} (UTC)", style="bold"))
    if not rows:
        console.print("Nothing is known of these days: no SIM was read in them.")
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in names(by):
        table.add_column(Text(name.upper()), overflow="fold", no_wrap=True)
    for header in _HEADERS:
        table.add_column(header, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(value or NOTHING) for value in groups(row, by)), *_figures(row))
    found = totals(rows)
    console.print(table)
    console.print(
        f"Together: {quantity(found.data)}, {found.sms:,} SMS, "
        f"in {found.known_days:,} known days of SIMs."
    )
    note = unknown(found)
    if note is not None:
        console.print(note)


def _figures(row: UsageRow) -> tuple[str, ...]:
    days, missing = f"{row.known_days:,}", f"{row.missing_days:,}" if row.missing_days else ""
    return quantity(row.data), f"{row.sms:,}", f"{row.sims:,}", days, missing
