"""Whatever is not a success is answered slowly: to guess is slow, and a flood cannot fill the loop.

Nobody is locked out: right credentials are answered at once while others guess, since behind one
proxy both come from one address. How many guess at the same time the connections bound.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = 1.0
_AT_THIS_PACE = 16
"""Held at once, before each further one waits longer."""
_LONGEST = 10
_MOST = 512
"""Held at once, also for clients that have hung up; beyond, nothing is looked at."""


class Slowed:
    """An application whose refusals take their time."""

    def __init__(self, app: ASGIApp, seconds: float = SECONDS) -> None:
        """`seconds`: how long at least; up to ten times as long while many are refused."""
        self._app = app
        self._seconds = seconds
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._held >= _MOST:
            await _refuse(send)
            return

        async def slowly(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] != 200:
                await self._hold()
            await send(message)

        await self._app(scope, receive, slowly)

    async def _hold(self) -> None:
        self._held += 1
        try:
            await asyncio.sleep(self._seconds * min(_LONGEST, 1 + self._held // _AT_THIS_PACE))
        finally:
            self._held -= 1


async def _refuse(send: Send) -> None:
    body = b'{"detail":"Too many requests are refused now. Send it again."}'
    headers = [(b"content-type", b"application/json"), (b"retry-after", b"5")]
    headers += [(b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body})
