"""A bare client of the API server: aiohttp, so many requests in flight, and nothing else.

It is the floor: whoever writes N statuses cannot do with less.
"""

import asyncio
import base64
import ssl
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import yaml

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
IN_FLIGHT = 32
_PAGE = 500
_TIMEOUT = aiohttp.ClientTimeout(total=120)

Json = dict[str, Any]
Ticked = Callable[[int], None]
"""Told how many requests have been answered."""


class RefusedError(Exception):
    """The API server answered with anything but 2xx."""


class Bare:
    """Requests as the administrator of a kubeconfig."""

    def __init__(self, session: aiohttp.ClientSession, server: str) -> None:
        """Use a session that holds the credentials."""
        self._session = session
        self._server = server

    async def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> bytes:
        """One request; the body of its answer.

        Raises:
            RefusedError: the answer is not 2xx.
        """
        headers = {"Content-Type": kind, "Accept": "application/json"}
        async with self._session.request(
            method, self._server + path, data=body, headers=headers
        ) as answer:
            text = await answer.read()
            if answer.status >= 300:
                raise RefusedError(f"{method} {path}: {answer.status} {text[:300]!r}")
            return text

    async def send_all(
        self, requests: Iterable[tuple[str, str, bytes, str]], tick: Ticked, in_flight: int
    ) -> None:
        """Send (method, path, body, content type) of all, so many at a time."""
        waiting = iter(requests)
        answered = 0

        async def sender() -> None:
            nonlocal answered
            for method, path, body, kind in waiting:
                await self.ask(method, path, body, kind)
                answered += 1
                tick(answered)

        async with asyncio.TaskGroup() as senders:
            for _ in range(in_flight):
                senders.create_task(sender())

    async def listed(self, path: str) -> AsyncIterator[Json]:
        """Every object of a collection, page by page."""
        token = ""
        while True:
            page = orjson.loads(await self.ask("GET", f"{path}?limit={_PAGE}&continue={token}"))
            for item in page["items"]:
                yield item
            token = page["metadata"].get("continue", "")
            if not token:
                return


@asynccontextmanager
async def bare(kubeconfig: Path, in_flight: int = IN_FLIGHT) -> AsyncIterator[Bare]:
    """A bare client with as many connections as it has requests in flight."""
    server, context = _credentials(kubeconfig)
    connector = aiohttp.TCPConnector(limit=in_flight, ssl=context)
    async with aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT) as session:
        yield Bare(session, server)


def _credentials(kubeconfig: Path) -> tuple[str, ssl.SSLContext]:
    """Server and client certificate of a kubeconfig as tests/cluster writes it."""
    config = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    with tempfile.TemporaryDirectory() as folder:
        pair = Path(folder, "certificate"), Path(folder, "key")
        for path, field in zip(pair, ("client-certificate-data", "client-key-data"), strict=True):
            path.touch(mode=0o600)
            path.write_bytes(base64.b64decode(user[field]))
        context.load_cert_chain(*pair)
    return str(cluster["server"]), context
