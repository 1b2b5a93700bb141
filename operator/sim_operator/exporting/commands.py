"""`sim-operator export`: from options to manifests and an exit code."""

import asyncio
import contextlib
import signal
import sys
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import stamina.instrumentation
from rich.console import Console
from rich.progress import Progress

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.exporting import folder
from sim_operator.exporting.complaints import BadInputError, UnreachableError
from sim_operator.exporting.contests import contests
from sim_operator.exporting.manifest import Manifest, manifest, observing
from sim_operator.exporting.reading import Announce, Told, claims, read
from sim_operator.exporting.readme import needs_of, sentences
from sim_operator.exporting.scope import Scope
from sim_operator.exporting.tree import tree
from sim_operator.exporting.unclaimed import unclaimed
from sim_operator.exporting.yaml_text import documents
from sim_operator.kube.configuration import NoClusterError
from sim_operator.kube.connection import connect
from sim_operator.kube.read_only import ReadOnlyApi
from sim_operator.settings import Settings

FAILED: Final = 1
BAD_INPUT: Final = 2
_SIGNALLED: Final = 128
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
"""The kernel keeps SIGTERM from the first process of a container that does not ask for it."""
_USER_AGENT: Final = "sim-operator-export"
_PLURALS: Final = {
    SIM_KIND: "SIMs",
    ACCOUNT_KIND: "SIMAccounts",
    POLICY_KIND: "QuotaPolicies",
}


class InterruptedBySignal(Exception):  # noqa: N818 (it is no error)
    """Somebody ended it."""

    def __init__(self, what: str, number: int) -> None:
        """`what`: a sentence about what was left behind."""
        super().__init__(what)
        self.number = number


_errors = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    scope: Scope
    to: Path | None
    """None: to standard output."""
    with_unclaimed: bool
    as_observe: bool
    force: bool


def export(wanted: Wanted, settings: Settings) -> int:
    """Write the manifests; the exit code of the process."""
    # What fails in the end is told by whoever asked for it.
    stamina.instrumentation.set_on_retry_hooks([])
    try:
        found = asyncio.run(_interruptible(_manifests(wanted, settings)))
        with _heard():
            _deliver(wanted, found)
    except BadInputError as error:
        _note(str(error))
        return BAD_INPUT
    except (UnreachableError, NoClusterError) as error:
        _note(str(error))
        return FAILED
    except OSError as error:
        _note(f"The export could not be written: {error}")
        return FAILED
    except InterruptedBySignal as interrupted:
        _note(str(interrupted))
        return _SIGNALLED + interrupted.number
    return 0


async def _manifests(wanted: Wanted, settings: Settings) -> list[Manifest]:
    async with connect(user_agent=_USER_AGENT) as connection:
        api = ReadOnlyApi(connection)
        with _progress() as announce:
            bodies = await read(api, wanted.scope, settings.default_account, _note, announce)
            found = [manifest(kind, body) for kind in bodies for body in bodies[kind]]
            if wanted.with_unclaimed:
                taken = await claims(api, announce)
                accounts = bodies[ACCOUNT_KIND]
                allows = settings.allows_endpoint
                found += await unclaimed(api, accounts, taken, allows, announce)
    if not found:
        raise UnreachableError(f"There is nothing to export {wanted.scope}.")
    chosen = map(observing, found) if wanted.as_observe else found
    return sorted(chosen, key=lambda one: one.place)


def _deliver(wanted: Wanted, manifests: list[Manifest]) -> None:
    needs = needs_of(manifests)
    if wanted.to is None:
        sys.stdout.write(documents(manifests))
        sys.stdout.flush()
    else:
        came = folder.write(wanted.to, tree(manifests, needs), force=wanted.force)
        _note(
            f"{wanted.to}: {came.written} files written, {came.unchanged} unchanged, "
            f"{came.removed} removed."
        )
    _note(_counted(manifests))
    for sentence in contests(manifests):
        _note(sentence)
    _note("What has to be there where it is applied:")
    for sentence in sentences(needs):
        _note(f"  {sentence}")


def _counted(manifests: list[Manifest]) -> str:
    numbers = Counter(one.kind for one in manifests)
    told = (
        f"{numbers[kind]} {kind if numbers[kind] == 1 else plural}"
        for kind, plural in _PLURALS.items()
    )
    return f"Exported: {', '.join(told)}."


async def _interruptible(work: Coroutine[Any, Any, list[Manifest]]) -> list[Manifest]:
    """Whatever a call that a signal cut short ends with, it was the signal."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    heard: list[signal.Signals] = []

    def interrupt(number: signal.Signals) -> None:
        heard.append(number)
        if task is not None:
            task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, interrupt, number)
    try:
        return await work
    except (Exception, asyncio.CancelledError) as error:
        if not heard:
            raise
        raise InterruptedBySignal("Interrupted; nothing was written.", heard[0]) from error
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _heard() -> Iterator[None]:
    """End on a signal while files are written, where no event loop hears it."""

    def end(number: int, _: FrameType | None) -> NoReturn:
        what = "Interrupted. Where a folder was being replaced, repeat it with --force."
        raise InterruptedBySignal(what, number)

    before = {number: signal.signal(number, end) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _note(sentence: str) -> None:
    _errors.print(sentence, markup=False)


@contextlib.contextmanager
def _progress() -> Iterator[Announce]:
    with Progress(console=_errors, transient=True, disable=not _errors.is_terminal) as bar:

        def announce(what: str) -> Told:
            task = bar.add_task(f"Reading {what}", total=None)
            return lambda done, total: bar.update(task, completed=done, total=total)

        yield announce
