"""The rows of the console: any view of the fleet well under what a person notices."""

from collections.abc import Callable

from tests.bench.results import ConsoleCosts, Round
from tests.bench.rows_shape import Measured, Row, amount, ratio

CHAPTER = "Console"


def console_rows() -> tuple[Row, ...]:
    """Views of the cache; empty where they were not measured."""
    return (
        _view("found by a text, in order", lambda one: one.by_text),
        Row(
            CHAPTER,
            "the same / a bare run over a list of texts",
            _of(lambda one, _: ratio(1000 * one.by_text, 1000 * one.floor, "ms")),
        ),
        _view("found by labels, in order", lambda one: one.by_labels),
        _view("all of them by data left", lambda one: one.everything),
        _view("the fleet at a glance", lambda one: one.summary),
        _view("a page of 50 SIMs as JSON", lambda one: one.page),
        Row(
            CHAPTER,
            "memory of a SIM in the cache",
            _of(
                lambda one, sims: Measured(
                    one.memory / sims / 1024,
                    f"{amount(one.memory / sims / 1024)} KiB ({amount(one.memory / 2**20)} MiB)",
                )
            ),
        ),
    )


def _view(what: str, seconds: Callable[[ConsoleCosts], float]) -> Row:
    return Row(
        CHAPTER,
        what,
        _of(lambda one, _: Measured(1000 * seconds(one), f"{amount(1000 * seconds(one))} ms")),
        "< 50 ms at 10,000",
        most=50.0,
        aim_at=10_000,
    )


def _of(
    measure: Callable[[ConsoleCosts, int], Measured],
) -> Callable[[Round, int], Measured | None]:
    return lambda one, _: None if one.console is None else measure(one.console, one.sims)
