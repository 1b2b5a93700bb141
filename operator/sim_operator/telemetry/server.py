"""`/metrics`, `/healthz` and `/readyz`, in the event loop of the operator.

In that loop on purpose: an answer proves that it still turns. A scrape takes its picture of the
fleet in the loop, where nothing can change meanwhile, and renders and packs the frozen values in
a thread.
"""

import asyncio
import contextlib
import gzip
import logging
import os
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Self

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry

from sim_operator.settings import PerSimMetrics
from sim_operator.telemetry.exposition import BuildInfo, render
from sim_operator.telemetry.fleet import AUTO_LIMIT, FleetPicture, FleetView
from sim_operator.telemetry.health import Heartbeats

logger = logging.getLogger(__name__)

Readiness = Callable[[], tuple[bool, str]]
"""Whether this process is ready, and why (not)."""

_START_TIMEOUT = 10.0
_STOP_TIMEOUT = 2
_WORTH_PACKING = 64 * 1024


class TelemetryError(Exception):
    """The server cannot start; the message is one line that says why."""


@dataclass(slots=True)
class Scrapes:
    """Answers scrapes, one after the other: each may take some ten megabytes while it lasts."""

    registry: CollectorRegistry
    view: FleetView
    per_sim: PerSimMetrics = "auto"
    build: BuildInfo = field(default_factory=BuildInfo.installed)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _told: bool = False

    async def answer(self, accept: str, *, packed: bool) -> Response:
        """One scrape; `packed`: the client reads gzip."""
        async with self._turn:
            picture = FleetPicture.of(self.view, self.per_sim)
            self._tell(picture)
            body, content_type = await asyncio.to_thread(
                render, self.registry, picture, self.build, accept
            )
            headers = {"Content-Type": content_type, "Vary": "Accept, Accept-Encoding"}
            if packed and len(body) > _WORTH_PACKING:
                body = await asyncio.to_thread(gzip.compress, body, 1)
                headers["Content-Encoding"] = "gzip"
        return Response(body, headers=headers)

    def _tell(self, picture: FleetPicture) -> None:
        if picture.too_many_sims and not self._told:
            logger.info(
                "more than %d SIMs: no metrics per SIM, unless SIM_OPERATOR_PER_SIM_METRICS is on",
                AUTO_LIMIT,
            )
        self._told = picture.too_many_sims


def application(scrapes: Scrapes, heartbeats: Heartbeats, ready: Readiness) -> FastAPI:
    """The three paths; anything else is 404, as JSON."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        packed = "gzip" in request.headers.get("accept-encoding", "")
        return await scrapes.answer(request.headers.get("accept", ""), packed=packed)

    @app.get("/healthz")
    async def healthz() -> Response:
        loops = heartbeats.loops()
        stuck = [name for name, loop in loops.items() if loop.stuck]
        body = {
            "status": "stuck" if stuck else "ok",
            "stuck": stuck,
            "loops": {
                name: {"ageSeconds": round(loop.age, 3), "deadlineSeconds": loop.deadline}
                for name, loop in loops.items()
            },
        }
        return JSONResponse(body, status_code=503 if stuck else 200)

    @app.get("/readyz")
    async def readyz() -> Response:
        is_ready, reason = ready()
        status = "ready" if is_ready else "not ready"
        body = {"status": status, "reason": reason}
        return JSONResponse(body, status_code=200 if is_ready else 503)

    return app


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


class TelemetryServer:
    """Serves while the asynchronous context is open; `port` is the one that was bound."""

    def __init__(
        self,
        scrapes: Scrapes,
        heartbeats: Heartbeats,
        ready: Readiness,
        *,
        port: int,
        host: str = "",
    ) -> None:
        """`port` 0 takes a free one; an empty `host` means every address, IPv4 and IPv6."""
        self._host = host
        self.port = port
        config = uvicorn.Config(
            application(scrapes, heartbeats, ready),
            loop="none",
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_STOP_TIMEOUT,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None
        self._socket: socket.socket | None = None

    async def __aenter__(self) -> Self:
        """Bind and serve.

        Raises:
            TelemetryError: the port is taken or may not be used.
        """
        self._socket = self._bind()
        self.port = int(self._socket.getsockname()[1])
        self._task = asyncio.create_task(
            self._server.serve(sockets=[self._socket]), name="telemetry server"
        )
        try:
            async with asyncio.timeout(_START_TIMEOUT):
                await self._server.serving.wait()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Answer what was asked, for two seconds at most, and close the port."""
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
            raise TelemetryError(
                f"cannot serve metrics and probes on port {self.port}: {why}; "
                "SIM_OPERATOR_METRICS_PORT chooses another"
            ) from None
