"""The connection to the API server, found as kubectl finds it.

The client library finds the cluster, its CA and our credentials. The requests themselves go by
sessions of our own: what the library does around each one costs more than the request. Nothing is
retried here: each caller knows what may be repeated.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
import orjson
from yarl import URL

from sim_operator.kube.answers import Answer, ApiError, SilentError, read
from sim_operator.kube.configuration import configured
from sim_operator.kube.sessions import Sessions

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"

FIELD_MANAGER = "sim-operator"
REQUEST_TIMEOUT = 30.0
"""Seconds for a whole request, its body included."""
_CONNECT_TIMEOUT = 10.0
_NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


class Stream:
    """The body of an answer, in pieces as they come."""

    def __init__(self, content: aiohttp.StreamReader, silence: float) -> None:
        """`silence`: the longest pause between two pieces, in seconds."""
        self._content = content
        self._silence = silence

    async def read(self) -> bytes:
        """The next piece; empty at the end.

        Raises:
            SilentError: nothing came for too long.
            ApiError: the connection broke.
        """
        try:
            async with asyncio.timeout(self._silence):
                return await self._content.readany()
        except TimeoutError as error:
            raise SilentError(f"the API server has said nothing for {self._silence:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(error) from error


class ApiClient:
    """Requests to the API server, each with an end."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        timeout: float = REQUEST_TIMEOUT,
        identity: Sequence[tuple[str, str]] = (),
    ) -> None:
        """`timeout`: seconds for a request that names none; `identity`: as in `acting_as`."""
        self._sessions = sessions
        self._timeout = timeout
        self._identity = tuple(identity)

    @property
    def server(self) -> tuple[str, int]:
        """Host and port of the API server."""
        url = urlsplit(self._sessions.host)
        return url.hostname or "localhost", url.port or (80 if url.scheme == "http" else 443)

    def acting_as(self, identity: Sequence[tuple[str, str]]) -> "ApiClient":
        """The same connection on behalf of somebody; `identity`: headers of impersonation."""
        return ApiClient(self._sessions, timeout=self._timeout, identity=identity)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | list[Any] | None = None,
        content_type: str = JSON,
        accept: str = JSON,
        timeout: float | None = None,
    ) -> Answer:
        """One request; `path` begins with a slash and is quoted where it has to be.

        Raises:
            ApiError: no answer in time, or an answer that is not 2xx.
        """
        total = self._timeout if timeout is None else timeout
        try:
            async with self._sessions.requests.request(
                method,
                self._url(path, query),
                headers=await self._headers(accept, content_type),
                data=None if body is None else orjson.dumps(body),
                timeout=aiohttp.ClientTimeout(total=total, connect=min(_CONNECT_TIMEOUT, total)),
                **self._sessions.options,
            ) as response:
                data = await response.read()
        except TimeoutError as error:
            raise ApiError(f"no answer from the API server within {total:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(error) from error
        self._heed(response.status)
        return read(response.status, response.headers, data)

    @asynccontextmanager
    async def stream(
        self, path: str, *, query: Mapping[str, str | int], silence: float
    ) -> AsyncIterator[Stream]:
        """An answer that does not end by itself, as soon as its head has come.

        `silence`: seconds after which a stream that says nothing is taken for dead.

        Raises:
            ApiError: no answer in time, or it was refused.
        """
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._open(path, query)
        except TimeoutError as error:
            raise ApiError(f"no answer from the API server within {self._timeout:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise _unreachable(error) from error
        try:
            yield Stream(response.content, silence)
        finally:
            response.close()

    async def _open(self, path: str, query: Mapping[str, str | int]) -> aiohttp.ClientResponse:
        response = await self._sessions.streams.request(
            "GET",
            self._url(path, query),
            headers=await self._headers(JSON, JSON),
            timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT_TIMEOUT),
            **self._sessions.options,
        )
        if response.status == 200:
            return response
        async with response:
            data = await response.read()
        self._heed(response.status)
        read(response.status, response.headers, data)
        raise ApiError(f"the API server answered {response.status} to a watch")

    async def _headers(self, accept: str, content_type: str) -> list[tuple[str, str]]:
        return [*(await self._sessions.headers(accept, content_type)).items(), *self._identity]

    def _url(self, path: str, query: Mapping[str, str | int] | None) -> URL:
        target = f"{path}?{urlencode(query)}" if query else path
        return URL(self._sessions.host + target, encoded=True)

    def _heed(self, status: int) -> None:
        if status == 401:
            self._sessions.refused()


def _unreachable(error: Exception) -> ApiError:
    detail = str(error) or type(error).__name__
    return ApiError(f"the API server cannot be reached: {detail}")


@asynccontextmanager
async def connect(
    *,
    user_agent: str,
    timeout: float = REQUEST_TIMEOUT,
    token_lifetime: float = 60.0,
) -> AsyncIterator[ApiClient]:
    """A connection: by KUBECONFIG as kubectl reads it, else ~/.kube/config, else in-cluster.

    `timeout`: seconds for each request; `token_lifetime`: seconds after which credentials are read
    again from where they came from.

    Raises:
        NoClusterError: nothing says where the cluster is, or it cannot be read.
    """
    configuration = await configured(token_lifetime, time.monotonic)
    async with Sessions(configuration, user_agent) as sessions:
        yield ApiClient(sessions, timeout=timeout)


def default_namespace() -> str:
    """The namespace of this pod; `default` outside of one."""
    try:
        return _NAMESPACE_FILE.read_text(encoding="utf-8").strip() or "default"
    except OSError:
        return "default"


def quoted(segment: str) -> str:
    """A name as one segment of a path."""
    return quote(segment, safe="")
