"""An HTTP server in the event loop of the operator, with a bounded start and end.

In that loop on purpose: an answer proves that it still turns, and what is served needs no lock.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Generator
from functools import partial
from typing import Any, ClassVar, Self

import uvicorn

from sim_operator.serving.connections import BoundedProtocol, Bounds, Crowd

_START_TIMEOUT = 10.0
_STOP_TIMEOUT = 2
_KEEP_ALIVE = 75
"""Longer than Ingress controllers keep an idle connection (60 s mostly): whoever closes second must
not be us, or a request that is just being sent meets a closed door."""


class ServingError(Exception):
    """The server cannot start; the message is one line that says why."""


class _Server(uvicorn.Server):
    """Leaves the signals alone, which kopf owns, and tells when it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.serving = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.serving.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class LoopServer:
    """Serves while the asynchronous context is open; `port` is the one that was bound."""

    failure: ClassVar[type[ServingError]] = ServingError
    """What is raised where the port cannot be had."""

    def __init__(
        self,
        app: Any,
        *,
        port: int,
        host: str,
        serves: str,
        setting: str,
        bounds: Bounds | None = None,
    ) -> None:
        """`port` 0 takes a free one; an empty `host` means every address, IPv4 and IPv6.

        `app`: an ASGI application; `serves`: what, in words; `setting`: the variable that chooses
        another port; `bounds`: other ones than the usual.
        """
        self._host = host
        self.port = port
        self._serves = serves
        self._setting = setting
        self.crowd = Crowd(bounds or Bounds())
        protocol: Any = partial(BoundedProtocol, self.crowd)
        config = uvicorn.Config(
            app,
            http=protocol,
            # What a header says of where a request came from is believed of nobody.
            proxy_headers=False,
            loop="none",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_STOP_TIMEOUT,
            timeout_keep_alive=_KEEP_ALIVE,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None
        self._socket: socket.socket | None = None

    async def __aenter__(self) -> Self:
        """Bind and serve.

        Raises:
            ServingError: the port is taken or may not be used (as `failure`).
        """
        self._socket = self._bind()
        self.port = int(self._socket.getsockname()[1])
        self._task = asyncio.create_task(
            self._server.serve(sockets=[self._socket]), name=f"server of {self._serves}"
        )
        try:
            async with asyncio.timeout(_START_TIMEOUT):
                await self._server.serving.wait()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Answer what was asked, for two seconds at most, and close the port."""
        await self._end()

    async def _end(self) -> None:
        self._server.should_exit = True
        try:
            if self._task is not None:
                await self._task
        except asyncio.CancelledError:
            if self._task is None or not self._task.cancelled():
                raise
        finally:
            if self._socket is not None:
                self._socket.close()

    def _bind(self) -> socket.socket:
        everywhere = not self._host and socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if everywhere or ":" in self._host else socket.AF_INET
        try:
            return socket.create_server(
                (self._host, self.port), family=family, dualstack_ipv6=everywhere, backlog=128
            )
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else str(error)
            raise self.failure(
                f"cannot serve {self._serves} on port {self.port}: {why}; "
                f"{self._setting} chooses another"
            ) from None
