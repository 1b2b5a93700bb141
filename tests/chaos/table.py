"""What was tried, and what held: rows of tests, gathered into one table.

Rows travel as `user_properties` of the tests' reports, so that they arrive under xdist too.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, Self

import pytest

PROPERTY: Final = "tried"
REPORT_FD: Final = "CHAOS_REPORT_FD"
"""Names the descriptor to which each test writes a JSON line when it begins and when it ends."""
UNTIL: Final = "CHAOS_UNTIL"
"""Seconds since the epoch after which no further test begins."""


class Outcome(StrEnum):
    """How it went."""

    HELD = "held"
    BROKE = "broke"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was tried, once."""

    chapter: str
    what: str
    outcome: Outcome


class Trial:
    """One thing that is being tried. Without `with`, the outcome of the test is its own."""

    def __init__(self, row: list[str]) -> None:
        """`row` is what travels: chapter, what, outcome."""
        self._row = row

    def __enter__(self) -> Self:
        """It is judged by the block alone."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Keep the outcome."""
        # Its plain text: what travels under xdist may be of no type of our own.
        self._row[2] = (Outcome.HELD if kind is None else Outcome.BROKE).value


class Tried:
    """The fixture `tried`: `tried(chapter, what)` adds a row to the table."""

    def __init__(self, item: pytest.Item) -> None:
        """Rows go with the reports of this test."""
        self._item = item

    def __call__(self, chapter: str, what: str) -> Trial:
        """Try something; the row is there also if the test never gets further."""
        row = [chapter, what, ""]
        self._item.user_properties.append((PROPERTY, row))
        return Trial(row)


def rows_of(properties: Iterable[tuple[str, Any]], whole: Outcome) -> list[Row]:
    """The rows of a test, given the outcome of the test as a whole.

    A row that held by itself stays held only if the test did: what is checked at the end counts.
    """
    found = []
    for name, value in properties:
        if name == PROPERTY:
            chapter, what, own = value
            outcome = Outcome(own) if own and whole is not Outcome.SKIPPED else whole
            if whole is Outcome.BROKE and own == Outcome.HELD:
                outcome = Outcome.HELD
            found.append(Row(chapter, what, outcome))
    if whole is Outcome.BROKE and found and all(one.outcome is Outcome.HELD for one in found):
        # Nothing of it broke alone, so what was checked after all of it did.
        found[-1] = Row(found[-1].chapter, found[-1].what, Outcome.BROKE)
    return found


def drawn(rows: Sequence[Row]) -> str:
    """The table in Markdown: one line for each thing that was tried, how often, what came out."""
    counts: dict[tuple[str, str], Counter[Outcome]] = {}
    for row in rows:
        counts.setdefault((row.chapter, row.what), Counter())[row.outcome] += 1
    order = list(dict.fromkeys(chapter for chapter, _ in counts))
    lines = [("chapter", "what was tried", "times", "outcome")]
    for (chapter, what), found in sorted(counts.items(), key=lambda one: order.index(one[0][0])):
        ran = found[Outcome.HELD] + found[Outcome.BROKE]
        lines.append((chapter, what, str(ran), _words(found)))
    widths = [max(len(line[place]) for line in lines) for place in range(4)]
    text = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([text[0], rule, *text[1:], "", total(rows)])


def total(rows: Sequence[Row]) -> str:
    """One sentence about all of them."""
    found = Counter(one.outcome for one in rows)
    held, broke = found[Outcome.HELD], found[Outcome.BROKE]
    return f"{held + broke} tried, {held} held, {broke} broke"


def _words(found: Counter[Outcome]) -> str:
    if found[Outcome.BROKE]:
        return f"BROKE {found[Outcome.BROKE]} times"
    return str(Outcome.HELD if found[Outcome.HELD] else Outcome.SKIPPED)


class TablePlugin:
    """Gathers rows from reports, prints the table at the end, tells who asked of each test."""

    def __init__(self) -> None:
        """No row yet."""
        self.rows: list[Row] = []
        self._outcomes: dict[str, Outcome] = {}
        self._seconds: dict[str, float] = {}
        self._fd = int(os.environ.get(REPORT_FD) or "-1")

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self._tell(event="begins", test=nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """One of the three phases of a test has ended; its rows are final with the last."""
        node = report.nodeid
        self._seconds[node] = self._seconds.get(node, 0.0) + report.duration
        before = self._outcomes.get(node, Outcome.HELD)
        if report.failed or before is Outcome.BROKE:
            self._outcomes[node] = Outcome.BROKE
        elif report.skipped or before is Outcome.SKIPPED:
            self._outcomes[node] = Outcome.SKIPPED
        else:
            self._outcomes[node] = Outcome.HELD
        if report.when == "teardown":
            outcome = self._outcomes.pop(node)
            rows = rows_of(report.user_properties, outcome)
            self.rows += rows
            seconds = round(self._seconds.pop(node), 1)
            said = [asdict(row) for row in rows]
            self._tell(event="ended", test=node, outcome=outcome, seconds=seconds, rows=said)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table, where there is one."""
        if self.rows:
            terminalreporter.section("chaos: what was tried")
            terminalreporter.write_line(drawn(self.rows))

    def _tell(self, **line: Any) -> None:
        if self._fd >= 0:
            os.write(self._fd, json.dumps(line).encode() + b"\n")
