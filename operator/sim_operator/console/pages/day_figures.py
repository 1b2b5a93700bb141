"""Figures by day as the history gives them, made whole: a day that it does not know is a gap."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from sim_operator.console.pages.charts import DayFigure
from sim_operator.history import DayRow, UsageRow
from sim_operator.history.model import LATE


def of_sim(rows: Iterable[DayRow]) -> dict[date, DayFigure]:
    """The days of one SIM that were read."""
    return {row.day: DayFigure(row.day, row.data, not row.final) for row in rows}


def of_fleet(rows: Iterable[UsageRow], now: datetime) -> dict[date, DayFigure]:
    """The days of many SIMs; one of which nothing is known is none.

    A day may still grow while SIMs are missing in it, and while 1NCE may still book into it.
    """
    settled = (now - LATE).astimezone(UTC).date()
    days = {}
    for row in rows:
        if row.known_days:
            day = date.fromisoformat(row.group)
            days[day] = DayFigure(day, row.data, row.missing_days > 0 or day >= settled)
    return days


def filled(known: Mapping[date, DayFigure], first: date, last: date) -> list[DayFigure]:
    """Every day from `first` to `last`, those that are not known as gaps."""
    span = range(first.toordinal(), last.toordinal() + 1)
    days = (date.fromordinal(one) for one in span)
    return [known.get(day) or DayFigure(day, None) for day in days]


def note(days: Sequence[DayFigure], missing: int = 0) -> str:
    """What hatched and pale days mean, where there are some.

    `missing`: days of single SIMs that are not known within days that are.
    """
    gaps = sum(one.value is None for one in days)
    told = []
    if gaps:
        told.append(f"{'1 day is' if gaps == 1 else f'{gaps:,} days are'} not known (hatched).")
    if missing:
        more = "1 more day is" if missing == 1 else f"{missing:,} more days are"
        told.append(f"Of single SIMs {more} not known.")
    if any(one.open for one in days):
        told.append(
            "A pale bar may still grow: SIMs are read one after another, and 1NCE books late."
        )
    return " ".join(told)
