"""The API server's Leases in memory, with one virtual clock for all who use them."""

import asyncio
from collections.abc import Mapping
from itertools import count
from typing import Any

from sim_operator.kube.answers import Answer, ApiError
from sim_operator.kube.connection import ApiClient

Json = dict[str, Any]


class VirtualTime:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        until = self.now + seconds
        while self.now < until:  # noqa: ASYNC110 - virtual time
            await asyncio.sleep(0)


class LeaseServer:
    """Creates, replaces, deletes and lists Leases as the API server does."""

    def __init__(self) -> None:
        self.leases: dict[str, Json] = {}
        self._numbers = count(1)

    def request(self, method: str, path: str, body: Mapping[str, Any] | None) -> Json:
        name = path.partition("/leases")[2].strip("/")
        if method == "GET" and not name:
            return {"items": [_copy(one) for one in self.leases.values()]}
        if method == "POST":
            assert body is not None
            return self._put(str(body["metadata"]["name"]), None, body)
        if name not in self.leases:
            raise ApiError("not found", status=404)
        held = self.leases[name]
        if method == "PUT":
            assert body is not None
            return self._put(name, held, body)
        if method == "DELETE":
            self._meets(held, (body or {}).get("preconditions") or {})
            del self.leases[name]
        return _copy(held)

    def _put(self, name: str, held: Json | None, body: Mapping[str, Any]) -> Json:
        if held is None and name in self.leases:
            raise ApiError("exists", status=409)
        given = body["metadata"]
        if held is not None:
            wanted = {one: given[one] for one in ("uid", "resourceVersion") if one in given}
            self._meets(held, wanted)
        uid = held["metadata"]["uid"] if held is not None else f"uid-{next(self._numbers)}"
        metadata = {**given, "uid": uid, "resourceVersion": str(next(self._numbers))}
        self.leases[name] = {"metadata": metadata, "spec": dict(body["spec"])}
        return _copy(self.leases[name])

    def _meets(self, held: Json, wanted: Mapping[str, str]) -> None:
        if any(held["metadata"][name] != value for name, value in wanted.items()):
            raise ApiError("conflict", status=409)


class Line(ApiClient):
    """One process's way to the server: slow where the test says so, or cut."""

    def __init__(self, server: LeaseServer) -> None:
        self._server = server
        self.cut = False
        self.turns = 0
        """Of the event loop that a request takes, before it is carried out and after."""

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        await self._travel()
        found = self._server.request(method, path, options.get("body"))
        await self._travel()
        return Answer(200, found)

    async def _travel(self) -> None:
        for _ in range(self.turns):
            await asyncio.sleep(0)
        if self.cut:
            raise ApiError("no answer")


def _copy(body: Mapping[str, Any]) -> Json:
    return {
        "metadata": dict(body["metadata"]),
        "spec": dict(body["spec"]),
    }
