"""The last two days of a SIM by the hour, as its Data Streamer told them: geometry, and a table.

Pure. An hour of which nothing was told has no bar and no line of its own: whether it was without
use, or its records are still to come, the records do not say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sim_operator.console.pages import scale
from sim_operator.console.pages.charts import Canvas, Label, Tick
from sim_operator.history import Hour

DAYS: Final = 2
"""Today and as many before it as make so many."""
_HOUR: Final = timedelta(hours=1)
_LABELLED: Final = 6
"""Hours from one label to the next."""
_GAP: Final = 1.5
_LEAST: Final = 1.0
_CANVAS: Final = Canvas()


@dataclass(frozen=True, slots=True)
class HourBar:
    """One hour of which something was told."""

    start: datetime
    data: int
    sms: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class HourChart(Canvas):
    """Bars by hour."""

    bars: tuple[HourBar, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[Label, ...]


def first_day(today: date) -> date:
    """The first day that is shown."""
    return today - timedelta(days=DAYS - 1)


def drawn(hours: Sequence[Hour], today: date) -> HourChart | None:
    """A chart of these hours, in order; None where there are none."""
    begin = datetime.combine(first_day(today), time.min, UTC)
    shown = [one for one in hours if begin <= one.start < begin + timedelta(days=DAYS)]
    if not shown:
        return None
    scaled = scale.of_data(max(one.data for one in shown))
    left, base, room = _CANVAS.left, _CANVAS.base, _CANVAS.base - _CANVAS.top
    slot = (_CANVAS.right - left) / (24 * DAYS)

    def bar(one: Hour) -> HourBar:
        high = max(scaled.height(one.data, room), _LEAST if one.data else 0.0)
        x = left + slot * ((one.start - begin) // _HOUR) + _GAP / 2
        places = (round(place, 1) for place in (x, base - high, slot - _GAP, high))
        return HourBar(one.start, one.data, one.sms, *places)

    return HourChart(
        bars=tuple(bar(one) for one in shown),
        ticks=tuple(Tick(round(base - scaled.height(one, room), 1), one) for one in scaled.ticks),
        labels=tuple(
            _label(begin + place * _HOUR, left + slot * place)
            for place in range(0, 24 * DAYS, _LABELLED)
        ),
    )


def _label(at: datetime, x: float) -> Label:
    """The day at midnight, hours in between; those are left out on a narrow screen."""
    midnight = at.hour == 0
    return Label(round(x, 1), f"{at:%b} {at.day}" if midnight else f"{at:%H:%M}", not midnight)
