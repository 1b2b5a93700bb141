"""`/metrics`, `/healthz` and `/readyz`, in the event loop of the operator.

A scrape takes its picture of the fleet in the loop, some SIMs at a time, and sums up, renders and
packs the frozen values in a thread.
"""

import asyncio
import gzip
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sim_operator.serving import LoopServer, ServingError, bare_application
from sim_operator.settings import PerSimMetrics
from sim_operator.telemetry.exposition import BuildInfo, render
from sim_operator.telemetry.fleet import AUTO_LIMIT, FleetPicture, FleetView
from sim_operator.telemetry.health import Heartbeats

logger = logging.getLogger(__name__)

Readiness = Callable[[], tuple[bool, str]]
"""Whether this process is ready, and why (not)."""

_WORTH_PACKING = 64 * 1024
_AT_ONCE = 8
"""Scrapes that are answered or wait for it. More would fill the port and keep the probes out."""


class TelemetryError(ServingError):
    """Metrics and probes cannot be served."""


@dataclass(slots=True)
class Scrapes:
    """Answers scrapes, one after the other: each may take some ten megabytes while it lasts.

    Few may wait, since nobody has to say who he is.
    """

    registry: CollectorRegistry
    view: FleetView
    per_sim: PerSimMetrics = "auto"
    build: BuildInfo = field(default_factory=BuildInfo.installed)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _present: int = 0
    _told: bool = False

    async def answer(self, accept: str, *, packed: bool) -> Response:
        """One scrape; `packed`: the client reads gzip. 503 where too many wait."""
        if self._present >= _AT_ONCE:
            return JSONResponse({"detail": "Too many scrapes wait."}, 503, {"Retry-After": "5"})
        self._present += 1
        try:
            return await self._answered(accept, packed=packed)
        finally:
            self._present -= 1

    async def _answered(self, accept: str, *, packed: bool) -> Response:
        async with self._turn:
            picture = await FleetPicture.of(self.view, self.per_sim)
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


class Answering(Protocol):
    """What answers scrapes."""

    async def answer(self, accept: str, *, packed: bool) -> Response:
        """One scrape; `packed`: the client reads gzip."""
        ...


def application(scrapes: Answering, heartbeats: Heartbeats, ready: Readiness) -> Starlette:
    """The three paths; anything else is 404, and a method that writes 405, as JSON."""

    async def metrics(request: Request) -> Response:
        packed = "gzip" in request.headers.get("accept-encoding", "")
        return await scrapes.answer(request.headers.get("accept", ""), packed=packed)

    async def healthz(_: Request) -> Response:
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

    async def readyz(_: Request) -> Response:
        is_ready, reason = ready()
        status = "ready" if is_ready else "not ready"
        body = {"status": status, "reason": reason}
        return JSONResponse(body, status_code=200 if is_ready else 503)

    return bare_application(
        Route("/metrics", metrics), Route("/healthz", healthz), Route("/readyz", readyz)
    )


class TelemetryServer(LoopServer):
    """Serves while the asynchronous context is open; `port` is the one that was bound."""

    failure = TelemetryError

    def __init__(
        self,
        scrapes: Answering,
        heartbeats: Heartbeats,
        ready: Readiness,
        *,
        port: int,
        host: str = "",
    ) -> None:
        """`port` 0 takes a free one; an empty `host` means every address, IPv4 and IPv6."""
        super().__init__(
            application(scrapes, heartbeats, ready),
            port=port,
            host=host,
            serves="metrics and probes",
            setting="SIM_OPERATOR_METRICS_PORT",
        )
