"""The inside of a gate: takes requests, asks the server behind, passes its answers on.

It reads whole requests and answers, but passes the events of a watch on line by line. Everything
here runs in one event loop.
"""

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from itertools import count
from typing import Any, TypeVar
from weakref import WeakSet

import aiohttp
from aiohttp import web
from yarl import URL

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
from tests.chaos.streams import Stream

_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "upgrade"}
    | {"te", "trailer", "proxy-connection", "accept-encoding"}
)
_LARGEST_BODY = 64 * 1024 * 1024
_FAREWELL_SECONDS = 10.0

Given = TypeVar("Given")


class _DropError(Exception):
    """The client gets no answer."""


class Proxy:
    """Listens on one port; `rules` and `passed` may be read and appended to from other threads."""

    def __init__(self, upstream: str, ca: str | None, port: int) -> None:
        """`upstream`: URL of the server behind; `ca`: who signs for it, in PEM."""
        self.rules: list[Rule] = []
        self.passed: list[Passed] = []
        self.streams: set[Stream] = set()
        self._upstream = upstream
        self._tls = None if ca is None else ssl.create_default_context(cadata=ca)
        self._port = port
        self._numbers = count(1)
        self._work: set[asyncio.Task[Any]] = set()
        self._listening: asyncio.Server | None = None
        self._sockets = WeakSet[socket.socket]()

    async def serve(self, started: Callable[[], None], end: asyncio.Event) -> None:
        """Listen until told to end; everything is closed then."""
        self._loop = asyncio.get_running_loop()
        self._mended = asyncio.Event()
        self._mended.set()
        # A connection that a server has closed meanwhile would look like a failure of ours.
        connector = aiohttp.TCPConnector(
            limit=0, ssl=self._tls or True, keepalive_timeout=2.0, socket_factory=self._socket
        )
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1
        )
        async with aiohttp.ClientSession(
            connector=connector, auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None)
        ) as self._session:
            # The library sends some requests twice when a connection breaks; a gate must not.
            self._session._retry_connection = False
            await self._runner.setup()
            await self.open()
            started()
            await end.wait()
            self.refuse()
            for task in self._work:
                task.cancel()
            await asyncio.gather(*self._work, return_exceptions=True)
            await self._runner.cleanup()
        await self._parted()

    def _socket(self, address: tuple[Any, ...]) -> socket.socket:
        """One for a connection to the server behind."""
        family, kind, protocol, *_ = address
        made = socket.socket(family, kind, protocol)
        self._sockets.add(made)
        return made

    async def _parted(self) -> None:
        """Wait until every TLS connection has said farewell, also those of requests given up."""
        async with asyncio.timeout(_FAREWELL_SECONDS):
            while any(one.fileno() >= 0 for one in self._sockets):  # noqa: ASYNC110 - nobody is told
                await asyncio.sleep(0.01)

    async def open(self) -> None:
        """Let everything through that comes from now on."""
        self._mended.set()
        if self._listening is None:
            assert self._runner.server is not None
            self._listening = await self._loop.create_server(
                self._runner.server, "127.0.0.1", self._port, reuse_address=True, backlog=512
            )

    def refuse(self) -> None:
        """Close every connection, and listen no more."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()

    def hang(self) -> None:
        """Let nothing through, in either direction."""
        self._mended.clear()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            asked = await self._read(request)
            rule = next((one for one in self.rules if one.takes(asked)), None)
            act = None if rule is None else rule.act
            if asked.is_watch:
                return await self._watch(request, asked, act)
            # A client that gives up does not take back what it has asked for.
            return await asyncio.shield(self.keep(self._answer(asked, request.raw_path, act)))
        except (_DropError, aiohttp.ClientError, ConnectionError):
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=502)

    async def _read(self, request: web.Request) -> Asked:
        transport = request.transport
        peer = None if transport is None else transport.get_extra_info("peername")
        return Asked(
            number=next(self._numbers),
            at=time.time(),
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=await request.read(),
            port=peer[1] if peer else 0,
        )

    def keep(self, work: Coroutine[Any, Any, Given]) -> "asyncio.Task[Given]":
        """Do it, whoever waits for it; until the end at most."""
        task = self._loop.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._worked)
        return task

    def _worked(self, task: "asyncio.Task[Any]") -> None:
        self._work.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, _DropError | aiohttp.ClientError):
            logging.getLogger(__name__).error("the gate failed", exc_info=error)

    async def _before(self, asked: Asked, act: Act | None) -> None:
        await self._unhung(asked)
        match act:
            case Before(callback):
                if callback(asked) is Then.DROP:
                    self._note(asked)
                    raise _DropError
            case Delay(seconds):
                await asyncio.sleep(seconds)
            case Hang():
                self._note(asked)
                await self._loop.create_future()

    async def _unhung(self, asked: Asked, status: int = 0) -> None:
        """Lose what is under way while nothing comes through."""
        if not self._mended.is_set():
            self._note(asked, status, arrived=status > 0)
            await self._mended.wait()
            raise _DropError

    async def _answer(self, asked: Asked, raw_path: str, act: Act | None) -> web.Response:
        await self._before(asked, act)
        if isinstance(act, Refuse):
            self._note(asked, act.status, answered=True)
            headers = {"Content-Type": "application/json", **act.headers}
            return web.Response(status=act.status, headers=headers, body=act.content())
        try:
            async with self._forward(asked, raw_path) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, ConnectionError):
            self._note(asked)
            raise
        await self._unhung(asked, answer.status)
        lost = isinstance(act, LoseAnswer)
        if isinstance(act, After):
            lost = act.callback(asked) is Then.DROP
        self._note(asked, answer.status, arrived=True, answered=not lost)
        if lost:
            raise _DropError
        if isinstance(act, Rewrite):
            body = act.change(body)
        return web.Response(status=answer.status, headers=_passed_on(answer.headers), body=body)

    def _forward(self, asked: Asked, raw_path: str) -> Any:
        headers = _passed_on(asked.headers) | {"accept-encoding": "identity"}
        return self._session.request(
            asked.method,
            URL(self._upstream + raw_path, encoded=True),
            headers=headers,
            data=asked.body or None,
            allow_redirects=False,
            skip_auto_headers=("Accept", "User-Agent", "Content-Type"),
        )

    async def _watch(
        self, request: web.Request, asked: Asked, act: Act | None
    ) -> web.StreamResponse:
        if isinstance(act, Refuse):
            return await self._answer(asked, request.raw_path, act)
        await self._before(asked, act)
        async with self._forward(asked, request.raw_path) as answer:
            passed_on = web.StreamResponse(status=answer.status, headers=_passed_on(answer.headers))
            stream = Stream(asked, answer, self._changed)
            self._note(asked, answer.status, arrived=True, answered=True)
            await passed_on.prepare(request)
            self.streams.add(stream)
            try:
                async for line in stream.lines():
                    await self._mended.wait()
                    await passed_on.write(line)
            finally:
                self.streams.discard(stream)
            with suppress(ConnectionError):
                await passed_on.write_eof()
            return passed_on

    def _changed(self, asked: Asked, line: bytes) -> bytes | None:
        """A line as the first rule wants it that is for this watch."""
        for rule in self.rules:
            if isinstance(rule.act, Lines) and not rule.is_spent and rule.matches(asked):
                changed = rule.act.change(line)
                rule.hits += changed != line
                return changed
        return line

    def _note(
        self, asked: Asked, status: int = 0, *, arrived: bool = False, answered: bool = False
    ) -> None:
        self.passed.append(
            Passed(
                number=asked.number,
                at=asked.at,
                method=asked.method,
                path=asked.path,
                query=asked.query,
                body=asked.body if asked.is_write else b"",
                status=status,
                port=asked.port,
                arrived=arrived,
                answered=answered,
                user_agent=asked.headers.get("user-agent", ""),
            )
        )


def _passed_on(headers: Any) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP}
