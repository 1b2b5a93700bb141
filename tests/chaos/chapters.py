"""The chapters of the suite, by their files; a run of one, watched from outside."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.chaos.table import REPORT_FD, UNTIL, Outcome, Row
from tests.tether import tethered

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
CHAPTERS: Final = {
    "tools": ("gate", "table", "chapters", "promises"),
    "crash": ("crashing",),
    "leading": ("leading",),
    "views": ("views",),
    "neighbours": ("neighbours",),
    "bad 1NCE": ("bad_onence",),
    "strange objects": ("strange", "oracle"),
}
"""By name: how the files begin, after `test_`."""
_END_SECONDS: Final = 90.0
_LINE: Final = 1 << 16


def files_of(chapter: str) -> list[Path]:
    """The test files of a chapter, in order of their names."""
    return sorted(path for path in HERE.glob("test_*.py") if chapter_of(path) == chapter)


def chapter_of(file: Path) -> str | None:
    """Which chapter a test file belongs to."""
    name = file.stem.removeprefix("test_")
    return next((one for one, begins in CHAPTERS.items() if name.startswith(begins)), None)


@dataclass
class Result:
    """What came out of one run of one chapter."""

    rows: list[Row] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """The tests that failed."""
    tests: int = 0
    code: int = 0
    """Pytest's exit code."""
    stopped: bool = False
    """Whether it had to end early because the time was over."""

    @property
    def broke(self) -> bool:
        """Whether anything did; code 5: nothing was left to do, 2: stopped, or not collected."""
        fine = {0, 2, 5} if self.stopped else {0, 5}
        return bool(self.failed) or self.code not in fine


class Run:
    """One pytest for one chapter; a context manager that leaves no process behind."""

    def __init__(self, files: list[Path], folder: Path, seed: int, until: float | None) -> None:
        """`folder`: for its output and the files of its tests; `until`: seconds since the epoch."""
        self.log = folder / "pytest.log"
        self._command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--verbose"]
        self._command += [f"--basetemp={folder / 'tests'}", *map(str, files)]
        self._environment = os.environ | {"CHAOS_EFFORT": "long", "CHAOS_SEED": str(seed)}
        if until is not None:
            self._environment[UNTIL] = str(until)
        self._process: subprocess.Popen[bytes] | None = None
        self._from = -1

    def __enter__(self) -> Self:
        """Start it, in a session of its own: Ctrl-C in a terminal reaches its owner only."""
        self._from, to = os.pipe()
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                tethered(self._command),
                cwd=ROOT,
                env=self._environment | {REPORT_FD: str(to)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                pass_fds=(to,),
                start_new_session=True,
            )
        os.close(to)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it: as Ctrl-C does, so that it takes down what it has put up."""
        process = self._process
        assert process is not None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                process.send_signal(number)
                try:
                    process.wait(_END_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        os.close(self._from)

    def lines(self, every: float) -> Iterator[dict[str, Any] | None]:
        """What its tests report as it happens; None when nothing came for `every` seconds."""
        rest = b""
        while True:
            ready, _, _ = select.select([self._from], [], [], every)
            if not ready:
                yield None
                continue
            read = os.read(self._from, _LINE)
            if not read:
                return
            *whole, rest = (rest + read).split(b"\n")
            for line in whole:
                yield json.loads(line)

    def wait(self) -> int:
        """Its exit code, when `lines` has come to an end."""
        assert self._process is not None
        return self._process.wait(_END_SECONDS)


def taken(result: Result, line: dict[str, Any], chapter: str) -> None:
    """Put what a test of this chapter reported at its end into the result."""
    result.tests += 1
    rows = [Row(row["chapter"], row["what"], Outcome(row["outcome"])) for row in line["rows"]]
    result.rows += rows
    if line["outcome"] == Outcome.BROKE:
        result.failed.append(line["test"])
        if not any(row.outcome is Outcome.BROKE for row in rows):
            name = line["test"].rpartition("::")[2]
            result.rows.append(Row(chapter, name, Outcome.BROKE))


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60:d}:{int(seconds) % 60:02d}"


def now() -> float:
    """Seconds of a clock that only moves forward."""
    return time.monotonic()
