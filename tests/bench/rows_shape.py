"""What a row of the table is made of."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.results import Round


@dataclass(frozen=True, slots=True)
class Measured:
    """One cell: the ratio (or figure) that is judged, and how it reads."""

    ratio: float
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: how it is measured at a size and a rate limit, and what it should be."""

    chapter: str
    what: str
    measure: Callable[[Round, int], Measured | None]
    aim: str = ""
    most: float | None = None
    least: float | None = None
    aim_at: int | None = None
    """The size that the aim is for; None: every size."""

    def holds(self, ratio: float) -> bool:
        """Whether the aim is met."""
        return (self.most is None or ratio <= self.most) and (
            self.least is None or ratio >= self.least
        )


def ratio(over: float, under: float, unit: str = "s") -> Measured:
    """`over / under`, with both."""
    value = over / under if under else math.inf
    return Measured(value, f"{value:.2f}× ({amount(over)} / {amount(under)} {unit})")


def times(over: float, under: float, unit: str, *, note: str = "") -> Measured:
    """How many times more the other one takes."""
    value = over / under if under else math.inf
    shown = "∞" if math.isinf(value) else f"{value:.1f}×"
    return Measured(value, f"{shown} ({amount(over)} / {amount(under)} {unit}{note})")


def amount(value: float) -> str:
    """A figure with three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}".rstrip("0").rstrip(".") or "0"


def quantile(values: Sequence[float], share: float) -> float:
    """The nearest value that so large a share of all does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
