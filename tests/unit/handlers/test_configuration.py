"""Kopf under our settings, against an API server that refuses."""

import asyncio
from itertools import islice
from typing import Any

import kopf
import pytest
from aiohttp import web

from sim_operator.api.names import GROUP, VERSION
from sim_operator.handlers import configuration, feed
from sim_operator.handlers.configuration import Patience
from sim_operator.kube.feed import Feed
from sim_operator.kube.store import Store

KOPF_GIVES_UP_AFTER = len(kopf.OperatorSettings().networking.error_backoffs)  # type: ignore[arg-type]  # a tuple
ACCOUNT = {
    "metadata": {"namespace": "plant-a", "name": "default", "uid": "u", "resourceVersion": "3"},
    "spec": {"credentialsSecretRef": {"name": "once"}},
}


def kind(name: str, plural: str) -> dict[str, Any]:
    verbs = ["list", "watch", "patch"]
    return {
        "name": plural,
        "kind": name,
        "singularName": name.lower(),
        "verbs": verbs,
        "namespaced": True,
    }


class Refusing:
    """Has discovery, and forbids the list of SIMAccounts for a while."""

    def __init__(self) -> None:
        self.refusals = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/api":
                return web.json_response({"versions": ["v1"]})
            case "/api/v1":
                # Kopf begins no watch before it has found this kind.
                return web.json_response({"resources": [kind("Namespace", "namespaces")]})
            case "/apis":
                version = {"version": VERSION}
                group = {"name": GROUP, "preferredVersion": version, "versions": [version]}
                return web.json_response({"groups": [group]})
            case path if path == f"/apis/{GROUP}/{VERSION}":
                return web.json_response({"resources": [kind("SIMAccount", "simaccounts")]})
        if "watch" in request.query:
            await asyncio.Event().wait()
        if self.refusals < 2 * KOPF_GIVES_UP_AFTER:
            self.refusals += 1
            return web.json_response({"code": 403, "message": "not now"}, status=403)
        return web.json_response({"metadata": {"resourceVersion": "5"}, "items": [ACCOUNT]})


def test_the_pauses_grow_and_have_no_end() -> None:
    pauses = list(islice(Patience(), 1_000))
    assert pauses[:7] == [1, 1, 2, 3, 5, 8, 13]
    assert set(pauses[7:]) == {13}
    assert next(iter(Patience())) == 1, "each request begins with the first one"


async def test_a_right_that_was_away_for_long_does_not_end_the_operator(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Patience, "__iter__", lambda _: iter([0.01] * 1_000))
    api, store, came, ended = Refusing(), Store(), asyncio.Event(), asyncio.Event()
    store.subscribe(lambda _: came.set())
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", api.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server = f"http://127.0.0.1:{runner.addresses[0][1]}"
    registry, settings = kopf.OperatorRegistry(), configuration.settings()
    settings.scanning.disabled = True
    feed.register(registry, Feed(store))

    async def login(**_: Any) -> kopf.ConnectionInfo:
        return kopf.ConnectionInfo(server=server, token="t")

    kopf.on.login(registry=registry)(login)
    working = asyncio.create_task(
        kopf.operator(
            registry=registry, settings=settings, clusterwide=True, standalone=True, stop_flag=ended
        )
    )
    try:
        async with asyncio.timeout(60):
            await came.wait()
    finally:
        ended.set()
        await working
        await runner.cleanup()
    assert api.refusals > KOPF_GIVES_UP_AFTER
    assert len(store.accounts) == 1
