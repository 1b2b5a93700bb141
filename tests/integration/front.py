"""A server in front of the simulated 1NCE: sees what arrives, answers in its place, speaks TLS."""

import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import httpx

_PASSED_ON = ("authorization", "content-type", "accept")
_PASSED_BACK = ("content-type", "retry-after", "x-ratelimit-remaining")


@dataclass(frozen=True)
class Arrived:
    """One request, as it arrived."""

    method: str
    path: str
    authorization: str


@dataclass(frozen=True)
class Told:
    """An answer."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


class Front:
    """Passes every request on unless `instead` answers it; a context manager."""

    def __init__(self, upstream: str, tls: ssl.SSLContext | None = None) -> None:
        """`upstream`: the simulator's URL; `tls`: how this server proves who it is."""
        self.arrived: list[Arrived] = []
        self.tokens: set[str] = set()
        """Every bearer token that was presented."""
        self.connections = 0
        """How many were made, also those over which no request came."""
        self.instead: Callable[[Arrived], Told | None] = lambda _: None
        self._tls = tls
        self._http = httpx.Client(base_url=upstream, trust_env=False, timeout=30)
        self._server = _Server(self)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,))

    @property
    def endpoint(self) -> str:
        """What a SIMAccount calls."""
        return f"{self.url}/management-api"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._http.close()

    def secured(self, connection: Any) -> Any:
        """The connection under TLS; the handshake is made by who reads first."""
        if self._tls is None:
            return connection
        return self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)

    def answer(self, asked: Arrived, body: bytes, headers: dict[str, str]) -> Told:
        """What is answered to one request."""
        self.arrived.append(asked)
        scheme, _, token = asked.authorization.partition(" ")
        if scheme.lower() == "bearer":
            self.tokens.add(token)
        told = self.instead(asked)
        if told is not None:
            return told
        passed = {name: headers[name] for name in _PASSED_ON if name in headers}
        found = self._http.request(asked.method, asked.path, content=body or None, headers=passed)
        back = tuple((name, found.headers[name]) for name in _PASSED_BACK if name in found.headers)
        return Told(found.status_code, found.content, back)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, front: Front) -> None:
        self.front = front
        super().__init__(("127.0.0.1", 0), _Handler)

    def get_request(self) -> tuple[Any, Any]:
        connection, address = super().get_request()
        connection.settimeout(30)
        self.front.connections += 1
        return self.front.secured(connection), address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, as one that does not trust this server."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Arrived(self.command, self.path, headers.get("authorization", ""))
        told = self.server.front.answer(asked, body, headers)
        self.send_response_only(told.status)
        for name, value in told.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(told.body)))
        self.end_headers()
        self.wfile.write(told.body)

    do_GET = do_POST = do_PUT = _serve  # noqa: N815 - the names that the library looks for

    def log_message(self, *args: Any) -> None:
        pass
