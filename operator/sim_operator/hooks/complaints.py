"""Log lines that whoever sends requests could otherwise write as often as he likes."""

import logging
import time
from collections.abc import Callable, Hashable

PAUSE = 60.0
_MOST = 10_000


class Complaints:
    """Lets the first line of a kind through, then one a minute, which says how many there were."""

    def __init__(
        self, logger: logging.Logger, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`logger`: where the lines go."""
        self._logger = logger
        self._monotonic = monotonic
        self._told: dict[Hashable, tuple[float, int]] = {}

    def tell(self, kind: Hashable, text: str, *details: object) -> None:
        """One line, at WARNING; `kind`: what is told once a minute, with `text` in `%` style."""
        now = self._monotonic()
        last, untold = self._told.get(kind, (float("-inf"), 0))
        if now - last < PAUSE:
            self._told[kind] = (last, untold + 1)
            return
        if len(self._told) >= _MOST:
            self._told.clear()
        self._told[kind] = (now, 0)
        more = f" (and {untold} times since this was last said)" if untold else ""
        self._logger.warning(f"{text}{more}", *details)  # noqa: G004 - a number, and never a `%`
