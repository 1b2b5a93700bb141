"""An HTTP server that answers as the API server would, and fails as it is told to."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from aiohttp import web

from sim_operator.api.names import SIM_KIND
from sim_operator.domain.resources import Key
from sim_operator.kube.connection import ApiClient, connect
from sim_operator.kube.store import Store


class ScriptedApi:
    """SIMs whose status can be patched; each fault answers one request."""

    def __init__(self) -> None:
        self.faults: deque[web.Response] = deque()
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.in_flight = 0
        self.most_in_flight = 0
        self.arrived = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.url = ""

    def fail(self, status: int, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        message = {"kind": "Status", "message": f"scripted {status}"}
        body = orjson.dumps(message)
        self.faults.append(
            web.Response(status=status, body=body, content_type="application/json", headers=named)
        )

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append((request.method, request.path))
        self.headers.append(dict(request.headers))
        self.in_flight += 1
        self.arrived.set()
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await self.gate.wait()
            return self.faults.popleft() if self.faults else await self._patched(request)
        finally:
            self.in_flight -= 1

    async def _patched(self, request: web.Request) -> web.Response:
        sent = orjson.loads(await request.read() or b"{}")
        name = request.path.split("/")[-2]
        version = str(1_000 + len(self.requests))
        body = sim(name, version)
        return web.json_response({**body, "status": sent.get("status", {})})


def sim(name: str, version: str = "1") -> dict[str, Any]:
    metadata = {"namespace": "plant-a", "name": name, "uid": name, "resourceVersion": version}
    return {"metadata": metadata, "spec": {"iccid": "8988303000123456789"}}


def filled(*names: str) -> Store:
    store = Store()
    for name in names:
        store.observe(SIM_KIND, sim(name))
    return store


def key(name: str) -> Key:
    return Key("plant-a", name)


@asynccontextmanager
async def serving(scripted: ScriptedApi) -> AsyncIterator[str]:
    """Its URL, while it serves on loopback."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", scripted.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        scripted.gate.set()
        await runner.cleanup()


def write_kubeconfig(
    file: Path, server: str, user: dict[str, Any], *, name: str = "test", current: bool = True
) -> Path:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": server}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        **({"current-context": name} if current else {}),
    }
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    return file


@asynccontextmanager
async def connected(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: str, **options: float
) -> AsyncIterator[ApiClient]:
    monkeypatch.setenv("KUBECONFIG", kubeconfig)
    async with connect(user_agent="sim-operator/test", **options) as api:
        yield api
