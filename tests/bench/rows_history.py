"""The rows of the history, each beside the plain SQL that would do the least of the same."""

from collections.abc import Callable

from tests.bench.results import HistoryCosts, Round
from tests.bench.rows_shape import Measured, Row, amount, ratio

CHAPTER = "History"


def history_rows() -> tuple[Row, ...]:
    """A day written, and a month asked of a year; empty where it was not measured."""
    return (
        Row(
            CHAPTER,
            "a day of all SIMs written",
            _of(lambda one, _: Measured(one.writing, f"{amount(one.writing)} s")),
            "< 5 s at 10,000",
            most=5.0,
            aim_at=10_000,
        ),
        Row(
            CHAPTER,
            "the same / bare INSERTs of the same rows, without sums",
            _of(lambda one, _: ratio(one.writing, one.writing_floor)),
        ),
        Row(
            CHAPTER,
            "a fleet's month by namespace, of a year",
            _of(lambda one, _: _milliseconds(one.by_namespace)),
            "< 200 ms at 10,000",
            most=200.0,
            aim_at=10_000,
        ),
        Row(
            CHAPTER,
            "the same / plain SQL over the days",
            _of(lambda one, _: ratio(1000 * one.by_namespace, 1000 * one.ledger_floor, "ms")),
        ),
        Row(
            CHAPTER,
            "the month day by day",
            _of(lambda one, _: _milliseconds(one.by_day)),
            "< 200 ms at 10,000",
            most=200.0,
            aim_at=10_000,
        ),
        Row(CHAPTER, "the month SIM by SIM", _of(lambda one, _: _milliseconds(one.by_sim))),
        Row(
            CHAPTER,
            "on disk, a SIM and day",
            _of(
                lambda one, sims: Measured(
                    one.bytes / sims / one.days,
                    f"{amount(one.bytes / sims / one.days)} B ({amount(one.bytes / 1e6)} MB)",
                )
            ),
        ),
    )


def _of(
    measure: Callable[[HistoryCosts, int], Measured],
) -> Callable[[Round, int], Measured | None]:
    return lambda one, _: None if one.history is None else measure(one.history, one.sims)


def _milliseconds(seconds: float) -> Measured:
    return Measured(1000 * seconds, f"{amount(1000 * seconds)} ms")
