"""Figures by day as the history gives them, made whole: a day that it does not know is a gap."""

from collections.abc import Mapping, Sequence
from datetime import date

from sim_operator.console.pages.charts import DayFigure


def note(days: Sequence[DayFigure]) -> str:
    """What hatched and pale days mean, where there are some."""
    missing = sum(one.value is None for one in days)
    told = []
    if missing:
        told.append(f"{'1 day is' if missing == 1 else f'{missing:,} days are'} not known (hatched).")
    if any(one.open for one in days):
        told.append("A pale bar may still grow: 1NCE books late.")
    return " ".join(told)


def filled(known: Mapping[date, DayFigure], first: date, last: date) -> list[DayFigure]:
    """Every day from `first` to `last`, those that are not known as gaps."""
    span = range(first.toordinal(), last.toordinal() + 1)
    days = (date.fromordinal(one) for one in span)
    return [known.get(day) or DayFigure(day, None) for day in days]
