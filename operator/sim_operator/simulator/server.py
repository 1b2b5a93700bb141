"""The application and the process that serves it."""

import asyncio
import signal
import socket
import sys

import uvicorn
import uvloop
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from . import (
    control,
    control_sims,
    control_streams,
    oauth,
    routes_account,
    routes_money,
    routes_sims,
    routes_sms,
)
from .call import Call
from .config import SimulatorConfig
from .connections import TrackedProtocol
from .gateway import Gateway
from .operations import BASE
from .replies import ApiError, error_reply
from .streams import Streams
from .world import World


def build_app(config: SimulatorConfig) -> FastAPI:
    """A FastAPI application that is one simulated 1NCE; its world is ``app.state.world``."""
    app = FastAPI(title="Simulated 1NCE", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.world = World(config)
    app.state.streams = Streams()
    # Fixed paths first: `/sims/topup` must not be taken for the SIM "topup".
    for module in (oauth, routes_account, routes_money, routes_sims, routes_sms):
        app.include_router(module.router, prefix=BASE)
    app.include_router(control.router, prefix="/_control")
    app.include_router(control_sims.router, prefix="/_control")
    app.include_router(control_streams.router, prefix="/_control")
    app.add_middleware(Gateway)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(HTTPException, _no_such_call)
    app.add_exception_handler(RequestValidationError, _bad_control_request)
    return app


def _version(request: Request) -> str:
    call = request.scope.get("simulator.call")
    return call.operation.version if isinstance(call, Call) else ""


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - the handler is registered for it
    return error_reply(error, _version(request))


async def _no_such_call(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for it
    message = "Element not found" if error.status_code == 404 else str(error.detail)
    return error_reply(ApiError(error.status_code, message), _version(request))


async def _bad_control_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    problems = [f"{'.'.join(map(str, p['loc']))}: {p['msg']}" for p in error.errors()]
    return error_reply(ApiError(400, "; ".join(problems)), "")


class _Server(uvicorn.Server):
    """Says where it listens as soon as it does."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(f"simulator listening on {self._address}\n")
        sys.stdout.flush()


def serve(config: SimulatorConfig, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one, which the one line of output tells.

    Raises:
        OSError: The address cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1024)
    shown = f"[{host}]" if family == socket.AF_INET6 else host
    address = f"http://{shown}:{listener.getsockname()[1]}"
    settings = uvicorn.Config(
        build_app(config),
        http=TrackedProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    # uvicorn raises the signal again after its graceful end; that must not kill the process then.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ended)
    server = _Server(settings, address)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(server.serve(sockets=[listener]))


def _ended(*_: object) -> None:
    """A signal that uvicorn has dealt with already."""
