"""Waiting for what watches bring."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from sim_operator.kube.connection import ApiClient
from sim_operator.kube.feed import Feed
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.store import Store
from sim_operator.kube.watches import Watches
from sim_operator.kube.watching import Timing

_PATIENCE = 90.0


def watches(
    api: ApiClient, store: Store, *namespaces: str, timing: Timing | None = None
) -> Watches:
    """Watches of every kind: each of them can carry any."""
    return Watches(
        api,
        Feed(store),
        namespaces,
        lambda *_: None,
        kinds=KINDS,
        complete=store.complete.set,
        timing=timing or Timing(),
    )


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[asyncio.Task[None]]:
    """Let it run meanwhile; what it raises by itself is raised here."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        if not task.done():
            task.cancel()
        await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error


async def until(store: Store, holds: Callable[[], bool]) -> None:
    """Wait for the change after which it holds."""
    changed = asyncio.Event()
    unsubscribe = store.subscribe(lambda _: changed.set())
    try:
        async with asyncio.timeout(_PATIENCE):
            while not holds():
                await changed.wait()
                changed.clear()
    finally:
        unsubscribe()
