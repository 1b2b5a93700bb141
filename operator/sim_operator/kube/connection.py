"""The connection to the API server, found as kubectl finds it.

The client library is typed only in parts; everything of it that the operator uses goes through
`ApiClient.request`, which is typed. Nothing is retried below it: each caller knows what may be
repeated.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from kubernetes.aio import client as library

from sim_operator.kube.answers import Answer, ApiError, read
from sim_operator.kube.configuration import configured

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"

FIELD_MANAGER = "sim-operator"
REQUEST_TIMEOUT = 30.0
"""Seconds for a whole request, its body included."""
_CONNECT_TIMEOUT = 10.0
_NAMESPACE_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


class ApiClient:
    """Requests to the API server, each with an end."""

    def __init__(self, raw: Any, *, timeout: float = REQUEST_TIMEOUT) -> None:
        """`raw`: the library's client; `timeout`: seconds for a request that names none."""
        self._raw = raw
        self._timeout = timeout

    @property
    def server(self) -> tuple[str, int]:
        """Host and port of the API server."""
        url = urlsplit(str(self._raw.configuration.host))
        return url.hostname or "localhost", url.port or (80 if url.scheme == "http" else 443)

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
        limits = aiohttp.ClientTimeout(total=total, connect=min(_CONNECT_TIMEOUT, total))
        headers = {"Accept": accept, "Content-Type": content_type}
        target = f"{path}?{urlencode(query)}" if query else path
        try:
            serialized = await self._raw.param_serialize(
                method, target, header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            response = await self._raw.call_api(*serialized, _request_timeout=limits)
            data = await response.read()
        except TimeoutError as error:
            raise ApiError(f"no answer from the API server within {total:g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            detail = str(error) or type(error).__name__
            raise ApiError(f"the API server cannot be reached: {detail}") from error
        return read(response.status, response.headers, data)


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
    raw: Any = library.ApiClient(configuration)
    raw.user_agent = user_agent
    try:
        yield ApiClient(raw, timeout=timeout)
    finally:
        await raw.close()


def default_namespace() -> str:
    """The namespace of this pod; `default` outside of one."""
    try:
        return _NAMESPACE_FILE.read_text(encoding="utf-8").strip() or "default"
    except OSError:
        return "default"


def quoted(segment: str) -> str:
    """A name as one segment of a path."""
    return quote(segment, safe="")
