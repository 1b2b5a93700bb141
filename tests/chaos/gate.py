"""A gate between the operator and a server: what passes is told, held up, changed or lost.

A reverse proxy in a thread of its own, in front of the API server or of 1NCE.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.chaos.acts import (
    Act,
    After,
    Asked,
    Before,
    Delay,
    Hang,
    Lines,
    LoseAnswer,
    Passed,
    Refuse,
    Rewrite,
    Rule,
    Then,
)
from tests.chaos.proxy import Proxy
from tests.chaos.streams import Stream
from tests.cluster.control_plane import free_port

__all__ = [
    "Act",
    "After",
    "Asked",
    "Before",
    "Delay",
    "Gate",
    "Hang",
    "Lines",
    "LoseAnswer",
    "Passed",
    "Refuse",
    "Rewrite",
    "Rule",
    "Then",
    "is_write",
]

_STEP_SECONDS = 30.0

Given = TypeVar("Given")


def is_write(asked: Asked) -> bool:
    """Whether a request asks for a change."""
    return asked.is_write


def _any(_: Asked) -> bool:
    return True


class Gate:
    """A context manager; every method may be called from any thread.

    Rules and cuts take effect before the call returns. Callbacks of rules run in the gate's thread.
    """

    is_write = staticmethod(is_write)

    def __init__(self, upstream_url: str, ca: str | None = None) -> None:
        """`upstream_url`: the server's; `ca`: its certificate authority in PEM."""
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._proxy = Proxy(upstream_url.rstrip("/"), ca, port)
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="gate", daemon=True)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        self._started.result(_STEP_SECONDS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection and end the thread."""
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(_STEP_SECONDS)
        assert not self._thread.is_alive(), "the gate does not end"

    @property
    def passed(self) -> list[Passed]:
        """What was dealt with, in the order in which it ended; watches when they begin."""
        return self._proxy.passed

    @property
    def writes(self) -> list[Passed]:
        """Those among them that ask for a change."""
        return [one for one in list(self.passed) if one.is_write]

    @property
    def watches(self) -> list[Asked]:
        """The requests of the watches that are open."""
        return self._in_loop(lambda: [one.asked for one in self._proxy.streams])

    def on(
        self,
        match: Callable[[Asked], bool],
        act: Act,
        *,
        times: int | None = None,
        skip: int = 0,
    ) -> Rule:
        """From now on do this to what matches; the first so many matches are let through."""
        rule = Rule(match, act, times, skip)
        self._proxy.rules.append(rule)
        return rule

    def clear(self) -> None:
        """End all rules."""
        for rule in self._proxy.rules:
            rule.remove()

    def cut(self, *, hang: bool = False) -> None:
        """Close every connection and refuse new ones.

        `hang`: as a network that swallows packets; connections stay, and nothing comes through.
        """
        self._in_loop(self._proxy.hang if hang else self._proxy.refuse)

    def mend(self) -> None:
        """End a cut: watches that hung go on, requests that hung are never answered."""
        if threading.current_thread() is self._thread:  # a callback, which cannot wait for it
            self._proxy.keep(self._proxy.open())
        else:
            self._wait_for(self._proxy.open())

    def freeze_watches(self, match: Callable[[Asked], bool] = _any) -> int:
        """Let the watches that are open now stay open and tell nothing more; how many."""
        return self._in_loop(lambda: sum(one.freeze() for one in self._matching(match)))

    def end_watches(self, match: Callable[[Asked], bool] = _any) -> int:
        """End the watches that are open now, as the API server does after some minutes."""
        return self._in_loop(lambda: sum(one.end() for one in self._matching(match)))

    def _matching(self, match: Callable[[Asked], bool]) -> list[Stream]:
        return [one for one in self._proxy.streams if match(one.asked)]

    def _in_loop(self, work: Callable[[], Given]) -> Given:
        async def call() -> Given:
            return work()

        if threading.current_thread() is self._thread:
            return work()
        return self._wait_for(call())

    def _wait_for(self, work: Coroutine[Any, Any, Given]) -> Given:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_STEP_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        await self._proxy.serve(lambda: self._started.set_result(None), self._end)
