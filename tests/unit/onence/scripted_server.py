"""An HTTP server on 127.0.0.1 that answers as a test says, also in ways no web framework would."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

TOKEN = "tok-" + "t" * 40


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    raw: bytes | None = None
    """Sent instead, and the connection is closed."""
    hang: bool = False
    """Nothing more is sent, and the connection stays."""
    drip: bytes | None = None
    """After the head, one byte now and then, without end."""


def of_json(value: object, status: int = 200, **headers: str) -> Reply:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"content-type": "application/json", **named})


class ScriptedServer:
    """Grants tokens by itself; every other call is answered by `answer`, or by the next script."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.tokens_granted = 0
        self.oauth: Callable[[], Reply] = self.grant
        self.script: list[Reply] = []
        self.answer: Callable[[Asked], Reply] = lambda _: Reply(500)
        self.url = ""
        self._handlers: set[asyncio.Task[None]] = set()

    def grant(self) -> Reply:
        self.tokens_granted += 1
        token = f"{TOKEN}{self.tokens_granted}"
        return of_json({"status_code": 200, "access_token": token, "expires_in": 3600})

    def calls(self, method: str | None = None) -> list[Asked]:
        """What was asked, without the questions for tokens."""
        return [
            one for one in self.asked if one.path != "/oauth/token" and method in (None, one.method)
        ]

    @contextlib.asynccontextmanager
    async def running(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["ScriptedServer"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()
            for handler in self._handlers:
                handler.cancel()
            await asyncio.gather(*self._handlers, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handler = asyncio.current_task()
        assert handler is not None
        self._handlers.add(handler)
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._handlers.discard(handler)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, target, _ = head[0].split(" ")
        pairs = (line.split(": ", 1) for line in head[1:] if line)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path, _, query = target.partition("?")
        asked = Asked(method, path, query, headers, body)
        self.asked.append(asked)
        reply = self._reply(asked)
        if reply.hang:
            await asyncio.Event().wait()
        if reply.raw is not None:
            writer.write(reply.raw)
            await writer.drain()
            return False
        length = 10_000 if reply.drip else len(reply.body)
        lines = [f"HTTP/1.1 {reply.status} X", f"content-length: {length}"]
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        no_body = reply.status == 204
        writer.write("\r\n".join(lines[:1] + lines[1 + no_body :] + ["", ""]).encode() + reply.body)
        while reply.drip:
            writer.write(reply.drip)
            await writer.drain()
            await asyncio.sleep(0.02)
        await writer.drain()
        return True

    def _reply(self, asked: Asked) -> Reply:
        if asked.path == "/oauth/token":
            return self.oauth()
        return self.script.pop(0) if self.script else self.answer(asked)
