"""The one table: what was measured, as ratios, with aims and whether they are met. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.table import Table

from tests.bench.results import Report
from tests.bench.rows_console import console_rows
from tests.bench.rows_history import history_rows
from tests.bench.rows_idiomatic import idiomatic_rows
from tests.bench.rows_own import own_rows
from tests.bench.rows_shape import Row

_VERDICTS = {True: "met", False: "NOT MET", None: ""}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `cells`: for each size the ratio and the figures behind it."""

    chapter: str
    what: str
    cells: tuple[str, ...]
    aim: str
    verdict: str


def lines(report: Report) -> list[Line]:
    """Every line, chapter by chapter."""
    rows = (*own_rows(), *history_rows(), *console_rows(), *idiomatic_rows())
    return [_line(row, report) for row in rows]


def _line(row: Row, report: Report) -> Line:
    measured = [row.measure(one, report.rate) for one in report.rounds]
    judged = [
        row.holds(one.ratio)
        for size, one in zip(report.rounds, measured, strict=True)
        if one is not None and (row.aim_at is None or size.sims == row.aim_at)
    ]
    return Line(
        row.chapter,
        row.what,
        tuple("" if one is None else one.text for one in measured),
        row.aim,
        _VERDICTS[all(judged)] if row.aim and judged else "",
    )


def shown(report: Report) -> Table:
    """The table for a terminal."""
    table = Table(title=title(report), title_justify="left", header_style="bold")
    table.add_column("")
    table.add_column("what")
    for size in report.rounds:
        table.add_column(f"{size.sims:,} SIMs", justify="right")
    table.add_column("aim")
    table.add_column("")
    chapter = ""
    for line in lines(report):
        if chapter and line.chapter != chapter:
            table.add_section()
        head = line.chapter if line.chapter != chapter else ""
        chapter = line.chapter
        colour = {"met": "green", "NOT MET": "red"}.get(line.verdict, "")
        verdict = f"[{colour}]{line.verdict}[/]" if colour else line.verdict
        table.add_row(head, line.what, *line.cells, line.aim, verdict)
    return table


def title(report: Report) -> str:
    """Where and when it was measured."""
    servers = " and ".join(sorted({size.server for size in report.rounds}))
    return (
        f"sim-operator {report.commit}, {report.made}, {report.machine}, {servers}, "
        f"load before: {report.load_before:.1f}"
    )


def markdown(report: Report) -> Iterator[str]:
    """The table for a page, line by line."""
    sizes = [f"{size.sims:,} SIMs" for size in report.rounds]
    yield f"Measured: {title(report)}."
    yield ""
    yield "| | | " + " | ".join(sizes) + " | aim | |"
    yield "|---|---|" + "---:|" * len(sizes) + "---|---|"
    chapter = ""
    for line in lines(report):
        head = f"**{line.chapter}**" if line.chapter != chapter else ""
        chapter = line.chapter
        verdict = {"NOT MET": "**not met**"}.get(line.verdict, line.verdict)
        yield f"| {head} | {line.what} | {' | '.join(line.cells)} | {line.aim} | {verdict} |"
