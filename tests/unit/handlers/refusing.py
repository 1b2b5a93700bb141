"""A small API server that has SIMAccounts and refuses to give them, and kopf that asks it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import kopf
import pytest
from aiohttp import web

from sim_operator.api.names import GROUP, VERSION
from sim_operator.handlers import configuration, feed, login
from sim_operator.handlers.configuration import Patience
from sim_operator.kube.feed import Feed
from sim_operator.kube.store import Store
from tests.unit.kube.scripted_api import write_kubeconfig

ACCOUNT = {
    "metadata": {"namespace": "plant-a", "name": "default", "uid": "u", "resourceVersion": "3"},
    "spec": {"credentialsSecretRef": {"name": "once"}},
}


def _kind(name: str, plural: str) -> dict[str, Any]:
    verbs = ["list", "watch", "patch"]
    return {
        "name": plural,
        "kind": name,
        "singularName": name.lower(),
        "verbs": verbs,
        "namespaced": True,
    }


class Refusing:
    """Has discovery, and refuses the lists of SIMAccounts, or their watches, so many times."""

    def __init__(self, status: int, refusals: int, *, watches: bool = False) -> None:
        self.refused = 0
        self.watched = asyncio.Event()
        """Set when a watch is open."""
        self._status = status
        self._refusals = refusals
        self._watches = watches

    async def answer(self, request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/api":
                return web.json_response({"versions": ["v1"]})
            case "/api/v1":
                # Kopf begins no watch before it has found this kind.
                return web.json_response({"resources": [_kind("Namespace", "namespaces")]})
            case "/apis":
                version = {"version": VERSION}
                group = {"name": GROUP, "preferredVersion": version, "versions": [version]}
                return web.json_response({"groups": [group]})
            case path if path == f"/apis/{GROUP}/{VERSION}":
                return web.json_response({"resources": [_kind("SIMAccount", "simaccounts")]})
        is_watch = "watch" in request.query
        if is_watch is self._watches and self.refused < self._refusals:
            self.refused += 1
            refusal = {"code": self._status, "message": "not now"}
            return web.json_response(refusal, status=self._status)
        if is_watch:
            self.watched.set()
            await asyncio.Event().wait()
        return web.json_response({"metadata": {"resourceVersion": "4"}, "items": [ACCOUNT]})


@asynccontextmanager
async def kopf_asks(
    api: Refusing, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Store, "asyncio.Task[None]"]]:
    """What kopf feeds, and the task in which it runs; it pauses for a hundredth of a second."""
    monkeypatch.setattr(Patience, "__iter__", lambda _: iter([0.01] * 1_000))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server = f"http://127.0.0.1:{runner.addresses[0][1]}"
    kubeconfig = write_kubeconfig(folder / "kubeconfig", server, {"token": "t"})
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    store, ended = Store(), asyncio.Event()
    registry, settings = kopf.OperatorRegistry(), configuration.settings()
    settings.scanning.disabled = True
    feed.register(registry, Feed(store))
    login.register(registry)
    working = asyncio.create_task(
        kopf.operator(
            registry=registry, settings=settings, clusterwide=True, standalone=True, stop_flag=ended
        )
    )
    try:
        yield store, working
    finally:
        ended.set()
        await asyncio.wait([working])
        await runner.cleanup()
    if not working.cancelled() and (error := working.exception()) is not None:
        raise error
