"""From a coroutine to an exit code, as the first process of a container.

The kernel withholds signals from the first process of a container unless it handles them: without a
handler, SIGTERM does nothing there and the container is killed half a minute later.
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import Any, Final, NoReturn

from sim_operator.installing.complaints import BadInputError
from sim_operator.kube.configuration import NoClusterError

FAILED: Final = 1
BAD_INPUT: Final = 2
_SIGNALLED: Final = 128

Work = Callable[[], Coroutine[Any, Any, int]]


def finished(prepare: Callable[[], Work]) -> int:
    """Prepare outside of the event loop, then do the work in one; the exit code of the process.

    A signal cancels the work, once: what it does about that is let go on to its end.
    """
    try:
        with _heard():
            work = prepare()
            return asyncio.run(_interruptible(work()))
    except BadInputError as error:
        complain(str(error))
        return BAD_INPUT
    except NoClusterError as error:
        complain(str(error))
        return FAILED


def complain(text: str) -> None:
    """A line on standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


async def _interruptible(work: Coroutine[Any, Any, int]) -> int:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    heard: list[signal.Signals] = []

    def interrupt(number: signal.Signals) -> None:
        if not heard and task is not None:
            task.cancel()
        heard.append(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt, number)
    try:
        return await work
    except asyncio.CancelledError:
        if not heard:
            raise
        complain(f"Interrupted by {heard[0].name}.")
        return _SIGNALLED + heard[0]
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


@contextlib.contextmanager
def _heard() -> Iterator[None]:
    """End at once on a signal that comes before or after the event loop."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(_SIGNALLED + number)
