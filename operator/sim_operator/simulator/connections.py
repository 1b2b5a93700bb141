"""Open connections, so that a fault can cut one as a broken network does."""

import asyncio
from typing import Any, ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

Ends = tuple[str, int, str, int]


def ends_of(scope: Any) -> Ends | None:
    """Both ends of a request's connection, or None where there is no socket."""
    client, server = scope.get("client"), scope.get("server")
    if client is None or server is None:
        return None
    return (client[0], client[1], server[0], server[1])


class TrackedProtocol(H11Protocol):
    """HTTP/1.1 that remembers its transports."""

    transports: ClassVar[dict[Ends, asyncio.Transport]] = {}
    _ends: Ends | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Remember the connection."""
        super().connection_made(transport)
        peer, here = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        if isinstance(peer, tuple) and isinstance(here, tuple):
            self._ends = (peer[0], peer[1], here[0], here[1])
            self.transports[self._ends] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        super().connection_lost(exc)
        if self._ends is not None:
            self.transports.pop(self._ends, None)


def cut(scope: Any) -> bool:
    """Break the request's connection at once; False: it is not one of ours."""
    ends = ends_of(scope)
    transport = TrackedProtocol.transports.get(ends) if ends is not None else None
    if transport is None:
        return False
    transport.abort()
    return True
