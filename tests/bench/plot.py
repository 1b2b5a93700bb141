"""Draws size against time, CPU and memory: SVG, on a ground of its own for light and dark pages."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from tests.bench.results import Report, Round

_WIDTH, _HEIGHT = 1080, 420
_PANEL_WIDTH, _PANEL_HEIGHT = 260, 250
_TOP = 76
_COLOURS = ("#0b5cad", "#c2410c", "#15803d")
_STYLE = "font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif"


@dataclass(frozen=True, slots=True)
class Curve:
    """One figure at every size."""

    name: str
    value: Callable[[Round], float]


@dataclass(frozen=True, slots=True)
class Panel:
    """Curves that share a unit."""

    title: str
    curves: tuple[Curve, ...]


_PANELS = (
    Panel(
        "Time, s",
        (
            Curve("first apply to all Ready", lambda one: one.convergence.whole.seconds),
            Curve(
                "bare apply and patches",
                lambda one: one.floor.creating.seconds + one.floor.patching.seconds,
            ),
            Curve("one sweep", lambda one: sum(one.sweeps.seconds) / one.sweeps.count),
        ),
    ),
    Panel(
        "CPU of the operator, s",
        (
            Curve("first apply to all Ready", lambda one: one.convergence.whole.of("operator")),
            Curve("one sweep and its pause", lambda one: one.sweeps.period.of("operator")),
        ),
    ),
    Panel(
        "Memory above the base, MB",
        (
            Curve("after all are Ready", lambda one: _above(one, one.memory.converged)),
            Curve("after a start", lambda one: _above(one, one.memory.started)),
            Curve("peak at a start", lambda one: _above(one, one.memory.starting_peak)),
        ),
    ),
)


def _above(one: Round, held: int) -> float:
    return (held - one.memory.base) / 1e6


@dataclass(frozen=True, slots=True)
class Scale:
    """From a figure to a place, by decades."""

    low: int
    high: int
    start: float
    length: float

    @classmethod
    def over(cls, values: Sequence[float], start: float, length: float) -> "Scale":
        """Whole decades around the values."""
        low = math.floor(math.log10(min(values)))
        return cls(low, max(low + 1, math.ceil(math.log10(max(values)))), start, length)

    def at(self, value: float) -> float:
        """The place of a figure."""
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.start + share * self.length

    def decades(self) -> list[float]:
        """The figures that are written at the axis."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def picture(report: Report) -> str:
    """The SVG document: a panel for time, CPU and memory each, both axes logarithmic."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'role="img" aria-label="Number of SIMs against time, CPU and memory" style="{_STYLE}">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="#ffffff"/>',
        _text(28, 34, "Growth with the number of SIMs", size=17, weight=600),
        _text(
            _WIDTH - 28,
            34,
            "both axes are logarithmic; the grey line is linear growth",
            anchor="end",
            fill="#57606a",
        ),
    ]
    for number, panel in enumerate(_PANELS):
        parts += _panel(panel, report.rounds, 76 + number * (_PANEL_WIDTH + 82))
    return "\n".join([*parts, "</svg>", ""])


def _panel(panel: Panel, sizes: Sequence[Round], left: float) -> list[str]:
    # What is below what the clock and the kernel can tell is drawn at that border.
    values = [max(0.01, curve.value(one)) for curve in panel.curves for one in sizes]
    across = Scale.over([one.sims for one in sizes], left, _PANEL_WIDTH)
    up = Scale.over(values, _TOP + _PANEL_HEIGHT, -_PANEL_HEIGHT)
    parts = [_text(left, _TOP - 14, panel.title, size=13, weight=600)]
    for value in up.decades():
        place = up.at(value)
        parts.append(_line(left, place, left + _PANEL_WIDTH, place, "#d8dee4"))
        parts.append(_text(left - 7, place + 4, f"{value:,g}", anchor="end", fill="#57606a"))
    for value in across.decades():
        place = across.at(value)
        parts.append(_line(place, _TOP, place, _TOP + _PANEL_HEIGHT, "#d8dee4"))
        name = f"{value:,.0f}"
        parts.append(_text(place, _TOP + _PANEL_HEIGHT + 18, name, anchor="middle", fill="#57606a"))
    parts += _linear(across, up, sizes[0].sims, values[0])
    for number, curve in enumerate(panel.curves):
        colour = _COLOURS[number]
        points = [(across.at(one.sims), up.at(max(0.01, curve.value(one)))) for one in sizes]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
        y = _TOP + _PANEL_HEIGHT + 42 + number * 17
        parts.append(_line(left, y - 4, left + 18, y - 4, colour, 2))
        parts.append(_text(left + 25, y, curve.name))
    return parts


def _linear(across: Scale, up: Scale, sims: int, value: float) -> list[str]:
    """Ten times the SIMs, ten times the figure: from the first point of the first curve."""
    least, most = 10.0**across.low, 10.0**across.high
    ends = [(one, value * one / sims) for one in (least, most)]
    inside = [
        (max(least, min(most, sims * bound / value)), bound)
        for bound in (10.0**up.low, 10.0**up.high)
    ]
    (x1, y1), (x2, y2) = (
        pair if 10.0**up.low <= pair[1] <= 10.0**up.high else other
        for pair, other in zip(ends, inside, strict=True)
    )
    return [_line(across.at(x1), up.at(y1), across.at(x2), up.at(y2), "#8c959f", 1, "5 4")]


def _line(
    x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dashes: str = ""
) -> str:
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}"{dashed}/>'
    )


def _text(
    x: float,
    y: float,
    text: str,
    *,
    size: int = 12,
    weight: int = 400,
    anchor: str = "start",
    fill: str = "#1f2328",
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}" fill="{fill}">{escape(text)}</text>'
    )
