"""`sim-operator plan` and `sim-operator rehearse`: from options to output and an exit code."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, Literal

import orjson
import stamina.instrumentation
from rich.console import Console
from rich.progress import Progress

from sim_operator.clock.simulated import ClockUnavailableError
from sim_operator.history.address import VARIABLE
from sim_operator.kube.configuration import NoClusterError
from sim_operator.kube.context import context_namespace
from sim_operator.settings import Settings
from sim_operator.trial import documents
from sim_operator.trial.complaints import BadInputError, UnreachableError
from sim_operator.trial.documents import Document
from sim_operator.trial.plan import plan as planned
from sim_operator.trial.plan_json import plan_json
from sim_operator.trial.plan_table import print_plan
from sim_operator.trial.replay import Recorded, rehearsals
from sim_operator.trial.replay_report import print_rehearsal, rehearsal_json

Format = Literal["table", "json"]
Announce = Callable[[int], Callable[[], None]]

UNREACHABLE: Final = 1
BAD_INPUT: Final = 2
WOULD_TOUCH: Final = 3
INTERRUPTED: Final = 130
_WIDE: Final = 200
"""Characters of a line that goes to no terminal."""

_errors = Console(stderr=True, highlight=False, soft_wrap=True)


def plan(
    source: str,
    settings: Settings,
    *,
    namespace: str | None,
    output: Format,
    only_changes: bool,
    exit_code: bool,
    most_sims: int | None,
) -> int:
    """Print what the policies of a file would do now; the exit code of the process."""

    async def make(given: list[Document], announce: Announce) -> int:
        found = await planned(given, settings, announce, most_sims)
        for number, one in enumerate(found):
            shown = [sim for sim in one.sims if sim.changes or not only_changes]
            if output == "json":
                _print_json(plan_json(one, shown))
            else:
                console = _console()
                if number:
                    console.print()
                print_plan(one, shown, console)
        return WOULD_TOUCH if exit_code and any(one.touches for one in found) else 0

    return _finished(source, namespace, make)


def rehearse(
    source: str,
    settings: Settings,
    *,
    namespace: str | None,
    output: Format,
    months: int,
    most_sims: int | None,
    from_history: bool = False,
) -> int:
    """Print what the policies of a file would have done; the exit code of the process."""

    async def make(given: list[Document], announce: Announce) -> int:
        found = await rehearsals(
            given,
            settings,
            announce,
            months=months,
            most_sims=most_sims,
            recorded=Recorded(os.environ.get(VARIABLE)) if from_history else None,
        )
        for number, one in enumerate(found):
            if output == "json":
                _print_json(rehearsal_json(one))
            else:
                console = _console()
                if number:
                    console.print()
                print_rehearsal(one, console)
        return 0

    return _finished(source, namespace, make)


def _finished(
    source: str,
    namespace: str | None,
    make: Callable[[list[Document], Announce], Coroutine[Any, Any, int]],
) -> int:
    # What fails in the end is told by whoever asked for it.
    stamina.instrumentation.set_on_retry_hooks([])
    try:
        # Before the loop, which would keep Ctrl-C from a read of standard input.
        given = documents.read(source, namespace or context_namespace())
        with _progress() as announce:
            return asyncio.run(_interruptible(make(given, announce)))
    except BadInputError as error:
        _errors.print(str(error), markup=False)
        return BAD_INPUT
    except (UnreachableError, NoClusterError, ClockUnavailableError) as error:
        _errors.print(str(error), markup=False)
        return UNREACHABLE
    except KeyboardInterrupt:
        return _interrupted()


async def _interruptible(work: Coroutine[Any, Any, int]) -> int:
    """Whatever a call that Ctrl-C cut short ends with, it was Ctrl-C."""
    loop, task, interrupted = asyncio.get_running_loop(), asyncio.current_task(), False

    def interrupt() -> None:
        nonlocal interrupted
        interrupted = True
        if task is not None:
            task.cancel()

    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        return await work
    except (Exception, asyncio.CancelledError):
        if not interrupted:
            raise
        return _interrupted()
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _interrupted() -> int:
    _errors.print("Interrupted; nothing was written.")
    return INTERRUPTED


@contextlib.contextmanager
def _progress() -> Iterator[Announce]:
    with Progress(console=_errors, transient=True, disable=not _errors.is_terminal) as bar:

        def announce(sims: int) -> Callable[[], None]:
            task = bar.add_task("Reading SIMs at 1NCE", total=sims)
            return lambda: bar.advance(task)

        yield announce


def _console() -> Console:
    """Standard output; lines that no terminal bounds are not folded to its supposed width."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)


def _print_json(value: dict[str, Any]) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")
