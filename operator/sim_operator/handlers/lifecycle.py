"""Start and stop: the operator lives between kopf's startup and cleanup.

Kopf ends whatever still runs in its event loop when it exits, so everything is stopped in its
cleanup, while the loop still turns.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import kopf


def register(
    registry: kopf.OperatorRegistry,
    start: Callable[[], Awaitable[None]],
    stop: Callable[[], Awaitable[None]],
) -> None:
    """Call `start` before the first watch and `stop` after the last."""

    async def startup(**_: Any) -> None:
        await start()

    async def cleanup(**_: Any) -> None:
        await stop()

    kopf.on.startup(registry=registry, errors=kopf.ErrorsMode.PERMANENT)(startup)
    kopf.on.cleanup(registry=registry, errors=kopf.ErrorsMode.PERMANENT)(cleanup)
