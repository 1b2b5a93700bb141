"""Nobody who reaches a port can use up what the process lives on."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from sim_operator.serving import Bounds, LoopServer

SOON = Bounds(connections=3, head_seconds=0.3, rest_seconds=0.3, answer_seconds=0.3)
PATIENT = Bounds(connections=3)
LARGE = 20_000_000
"""Bytes: more than the kernel's own buffers hold."""


def application() -> FastAPI:
    app = FastAPI()
    app.state.gate = asyncio.Event()
    app.state.waiting = asyncio.Semaphore(0)

    @app.get("/")
    async def short() -> str:
        return "here"

    @app.get("/large")
    async def large() -> Response:
        return Response(b"x" * LARGE)

    @app.get("/busy")
    async def busy() -> str:
        app.state.waiting.release()
        await app.state.gate.wait()
        return "done"

    @app.post("/unread")
    async def unread() -> Response:
        return Response("no", 401)

    @app.get("/source")
    async def source(request: Request) -> str:
        assert request.client is not None
        return request.client.host

    return app


@contextlib.asynccontextmanager
async def served(bounds: Bounds) -> AsyncIterator[tuple[LoopServer, FastAPI]]:
    app = application()
    server = LoopServer(
        app, port=0, host="127.0.0.1", serves="a test", setting="NONE", bounds=bounds
    )
    async with server:
        yield server, app


class Caller:
    """A connection over which bytes are sent as a test says."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def say(self, text: str) -> None:
        self.writer.write(text.encode())
        await self.writer.drain()

    async def is_hung_up_on(self) -> bool:
        """Wait for the end of the connection."""
        with contextlib.suppress(ConnectionError):
            async with asyncio.timeout(60):
                while await self.reader.read(65536):
                    pass
        return True

    async def head(self) -> str:
        async with asyncio.timeout(60):
            return (await self.reader.readuntil(b"\r\n\r\n")).decode()


@contextlib.asynccontextmanager
async def calling(server: LoopServer, *, slow: bool = False) -> AsyncIterator[Caller]:
    connection = socket.socket()
    if slow:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", server.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=2**16)
    try:
        yield Caller(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("said", ["", "G", "GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_who_does_not_say_what_he_wants_is_hung_up_on(said: str) -> None:
    async with served(SOON) as (server, _), calling(server) as caller:
        await caller.say(said)
        assert await caller.is_hung_up_on()
        assert len(server.crowd) == 0


async def test_a_head_that_comes_byte_by_byte_gains_no_time() -> None:
    async with served(SOON) as (server, _), calling(server) as caller:
        await caller.say("GET / HTTP/1.1\r\nX: ")

        async def drip() -> None:
            with contextlib.suppress(ConnectionError):
                while True:
                    await caller.say("x")
                    await asyncio.sleep(0.02)

        dripping = asyncio.create_task(drip())
        assert await caller.is_hung_up_on()
        dripping.cancel()


async def test_the_head_of_a_second_request_has_its_time_too() -> None:
    async with served(SOON) as (server, _), calling(server) as caller:
        await caller.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert "200 OK" in await caller.head()
        await caller.say("GET / HT")
        assert await caller.is_hung_up_on()


async def test_a_connection_between_two_requests_is_kept() -> None:
    async with served(SOON) as (server, _), calling(server) as caller:
        for _ in range(2):
            await caller.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert "200 OK" in await caller.head()
            await caller.reader.readexactly(len('"here"'))
            await asyncio.sleep(2 * SOON.head_seconds)


async def test_a_body_that_nobody_reads_has_an_end() -> None:
    async with served(SOON) as (server, _), calling(server) as caller:
        await caller.say("POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n")
        assert "401 Unauthorized" in await caller.head()
        assert await caller.is_hung_up_on()


async def test_who_does_not_take_his_answer_is_hung_up_on() -> None:
    async with served(SOON) as (server, _), calling(server, slow=True) as caller:
        await caller.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: len(server.crowd) == 0)


async def test_answers_that_are_not_taken_are_bounded_all_together() -> None:
    bounds = Bounds(connections=9, untaken=LARGE)
    async with served(bounds) as (server, _), contextlib.AsyncExitStack() as stack:
        callers = [await stack.enter_async_context(calling(server, slow=True)) for _ in range(3)]
        for number, caller in enumerate(callers, start=1):
            await caller.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            await until(lambda number=number: len(server.crowd) == 3 - (number - 1))  # type: ignore[misc]
            await caller.head()


async def test_who_does_nothing_makes_room_for_who_comes() -> None:
    async with served(PATIENT) as (server, _), contextlib.AsyncExitStack() as stack:
        idle = [await stack.enter_async_context(calling(server)) for _ in range(3)]
        await until(lambda: len(server.crowd) == 3)
        async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
            for _ in range(3):
                answer = await http.get(f"http://127.0.0.1:{server.port}/")
                assert answer.status_code == 200
        assert await idle[0].is_hung_up_on()
        assert len(server.crowd) <= 3


async def test_who_is_being_answered_is_not_given_up_for_others() -> None:
    async with served(PATIENT) as (server, app), contextlib.AsyncExitStack() as stack:
        busy = [await stack.enter_async_context(calling(server)) for _ in range(3)]
        for caller in busy:
            await caller.say("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n")
            await app.state.waiting.acquire()
        async with calling(server) as late:
            assert await late.is_hung_up_on()
        app.state.gate.set()
        for caller in busy:
            assert "200 OK" in await caller.head()


async def test_a_crowd_of_idle_connections_keeps_no_probe_out() -> None:
    async with served(PATIENT) as (server, _), contextlib.AsyncExitStack() as stack:
        for _ in range(60):
            await stack.enter_async_context(calling(server))
        for _ in range(5):
            async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
                assert (await http.get(f"http://127.0.0.1:{server.port}/")).status_code == 200


@pytest.mark.parametrize(
    "said",
    ["nonsense\r\n\r\n", "GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"],
)
async def test_what_is_no_request_writes_no_line(
    said: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(PATIENT) as (server, _), calling(server) as caller:
        await caller.say(said)
        await caller.head()
    assert caplog.records == []


async def test_a_head_that_does_not_end_is_refused() -> None:
    async with served(PATIENT) as (server, _), calling(server) as caller:
        with contextlib.suppress(ConnectionError):
            await caller.say(f"GET / HTTP/1.1\r\nX: {'x' * 200_000}")
        assert await caller.is_hung_up_on()


async def test_a_header_does_not_decide_where_a_request_came_from() -> None:
    async with (
        served(PATIENT) as (server, _),
        httpx.AsyncClient(trust_env=False, timeout=60) as http,
    ):
        headers = {"X-Forwarded-For": "203.0.113.9"}
        answer = await http.get(f"http://127.0.0.1:{server.port}/source", headers=headers)
    assert answer.json() == "127.0.0.1"
