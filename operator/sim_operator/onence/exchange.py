"""One HTTP request to 1NCE: bounded in time, measured, its failures named.

Redirects are never followed and the token goes to no other host: proxies from the environment are
used for https only, where they see a tunnel and nothing of what is in it.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self

import httpx

from sim_operator.domain.failure import Failure, FailureKind
from sim_operator.onence import faults
from sim_operator.onence.faults import OnenceError
from sim_operator.onence.meter import NO_ANSWER, Meter, Operation

CONNECT_SHARE = 0.75
"""Of the time allowed: a connection that fails is told from an answer that does not come."""
MOST_BODY_BYTES = 16 * 2**20
"""A page of a hundred SIMs has a hundredth of it; what is longer is not read to its end."""
LIMITS = httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=30.0)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request, before it is authorised."""

    operation: Operation
    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    """Sent as JSON; None: no body."""

    @property
    def write(self) -> bool:
        """Whether it changes something at 1NCE."""
        return self.method == "PUT"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    status: int
    headers: Mapping[str, str]
    """Ignores case."""
    body: bytes = field(repr=False)

    def json(self, operation: Operation, *, write: bool = False) -> object:
        """The body, parsed.

        Raises:
            OnenceError: `UNAVAILABLE` (for a write `AMBIGUOUS`) where it is not JSON.
        """
        why = None
        found: object = None
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in ("", "application/json") and not media_type.endswith("+json"):
            why = "the body is not JSON by its content type"
        else:
            try:
                found = json.loads(self.body, parse_constant=lambda _: None)
            except (ValueError, RecursionError):
                why = "the body is not readable JSON"
        if why is not None:
            raise OnenceError(faults.unreadable(operation, self.status, why, write=write))
        return found


class _Transmission:
    """Watches, through httpcore's trace, how far a request got."""

    def __init__(self, method: str, on_wire: Callable[[], None] | None) -> None:
        self._method = method.encode()
        self._on_wire = on_wire
        self._connecting = False
        self._sent = False

    @property
    def unsent(self) -> bool:
        """The request was seen waiting for its connection and not seen leaving."""
        return self._connecting and not self._sent

    async def trace(self, event: str, info: Mapping[str, object]) -> None:
        if event == "connection.connect_tcp.started":
            self._connecting = True
        elif event.endswith(".send_request_headers.started"):
            request = info.get("request")
            if getattr(request, "method", None) == self._method:  # not a proxy's CONNECT
                self._sent = True
                if self._on_wire is not None:
                    self._on_wire()


class Exchange:
    """The HTTP connections of one account."""

    def __init__(
        self, endpoint: str, *, timeout: float, ca_bundle: str | None, meter: Meter
    ) -> None:
        """`timeout` in seconds; `ca_bundle` is PEM text, trusted beside the public authorities.

        Raises:
            OnenceError: `UNAVAILABLE`, the bundle is not readable.
        """
        self._endpoint = endpoint.rstrip("/")
        self._meter = meter
        self._http = httpx.AsyncClient(
            follow_redirects=False,
            headers={"Accept": "application/json", "User-Agent": "sim-operator"},
            limits=LIMITS,
            timeout=httpx.Timeout(
                timeout, connect=timeout * CONNECT_SHARE, pool=timeout * CONNECT_SHARE
            ),
            trust_env=self._endpoint.lower().startswith("https:"),
            verify=_trust(ca_bundle),
        )

    async def __aenter__(self) -> Self:
        """Nothing is opened before the first request."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connections."""
        await self.aclose()

    def json(self, outgoing: Outgoing, answer: Answer) -> object:
        """The parsed body of an answer; one that is not readable is counted.

        Raises:
            OnenceError: `UNAVAILABLE` (for a write `AMBIGUOUS`) where it is not JSON.
        """
        try:
            return answer.json(outgoing.operation, write=outgoing.write)
        except OnenceError:
            self._meter.unusable(outgoing.operation)
            raise

    def unusable(self, outgoing: Outgoing, answer: Answer, why: str) -> OnenceError:
        """The failure of a read whose answer is JSON and not what it should be; counts it."""
        self._meter.unusable(outgoing.operation)
        failure = faults.unreadable(outgoing.operation, answer.status, why, write=False)
        return OnenceError(failure)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(
        self,
        outgoing: Outgoing,
        authorization: str,
        *,
        total: float,
        on_wire: Callable[[], None] | None = None,
    ) -> Answer:
        """Send one request, once; the answer is complete after `total` seconds at most.

        `on_wire` is called when it leaves.

        Raises:
            OnenceError: no whole answer came.
        """
        transmission = _Transmission(outgoing.method, on_wire)
        began = time.monotonic()
        code = NO_ANSWER
        try:
            async with asyncio.timeout(total):
                response = await self._http.send(
                    self._http.build_request(
                        outgoing.method,
                        self._endpoint + outgoing.path,
                        params=outgoing.params or None,
                        content=_content(outgoing),
                        headers=_headers(outgoing, authorization),
                        extensions={"trace": transmission.trace},
                    ),
                    auth=httpx.Auth(),  # none of its own: not from the URL either
                    stream=True,
                )
                try:
                    body = await _body(response)
                finally:
                    await response.aclose()
            code = str(response.status_code)
            if body is not None:
                return Answer(response.status_code, response.headers, body)
            self._meter.unusable(outgoing.operation)
            failure = faults.overlong(
                outgoing.operation, response.status_code, MOST_BODY_BYTES, write=outgoing.write
            )
        except faults.CAUGHT as error:
            failure = faults.from_exception(
                outgoing.operation, error, write=outgoing.write, unsent=transmission.unsent
            )
        finally:
            self._meter.request(outgoing.operation, code, time.monotonic() - began)
        # out here, so that no traceback leads to a request and its headers
        raise OnenceError(failure)


def _content(outgoing: Outgoing) -> bytes | None:
    return None if outgoing.body is None else json.dumps(outgoing.body).encode()


async def _body(response: httpx.Response) -> bytes | None:
    """The whole body; None where it is too long to be an answer of 1NCE's."""
    body = bytearray()
    async for piece in response.aiter_bytes():
        body += piece
        if len(body) > MOST_BODY_BYTES:
            return None
    return bytes(body)


def _headers(outgoing: Outgoing, authorization: str) -> dict[str, str]:
    headers = {"Authorization": authorization}
    if outgoing.body is not None:
        headers["Content-Type"] = "application/json"
    return headers


def _trust(ca_bundle: str | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_bundle is not None:
        try:
            context.load_verify_locations(cadata=ca_bundle)
        except (ssl.SSLError, ValueError):
            raise OnenceError(
                Failure(FailureKind.UNAVAILABLE, "the CA bundle holds no readable PEM certificate")
            ) from None
    return context
