"""A standby hands requests on to the leader.

Streamed through, so that a standby, which does not look at credentials, keeps nothing in memory for
whoever has none. The leader's answer counts only where it is one of the intake's own: an address
that somebody else has taken over must not acknowledge records that nobody keeps.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from sim_operator.domain.resources import Key

MARK = "x-sim-operator-forwarded"
"""On what was handed on once: it is not handed on again, so that no two standbys play ball."""

_PASSED_ON = ("authorization", "content-type", "content-encoding", "content-length")
_PASSED_BACK = ("content-type", "www-authenticate", "retry-after")
_CODES = frozenset({200, 400, 401, 404, 408, 413, 415, 503})
_LARGEST_ANSWER = 64 * 1024
_AT_ONCE = 64
"""Each costs little, and those that the leader refuses take their time."""


class NotForwardedError(Exception):
    """There is no leader, or no answer of its; the message says what happened."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the leader answered."""

    code: int
    headers: Mapping[str, str]
    body: bytes


class Forwarding:
    """Whether this process takes batches itself, and otherwise the way to the one that does."""

    def __init__(
        self,
        takes: Callable[[Key], bool],
        place_of: Callable[[Key], str | None],
        *,
        seconds: float = 75.0,
    ) -> None:
        """`place_of(account)`: of the process that takes its batches, `http://10.0.0.7:8081`.

        None where it is not known. `seconds` for one request as a whole: longer than the queue of
        that process can take.
        """
        self._takes = takes
        self._place_of = place_of
        self._seconds = seconds
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._client: httpx.AsyncClient | None = None

    def takes(self, account: Key) -> bool:
        """Whether batches for an account are to be taken here."""
        return self._takes(account)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Requests can be handed on while the context is open."""
        timeout = httpx.Timeout(self._seconds, connect=3.0)
        limits = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=4)
        # Neither proxies of the environment nor redirects: credentials go to the leader alone.
        async with httpx.AsyncClient(
            timeout=timeout, limits=limits, trust_env=False, follow_redirects=False
        ) as client:
            self._client = client
            try:
                yield
            finally:
                self._client = None

    async def forward(
        self, account: Key, headers: Mapping[str, str], body: AsyncIterator[bytes]
    ) -> Answer:
        """Hand a request on; `headers` ignores case.

        Raises:
            NotForwardedError: nobody answered, or not as the intake does.
            whatever `body` raises.
        """
        if MARK in headers:
            raise NotForwardedError("it came from another standby, and this one does not lead")
        leader = self._place_of(account)
        if leader is None:
            raise NotForwardedError("no leader is known")
        if self._client is None or self._turns.locked():
            raise NotForwardedError("too many requests are on their way to the leader")
        async with self._turns:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._send(self._client, leader, account, headers, body)
            except TimeoutError:
                raise NotForwardedError(f"{leader} did not answer in time") from None
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                kind = type(error).__name__
                raise NotForwardedError(f"{leader} did not answer: {kind}") from error

    async def _send(
        self,
        client: httpx.AsyncClient,
        leader: str,
        account: Key,
        headers: Mapping[str, str],
        body: AsyncIterator[bytes],
    ) -> Answer:
        path = "/".join(quote(part, safe="") for part in account)
        url = f"{leader}/hooks/1nce/{path}"
        passed = {name: headers[name] for name in _PASSED_ON if name in headers}
        async with client.stream(
            "POST", url, headers={**passed, MARK: "1", "accept": "application/json"}, content=body
        ) as response:
            content = bytearray()
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > _LARGEST_ANSWER:
                    raise NotForwardedError(f"{leader} answered at a length that no leader has")
            if not _is_ours(response.status_code, bytes(content)):
                code = response.status_code
                raise NotForwardedError(f"{leader} answered {code}, but not as a leader does")
            back = {
                name: response.headers[name] for name in _PASSED_BACK if name in response.headers
            }
            return Answer(response.status_code, back, bytes(content))


def _is_ours(code: int, content: bytes) -> bool:
    if code not in _CODES:
        return False
    try:
        answer = json.loads(content)
    except ValueError:
        return False
    wanted = {"received", "counted", "duplicates", "ignored"} if code == 200 else {"detail"}
    return isinstance(answer, dict) and answer.keys() == wanted
