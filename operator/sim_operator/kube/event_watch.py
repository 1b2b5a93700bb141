"""Events about our objects, as they come.

A loose follower, unlike `watching`: an event is news and no state, so a gap loses news and nothing
is held that would have to be put right. The API server picks out ours by a field selector.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from sim_operator.api.names import API_VERSION
from sim_operator.kube.answers import ApiError, SilentError
from sim_operator.kube.connection import ApiClient, quoted
from sim_operator.kube.pace import backoff
from sim_operator.kube.stream import BOOKMARK, DELETED, Lines, event

logger = logging.getLogger(__name__)

_OURS = f"involvedObject.apiVersion={API_VERSION}"
_PAGE = 500
_MOST_PAGES = 100
_SECONDS = 300
_SILENCE = 90.0
_LONGEST = 60.0


class EventWatch:
    """Hands on every event of one namespace, or of all."""

    def __init__(
        self,
        api: ApiClient,
        namespace: str | None,
        take: Callable[[Mapping[str, Any]], None],
        heartbeat: Callable[[float], None],
    ) -> None:
        """`take(body)`: for each event, those that are there already included.

        `heartbeat(seconds)`: it moves, and will again within so many seconds.
        """
        self._api = api
        self._namespace = namespace
        self._path = events_path(namespace)
        self._take = take
        self._heartbeat = heartbeat
        self._version = ""

    async def run(self) -> None:
        """List and watch until cancelled."""
        failures = 0
        while True:
            self._heartbeat(_SECONDS + 2 * _SILENCE)
            try:
                if not self._version:
                    self._version = await self._list()
                await self._follow(self._version)
                failures = 0
            except SilentError:
                continue
            except ApiError as error:
                failures += 1
                if error.gone or error.status in (400, 404, 500):
                    self._version = ""
                logger.info("events cannot be followed: %s", error)
                await asyncio.sleep(min(_LONGEST, error.retry_after or backoff(failures)))

    async def _list(self) -> str:
        token = ""
        for _ in range(_MOST_PAGES):
            query: dict[str, str | int] = {"fieldSelector": _OURS, "limit": _PAGE}
            if token:
                query["continue"] = token
            body = (await self._api.request("GET", self._path, query=query)).body
            for one in body.get("items") or ():
                self._take(one)
            about = body.get("metadata") or {}
            token = about.get("continue") or ""
            if not token:
                return str(about.get("resourceVersion") or "")
        raise ApiError(f"the list of {self._path} has no end")

    async def _follow(self, version: str) -> None:
        query: dict[str, str | int] = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "fieldSelector": _OURS,
            "resourceVersion": version,
            "timeoutSeconds": _SECONDS,
        }
        lines = Lines()
        async with self._api.stream(self._path, query=query, silence=_SILENCE) as stream:
            while piece := await stream.read():
                self._heartbeat(_SECONDS + 2 * _SILENCE)
                for line in lines.add(piece):
                    told = event(line)
                    if told is None:
                        continue
                    self._version = told.resource_version
                    if told.type not in (BOOKMARK, DELETED):
                        self._take(told.body)


def events_path(namespace: str | None) -> str:
    """The path of a list of events; None: of all namespaces."""
    return (
        "/api/v1/events" if namespace is None else f"/api/v1/namespaces/{quoted(namespace)}/events"
    )


async def events_about(api: ApiClient, namespace: str, uid: str) -> AsyncIterator[dict[str, Any]]:
    """The events of one object that the API server still has.

    Raises:
        ApiError: they could not be read.
    """
    query: dict[str, str | int] = {"fieldSelector": f"involvedObject.uid={uid}", "limit": _PAGE}
    for one in (await api.request("GET", events_path(namespace), query=query)).body["items"]:
        yield one
