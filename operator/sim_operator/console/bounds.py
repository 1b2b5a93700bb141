"""How much one request may bring, and how many are worked on at the same time.

A body is read before anybody looks at who sends it, so that all bodies together have a bound, too.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sim_operator.console.problems import Problem
from sim_operator.hooks.room import NoRoomError, Room, Share

BODY: Final = 64 * 1024
"""Bytes of a body, unless its path may bring more."""
DELIVERY: Final = 4 * 1024 * 1024
LARGER: Final[Mapping[str, int]] = {
    "/internal/v1/readings": DELIVERY,
    "/internal/v1/parts": DELIVERY,
}
_BODY_SECONDS: Final = 15.0
_AT_ONCE: Final = 256
"""More than a few dozen viewers ask for at a time; each may hold some megabytes while it lasts."""


class BoundedRequests:
    """An application that reads no more than it may, and says so."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        body: int = BODY,
        larger: Mapping[str, int] = LARGER,
        seconds: float = _BODY_SECONDS,
        at_once: int = _AT_ONCE,
    ) -> None:
        """`body`: bytes; `larger`: by path; `seconds`: for a body to come; `at_once`: requests."""
        self._app = app
        self._body = body
        self._larger = larger
        self._seconds = seconds
        self._at_once = at_once
        self._present = 0
        self._room = Room()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._present >= self._at_once:
            await _busy().response()(scope, receive, send)
            return
        self._present += 1
        try:
            with self._room.share() as share:
                await self._answer(scope, receive, send, share)
        except NoRoomError:
            await _busy().response()(scope, receive, send)
        finally:
            self._present -= 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send, share: Share) -> None:
        largest = self._larger.get(scope["path"], self._body)
        if _told_length(scope) > largest:
            await _too_large(largest).response()(scope, receive, send)
            return
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    if message["type"] != "http.request":
                        return
                    body += message.get("body", b"")
                    share.grow(len(body))
                    if len(body) > largest:
                        await _too_large(largest).response()(scope, receive, send)
                        return
                    if not message.get("more_body", False):
                        break
        except TimeoutError:
            await _too_slow().response()(scope, receive, send)
            return
        given = False

        async def whole() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": bytes(body), "more_body": False}

        await self._app(scope, whole, send)


def _told_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0


def _busy() -> Problem:
    detail = "Too many requests are worked on now. Send it again in a few seconds."
    return Problem(503, "busy", "Too busy", detail, headers={"Retry-After": "2"})


def _too_large(largest: int) -> Problem:
    detail = f"The body is larger than {largest} bytes. Send less, or in several requests."
    return Problem(413, "too-large", "Too large", detail)


def _too_slow() -> Problem:
    return Problem(408, "too-slow", "Too slow", "The body did not come in time. Send it again.")
