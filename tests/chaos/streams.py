"""The stream of a watch on its way through a gate."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import aiohttp

from tests.chaos.acts import Asked


class Stream:
    """One watch; lives in the gate's event loop."""

    def __init__(
        self,
        asked: Asked,
        answer: aiohttp.ClientResponse,
        changed: Callable[[Asked, bytes], bytes | None],
    ) -> None:
        """`changed`: what is passed on of a line; None for nothing."""
        self.asked = asked
        self._answer = answer
        self._changed = changed
        self._frozen = False

    def freeze(self) -> bool:
        """Pass nothing on from now on, and never end; whether it did before."""
        was, self._frozen = self._frozen, True
        return not was

    def end(self) -> bool:
        """End what the server sends; whether that shows."""
        self._answer.close()
        return not self._frozen

    async def lines(self) -> AsyncIterator[bytes]:
        """Whole lines as they arrive, each with its line end."""
        rest = b""
        with suppress(aiohttp.ClientError, ConnectionError):
            async for chunk in self._answer.content.iter_any():
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    changed = None if self._frozen else self._changed(self.asked, line + b"\n")
                    if changed is not None and not self._frozen:
                        yield changed
        if self._frozen:
            # Silent without closing: the client has to notice by itself.
            await asyncio.get_running_loop().create_future()
