"""The history, opened beside everything else: without it the console shows the present.

A database that is away, full, damaged or of a newer version is told of and tried again. Nothing
else waits for it.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from sim_operator.console.problems import Problem
from sim_operator.history import (
    Happening,
    Health,
    History,
    HistoryError,
    Keep,
    open_history,
)
from sim_operator.hooks.complaints import Complaints

log = logging.getLogger(__name__)

_RETRY_SECONDS: Final = 15.0
_LOOK_SECONDS: Final = 60.0
_PRUNE_SECONDS: Final = 6 * 3600.0


class Archive:
    """The way to the history, which may be closed; `run` has to be running."""

    def __init__(self, url: str | None, keep: Keep, now: Callable[[], datetime]) -> None:
        """`url`: of the database, checked already; None: no history. `keep`: how long what is."""
        self._url = url
        self._keep = keep
        self._now = now
        self._history: History | None = None
        self._trouble = "it is being opened"
        self._complaints = Complaints(log)
        self.health: Health | None = None
        """How the database did a minute ago."""

    @property
    def configured(self) -> bool:
        """Whether a history is kept at all."""
        return self._url is not None

    @property
    def history(self) -> History | None:
        """The open history; None where there is none, or not now."""
        return self._history

    @property
    def trouble(self) -> str | None:
        """Why it is not open; None where it is, or none is kept."""
        return self._trouble if self._url is not None and self._history is None else None

    def opened(self) -> History:
        """The open history.

        Raises:
            Problem: none is kept, or it is not open now.
        """
        if self._history is not None:
            return self._history
        if self._url is None:
            raise Problem(
                404,
                "no-history",
                "No history is kept",
                "The console was started without SIM_OPERATOR_DATABASE_URL. Whoever runs it can "
                "give it a database.",
            )
        raise unavailable(self._trouble)

    def complain(self, error: HistoryError) -> None:
        """Say in the log that it could not be asked, where the answer goes without it."""
        self._complaints.tell("asked", "the history could not be asked: %s", error)

    async def tell(self, happenings: Sequence[Happening]) -> bool:
        """Keep what happened; False where the history is not open.

        Raises:
            HistoryError: it could not be written.
        """
        if self._history is None:
            return False
        await self._history.tell(happenings)
        return True

    async def run(self) -> None:
        """Open it, and keep it small, until cancelled; where none is kept, at once over."""
        while self._url is not None:
            try:
                async with open_history(self._url) as history:
                    self._history = history
                    log.info("the history is open")
                    await self._keep_up(history)
            except HistoryError as error:
                if self._trouble != str(error):
                    log.error("the history cannot be used: %s", error)  # noqa: TRY400 - says it all
                self._trouble = str(error)
            finally:
                self._history = None
            await asyncio.sleep(_RETRY_SECONDS)

    async def _keep_up(self, history: History) -> None:
        """Look after it while it is open."""
        prune_at = 0.0
        while True:
            try:
                self.health = await history.health()
                if time.monotonic() >= prune_at:
                    prune_at = time.monotonic() + _PRUNE_SECONDS
                    await self._prune(history)
            except HistoryError as error:
                self._complaints.tell("upkeep", "the history cannot be looked after: %s", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _prune(self, history: History) -> None:
        pruned = await history.prune(self._now(), self._keep)
        if pruned.days or pruned.parts or pruned.happenings:
            log.info("old history was deleted: %s", pruned)


def unavailable(trouble: object) -> Problem:
    """That the history cannot be asked now."""
    return Problem(
        503,
        "history-unavailable",
        "The history cannot be asked now",
        f"{trouble}. The present is shown all the same; try again in a minute.",
        headers={"Retry-After": "60"},
    )


@asynccontextmanager
async def asking() -> AsyncIterator[None]:
    """What goes wrong with the history within the context, as a problem of the request."""
    try:
        yield
    except HistoryError as error:
        raise unavailable(error) from error
