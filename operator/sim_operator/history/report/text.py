"""CSV and JSON of a report.

Names and labels come from whoever may write a SIM, and a spreadsheet takes what begins with `=` for
a formula, so such a cell begins with an apostrophe.
"""

import csv
from collections.abc import Sequence
from datetime import date, datetime
from io import StringIO
from typing import Any, Final

from sim_operator.history.model import By, UsageRow
from sim_operator.history.report.columns import (
    FIGURES,
    figures,
    groups,
    names,
    totals,
    unknown,
)

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(rows: Sequence[UsageRow], by: By) -> str:
    """A header and a line for each row, by RFC 4180."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([*map(_cell, names(by)), *FIGURES])
    for row in rows:
        writer.writerow([*map(_cell, groups(row, by)), *figures(row)])
    return text.getvalue()


def json_rows(rows: Sequence[UsageRow], by: By) -> list[dict[str, Any]]:
    """An object for each row; `value` is that of a label."""
    keys = (*(("value",) if by.label else names(by)), *map(_camel, FIGURES))
    return [dict(zip(keys, (*groups(row, by), *figures(row)), strict=True)) for row in rows]


def json_report(
    rows: Sequence[UsageRow], by: By, first: date, last: date, as_of: datetime
) -> dict[str, Any]:
    """The whole report as one object."""
    found = totals(rows)
    note = unknown(found)
    return {
        "by": f"label={by.label}" if by.label else by.dimension.value,
        "from": first.isoformat(),
        "to": last.isoformat(),
        "asOf": as_of.isoformat(timespec="seconds"),
        "rows": json_rows(rows, by),
        "total": {
            "dataBytes": found.data,
            "smsMessages": found.sms,
            "knownDays": found.known_days,
            "missingDays": found.missing_days,
        },
        "notes": [] if note is None else [note],
    }


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def _cell(value: str) -> str:
    return f"'{value}" if value.startswith(_FORMULAS) else value
