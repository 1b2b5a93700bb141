"""An API server whose lists and watches follow a script, over real HTTP."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web

from sim_operator.api.names import GROUP, SIM_KIND, VERSION
from sim_operator.kube.feed import Feed
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.store import Store
from sim_operator.kube.watches import Watches
from sim_operator.kube.watching import Timing
from tests.unit.kube.scripted_api import connected, write_kubeconfig

TEAR = object()
"""The connection breaks here."""
HANG = object()
"""Nothing more is said, and the connection stays open."""
QUICK = Timing(silence=60.0, absent=0.02, too_short=0.0)


def sim(name: str, version: int | str, *, uid: str = "", **spec: Any) -> dict[str, Any]:
    metadata = {
        "namespace": "plant-a",
        "name": name,
        "uid": uid or f"uid-{name}",
        "resourceVersion": str(version),
        "creationTimestamp": f"2026-11-01T00:00:{int(version) % 60:02}Z",
    }
    return {"metadata": metadata, "spec": {"iccid": "8988303000123456789", **spec}}


def line(type_: str, body: Mapping[str, Any]) -> bytes:
    return orjson.dumps({"type": type_, "object": body}) + b"\n"


def bookmark(version: int) -> bytes:
    return line("BOOKMARK", {"metadata": {"resourceVersion": str(version)}})


def error(code: int) -> bytes:
    return line("ERROR", {"kind": "Status", "code": code, "message": f"scripted {code}"})


def refusal(status: int, **headers: str) -> web.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    body = orjson.dumps({"kind": "Status", "message": f"scripted {status}"})
    return web.Response(status=status, body=body, headers=named, content_type="application/json")


def listed(version: int, *items: dict[str, Any], token: str = "") -> web.Response:
    about = {"resourceVersion": str(version), "continue": token}
    return web.json_response({"metadata": about, "items": items})


class ScriptedWatch:
    """Each list and each watch takes the next answer of its script.

    The last list is given again and again; a watch without a script hangs.
    """

    def __init__(self) -> None:
        self.lists: deque[web.Response] = deque()
        self.watches: deque[web.Response | Iterable[object]] = deque()
        self.asked: list[dict[str, str]] = []
        self.tokens: list[str] = []
        self.plurals: tuple[str, ...] = tuple(kind.plural for kind in KINDS.values())

    @property
    def watched_from(self) -> list[str]:
        return [query["resourceVersion"] for query in self.asked if "watch" in query]

    @property
    def list_count(self) -> int:
        return sum("watch" not in query for query in self.asked)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(request.headers.get("Authorization", ""))
        if request.path == "/apis":
            return web.json_response({"groups": [{"name": GROUP}] if self.plurals else []})
        if request.path == f"/apis/{GROUP}/{VERSION}":
            return web.json_response({"resources": [{"name": one} for one in self.plurals]})
        self.asked.append(dict(request.query))
        if "watch" in request.query:
            return await self._watch(request)
        answer = self.lists.popleft() if len(self.lists) > 1 else self.lists[0]
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        script = self.watches.popleft() if self.watches else [HANG]
        if isinstance(script, web.Response):
            return script
        stream = web.StreamResponse()
        await stream.prepare(request)
        for step in script:
            if step is HANG:
                await asyncio.Event().wait()
            if step is TEAR:
                assert request.transport is not None
                request.transport.abort()
                break
            assert isinstance(step, bytes)
            await stream.write(step)
            # So that it is read as a piece of its own, most often.
            await asyncio.sleep(0.01)
        return stream


class Watching:
    """A watch at work, and what has come of it."""

    def __init__(self, scripted: ScriptedWatch, store: Store, feed: Feed) -> None:
        self.scripted = scripted
        self.store = store
        self.feed = feed
        self.beats: list[tuple[str, float]] = []
        self.told: list[tuple[str, str | None]] = []
        self._changed = asyncio.Event()
        store.subscribe(self._note)

    def _note(self, change: Any) -> None:
        self.told.append((change.key.name, change.new.meta.uid if change.new else None))
        self._changed.set()

    @property
    def names(self) -> set[str]:
        return {key.name for key in self.store.sims}

    async def until_named(self, *names: str) -> None:
        """Wait until just these SIMs are held."""
        async with asyncio.timeout(60):
            while self.names != set(names):
                self._changed.clear()
                await self._changed.wait()

    async def until_watched_from(self, *versions: str) -> None:
        """Wait until watches began from these, one after the other."""
        async with asyncio.timeout(60):
            while len(self.scripted.watched_from) < len(versions):  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.01)
        assert self.scripted.watched_from[: len(versions)] == list(versions)


@asynccontextmanager
async def watching(
    scripted: ScriptedWatch,
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *,
    timing: Timing = QUICK,
    held: Iterable[dict[str, Any]] = (),
    user: dict[str, Any] | None = None,
) -> AsyncIterator[Watching]:
    """The SIMs of this API server are watched meanwhile; what is `held` came before."""
    async with _serving(scripted) as url:
        file = write_kubeconfig(folder / "config", url, user or {"token": "t"})
        async with connected(monkeypatch, str(file)) as api:
            store = Store()
            for body in held:
                store.observe(SIM_KIND, body)
            feed = Feed(store)
            work = Watching(scripted, store, feed)
            watches = Watches(
                api,
                feed,
                (),
                lambda name, seconds: work.beats.append((name, seconds)),
                kinds=[SIM_KIND],
                complete=store.complete.set,
                timing=timing,
            )
            task = asyncio.create_task(watches.run())
            try:
                yield work
            finally:
                task.cancel()
                await asyncio.wait([task])
            if not task.cancelled() and (failed := task.exception()) is not None:
                raise failed


@asynccontextmanager
async def _serving(scripted: ScriptedWatch) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", scripted.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
