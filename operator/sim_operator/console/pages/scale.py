"""A scale from zero whose ticks are round numbers of the unit that people read them in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_ROUND: Final = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500)
_BINARY: Final = 1024
_DECIMAL: Final = 1000


@dataclass(frozen=True, slots=True)
class Scale:
    """From 0 at the bottom to `top`; `ticks` rise and include both."""

    top: int
    ticks: tuple[int, ...]

    def height(self, value: int, of: float) -> float:
        """How high a value stands on a chart `of` so many units; never past its top."""
        return min(max(value, 0), self.top) / self.top * of


def of_data(largest: int, ticks: int = 4) -> Scale:
    """For bytes: steps are round in KiB, MiB, GiB."""
    return _scale(largest, ticks, _BINARY)


def of_counts(largest: int, ticks: int = 4) -> Scale:
    """For messages and SIMs: steps are whole."""
    return _scale(largest, ticks, _DECIMAL)


Scaled = Callable[[int], Scale]


def _scale(largest: int, ticks: int, base: int) -> Scale:
    wanted = max(largest, 1) / ticks
    unit = 1
    while wanted > unit * base:
        unit *= base
    step = next((one * unit for one in _ROUND if one * unit >= wanted), unit * base)
    top = max(-(-largest // step), 1) * step
    return Scale(top, tuple(range(0, top + 1, step)))
