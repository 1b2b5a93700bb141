"""`make chaos`: rounds over all chapters with new seeds, until the time is over; then one table.

The first round is always finished, so that everything was tried at least once.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from tests.chaos.chapters import CHAPTERS, Result, Run, clock, files_of, now, taken
from tests.chaos.table import Outcome, Row, drawn

MINUTES: Final = 60.0
_QUIET_SECONDS: Final = 30.0
_INTERRUPTED: Final = 130


@dataclass
class Course:
    """All that happened until now."""

    minutes: float
    seed: int
    folder: Path
    begun: float = field(default_factory=now)
    rows: list[Row] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    """Folders of runs in which something broke."""
    tests: int = 0

    @property
    def is_over(self) -> bool:
        """Whether the time is."""
        return now() - self.begun >= self.minutes * 60

    def say(self, text: str) -> None:
        """One line, with the time that has passed."""
        print(f"[{clock(now() - self.begun)} of {self.minutes:g} min] {text}", flush=True)

    def round(self, number: int, chapters: list[str]) -> None:
        """Every chapter once."""
        seed = self.seed + number - 1
        for chapter in chapters:
            if number > 1 and self.is_over:
                return
            files = files_of(chapter)
            if files and (number == 1 or chapter != "tools"):
                self.say(f"round {number}, {chapter}, seed {seed}")
                self._run(number, chapter, files, seed)

    def _run(self, number: int, chapter: str, files: list[Path], seed: int) -> None:
        folder = self.folder / f"round-{number}-{chapter.replace(' ', '-')}"
        folder.mkdir()
        left = self.minutes * 60 - (now() - self.begun)
        until = None if number == 1 else time.time() + left
        result = Result()
        try:
            with Run(files, folder, seed, until) as run:
                self._follow(run, result, chapter)
                result.code = run.wait()
            result.stopped = until is not None and self.is_over
        finally:
            self.rows += result.rows
            self.tests += result.tests
            if result.broke and not result.failed:
                self.rows.append(Row(chapter, "the run itself", Outcome.BROKE))
            if result.broke:
                self.kept.append(folder)
                self.say(f"BROKE: see {run.log}")
            else:
                shutil.rmtree(folder, ignore_errors=True)

    def _follow(self, run: Run, result: Result, chapter: str) -> None:
        test, since = "", now()
        for line in run.lines(_QUIET_SECONDS):
            if line is None:
                self.say(f"  {test or 'starting'}: for {clock(now() - since)} now")
            elif line["event"] == "begins":
                test, since = line["test"].rpartition("/")[2], now()
            else:
                taken(result, line, chapter)
                self.say(f"  {test}: {line['outcome']} ({line['seconds']:.1f} s)")

    def close(self, table: Path | None, why: str) -> int:
        """The table, and where to look; the exit code."""
        text = drawn(self.rows) if self.rows else "nothing was tried"
        print(f"\n{text}\n{self.tests} tests in {clock(now() - self.begun)}; {why}")
        for folder in self.kept:
            print(f"logs of what broke: {folder}")
        if table is not None:
            table.write_text(text + "\n", encoding="utf-8")
        if not self.kept:
            shutil.rmtree(self.folder, ignore_errors=True)
        return 1 if self.kept else 0


def main() -> int:
    """Run until the time is over."""
    options = _options()
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Path(tempfile.mkdtemp(prefix="sim-operator-chaos-"))
    course = Course(options.minutes, options.seed, folder)
    number = 0
    try:
        while number == 0 or not course.is_over:
            number += 1
            course.round(number, options.chapter or list(CHAPTERS))
            if not course.tests:
                break
    except KeyboardInterrupt:
        course.close(options.table, "interrupted")
        return _INTERRUPTED
    return course.close(options.table, f"rounds: {number}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    minutes = float(os.environ.get("CHAOS_MINUTES") or MINUTES)
    seed = int(os.environ.get("CHAOS_SEED") or time.time()) % 1_000_000
    parser.add_argument("--minutes", type=float, default=minutes, help="default: CHAOS_MINUTES, 60")
    parser.add_argument("--seed", type=int, default=seed, help="that of the first round")
    parser.add_argument("--table", type=Path, help="write the table to this file, too")
    parser.add_argument("--chapter", action="append", choices=list(CHAPTERS), help="only this one")
    return parser.parse_args()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
