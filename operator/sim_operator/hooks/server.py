"""`/hooks/1nce/{namespace}/{account}` on a port of its own, in the event loop of the operator.

Plain HTTP: 1NCE wants a public certificate, which an Ingress or Gateway in front of it has.
"""

from contextlib import AsyncExitStack
from typing import Self

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sim_operator.domain.resources import Key
from sim_operator.hooks.door import Door
from sim_operator.hooks.forwarding import Forwarding
from sim_operator.hooks.intake import Intake
from sim_operator.hooks.slowness import SECONDS, Slowed
from sim_operator.serving import Bounds, LoopServer, ServingError, bare_application

BOUNDS = Bounds(connections=256)


class HooksError(ServingError):
    """The Data Streamer intake cannot be served."""


def application(door: Door) -> Starlette:
    """The one path; anything else is 404, and any method but POST 405, as JSON."""

    async def take(request: Request) -> Response:
        # A name needs no quoting, and a proxy in front may have decided by the path as it came.
        if b"%" in request.scope["raw_path"]:
            return door.nowhere()
        account = Key(request.path_params["namespace"], request.path_params["account"])
        return await door.answer(account, request)

    return bare_application(Route("/hooks/1nce/{namespace}/{account}", take, methods=["POST"]))


class HooksServer(LoopServer):
    """Serves while the asynchronous context is open; `port` is the one that was bound."""

    failure = HooksError

    def __init__(
        self,
        port: int,
        intake: Intake,
        forward: Forwarding,
        *,
        host: str = "",
        door: Door | None = None,
        refusal_seconds: float = SECONDS,
        bounds: Bounds = BOUNDS,
    ) -> None:
        """`port` 0 takes a free one; an empty `host` means every address, IPv4 and IPv6.

        `door`, `bounds`: with other bounds than the usual; `refusal_seconds`: how long a refusal
        takes.
        """
        super().__init__(
            Slowed(application(door or Door(intake, forward)), refusal_seconds),
            port=port,
            host=host,
            serves="the Data Streamer intake",
            setting="SIM_OPERATOR_HOOKS_PORT",
            bounds=bounds,
        )
        self._forward = forward
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Bind and serve.

        Raises:
            HooksError: the port is taken or may not be used.
        """
        await self._open.enter_async_context(self._forward.open())
        try:
            return await super().__aenter__()
        except BaseException:
            await self._open.aclose()
            raise

    async def __aexit__(self, *_: object) -> None:
        """Answer what was asked, for two seconds at most, and close the port."""
        try:
            await super().__aexit__()
        finally:
            await self._open.aclose()
