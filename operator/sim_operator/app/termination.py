"""SIGTERM until kopf takes it over, which it does when its own tasks begin.

The kernel gives the first process of a container only those signals that it handles.
"""

import asyncio
import signal
from typing import NoReturn


def before_the_loop() -> None:
    """End at once, as one that has nothing open."""
    signal.signal(signal.SIGTERM, _end)


def in_the_loop() -> None:
    """Cancel the task that calls this, so that what it has open is closed in order.

    An exit raised out of any line of the loop would meet cancel scopes of libraries half-way.
    """
    if (running := asyncio.current_task()) is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)


def _end(*_: object) -> NoReturn:
    raise SystemExit(0)
