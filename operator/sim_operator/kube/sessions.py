"""The sessions to the API server, as the client library's configuration wants them."""

from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from kubernetes.aio.client.rest import RESTClientObject

from sim_operator.kube.credentials import Renewal, authorization

_BUFFER = 256 * 1024


class Sessions:
    """One for requests and one for streams, which would fill the first one's pool for good."""

    def __init__(self, configuration: Any, user_agent: str) -> None:
        """Nothing is connected before the first request."""
        self._configuration = configuration
        self._user_agent = user_agent
        # The library's reading of its TLS settings: CA, client certificate, verification.
        settings: Any = RESTClientObject(configuration)
        self.host = str(configuration.host)
        self.options: dict[str, Any] = {
            name: value
            for name, value in (
                ("server_hostname", configuration.tls_server_name),
                ("proxy", settings.proxy or environment_proxy(self.host)),
                ("proxy_headers", settings.proxy_headers),
            )
            if value
        }
        """What every request has to say beside its own."""
        self.requests = _session(settings, limit=configuration.connection_pool_maxsize)
        self.streams = _session(settings, limit=0)

    async def __aenter__(self) -> Self:
        """Itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        await self.requests.close()
        await self.streams.close()

    async def headers(self, accept: str, content_type: str) -> dict[str, str]:
        """Who asks, what for, and with which token."""
        return {
            "Accept": accept,
            "Content-Type": content_type,
            "User-Agent": self._user_agent,
        } | await authorization(self._configuration)

    def refused(self) -> None:
        """The API server did not take the token."""
        renewal = self._configuration.refresh_api_key_hook
        if isinstance(renewal, Renewal):
            renewal.refused()


def _session(settings: Any, *, limit: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=limit, ssl=settings.ssl_context),
        # The proxy is looked up once. A session would look for every request, in a thread, and into
        # ~/.netrc as well, which has no say in who we are.
        trust_env=False,
        read_bufsize=_BUFFER,
    )


def environment_proxy(host: str) -> str | None:
    """The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name for the API server."""
    url = urlsplit(host)
    if url.hostname is None or proxy_bypass(url.netloc.rpartition("@")[2]):
        return None
    return getproxies().get(url.scheme)
