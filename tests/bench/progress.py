"""Says all the time what goes on: a bar on a terminal, a line every few seconds elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

_EVERY_SECONDS = 5.0
_POLL_SECONDS = 0.25

console = Console(stderr=True, highlight=False)
Tick = Callable[[int], None]


class NotWithinError(Exception):
    """Something did not happen in the time that it may take."""


@contextmanager
def step(what: str, total: int) -> Iterator[Tick]:
    """One step of `total` parts; what it gives is told how many are done."""
    if console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=console) as shown:
            task = shown.add_task(what, total=total)
            yield lambda done: shown.update(task, completed=done)
        return
    begun = time.monotonic()
    last = begun
    print(f"{what} ...", file=sys.stderr, flush=True)

    def tick(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _EVERY_SECONDS:
            last = now
            rate = f"{done:,} of {total:,}, {now - begun:.0f} s"
            print(f"{what}: {rate}", file=sys.stderr, flush=True)

    yield tick
    print(f"{what}: {time.monotonic() - begun:.1f} s", file=sys.stderr, flush=True)


def until(what: str, total: int, count: Callable[[], int], seconds: float) -> None:
    """Look until `count` reaches `total`, showing how far it is.

    Raises:
        NotWithinError: not in so many seconds.
    """
    deadline = time.monotonic() + seconds
    with step(what, total) as tick:
        while (done := count()) < total:
            tick(done)
            if time.monotonic() > deadline:
                raise NotWithinError(f"{what}: {done:,} of {total:,} within {seconds:.0f} s")
            time.sleep(_POLL_SECONDS)
        tick(done)


def rest(what: str, seconds: float) -> None:
    """Let time pass, and say so."""
    begun = time.monotonic()
    with step(what, round(seconds)) as tick:
        while (gone := time.monotonic() - begun) < seconds:
            tick(round(gone))
            time.sleep(min(_POLL_SECONDS, seconds - gone))
