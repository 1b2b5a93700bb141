"""Charts as geometry: what a template draws as SVG, and what a test compares with the figures.

Pure: days and figures in, places on a canvas out. A day without a figure is a gap that is drawn as
one. Lengths are units of the canvas, which the page stretches to its width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sim_operator.console.pages.scale import Scaled

WIDTH: Final = 640
HEIGHT: Final = 210
_LEFT: Final = 80
_RIGHT: Final = 6
_TOP: Final = 22
_BOTTOM: Final = 28
_LABELS: Final = 7
_HALF_LABEL: Final = 36
"""As wide as half of a label is on a phone, where letters are larger."""
_LEAST_BAR: Final = 1.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DayFigure:
    """What one day shows; `value` None: not known. `open`: it may still grow."""

    day: date
    value: int | None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar, or the gap where one would be."""

    day: date
    value: int | None
    x: float
    y: float
    width: float
    height: float
    open: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid: where, and the value there."""

    y: float
    value: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A level across the chart, such as a limit: `kind` is limit or warn."""

    y: float
    value: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A day below the chart; `some`: left out on a narrow screen."""

    x: float
    text: str
    some: bool

    @property
    def anchor(self) -> str:
        """Which part of it stands at `x`: the middle, or its end where there is no more room."""
        return "end" if self.x > WIDTH - _HALF_LABEL else "middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """Where on a canvas there is room for what is drawn."""

    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    top: float = _TOP
    base: float = HEIGHT - _BOTTOM
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Columns(Canvas):
    """Bars by day."""

    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Climb(Canvas):
    """Use added up over a period, with what is expected; points of polylines."""

    line: tuple[Point, ...]
    forecast: tuple[Point, ...]
    exhausts: date | None
    today_x: float
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """A value to be marked: `kind` is limit or warn."""

    value: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Share:
    """One part of a whole, in percent of the width."""

    x: float
    width: float
    tone: str


def columns(figures: Sequence[DayFigure], scaled: Scaled, levels: Sequence[Level] = ()) -> Columns:
    """Bars for days in order.

    Levels are drawn where the scale reaches them: a limit far above would flatten every bar.
    """
    scale = scaled(max((one.value or 0 for one in figures), default=0))
    room = HEIGHT - _TOP - _BOTTOM
    slot = (WIDTH - _LEFT - _RIGHT) / max(len(figures), 1)
    thick = max(min(slot * 0.74, 42.0), _LEAST_BAR)
    bars = []
    for place, one in enumerate(figures):
        high = room if one.value is None else scale.height(one.value, room)
        if one.value:
            high = max(high, _LEAST_BAR)
        x = _LEFT + slot * place + (slot - thick) / 2
        bars.append(
            Bar(one.day, one.value, _round(x), _y(high), _round(thick), _round(high), one.open)
        )
    return Columns(
        bars=tuple(bars),
        ticks=tuple(Tick(_y(scale.height(one, room)), one) for one in scale.ticks),
        marks=tuple(
            Mark(_y(scale.height(one.value, room)), one.value, one.kind, one.text)
            for one in levels
            if one.value <= scale.top
        ),
        labels=_labels([one.day for one in figures], slot),
    )


def climb(
    figures: Sequence[DayFigure],
    last: date,
    scaled: Scaled,
    levels: Sequence[Level],
    exhausts: date | None,
) -> Climb:
    """Use added up from the first day to today, and the way to the limit where one is expected.

    `figures`: days from the first of the period to today, in order, at least one. `last`: the last
    day of the period. A gap adds nothing: what it hides is not guessed. `exhausts`: the day on
    which the lowest limit is reached, if it goes on as it does.
    """
    first, today = figures[0].day, figures[-1].day
    limit = min((one.value for one in levels if one.kind == "limit"), default=None)
    sums, total = [0], 0
    for one in figures:
        total += one.value or 0
        sums.append(total)
    scale = scaled(max([total, *(one.value for one in levels)]))
    room = HEIGHT - _TOP - _BOTTOM
    days = max((last - first).days + 1, len(figures))
    slot = (WIDTH - _LEFT - _RIGHT) / days

    def point(place: float, value: int) -> Point:
        return _round(_LEFT + slot * place), _y(scale.height(value, room))

    forecast: tuple[Point, ...] = ()
    reached = exhausts is not None and exhausts >= today and limit is not None and total < limit
    if reached and exhausts is not None and limit is not None:
        # The limit falls some time on that day; its end is drawn.
        there = min((exhausts - first).days + 1, days)
        forecast = (point(len(figures), total), point(there, limit))
    return Climb(
        line=tuple(point(place, value) for place, value in enumerate(sums)),
        forecast=forecast,
        exhausts=exhausts if reached else None,
        today_x=point(len(figures), 0)[0],
        ticks=tuple(Tick(_y(scale.height(one, room)), one) for one in scale.ticks),
        marks=tuple(
            Mark(_y(scale.height(one.value, room)), one.value, one.kind, one.text) for one in levels
        ),
        labels=_labels(
            [date.fromordinal(first.toordinal() + place) for place in range(days)], slot
        ),
    )


def shares(parts: Sequence[tuple[int, str]]) -> tuple[Share, ...]:
    """Numbers with their tones, side by side in a bar 100 wide; parts of zero are left out."""
    whole = sum(number for number, _ in parts)
    placed, x = [], 0.0
    for number, tone in parts:
        if number:
            width = number / whole * 100
            placed.append(Share(_round(x), _round(width), tone))
            x += width
    return tuple(placed)


def _labels(days: Sequence[date], slot: float) -> tuple[Label, ...]:
    if not days:
        return ()
    step = max(-(-len(days) // _LABELS), 1)
    shown = range(0, len(days), step)
    return tuple(
        Label(
            _round(_LEFT + slot * (place + 0.5)),
            f"{days[place]:%b} {days[place].day}",
            number % 3 != 0,
        )
        for number, place in enumerate(shown)
    )


def _y(height: float) -> float:
    return _round(HEIGHT - _BOTTOM - height)


def _round(length: float) -> float:
    return round(length, 1)
