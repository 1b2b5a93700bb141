"""A watch that missed something: the API server was restarted, its history compacted."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sim_operator.kube.connection import ApiClient, Stream
from sim_operator.kube.store import Change, Store
from tests.cluster import Cluster, Provider, apply, choose, kubectl, start
from tests.cluster.control_plane import ControlPlane
from tests.conftest import CRDS
from tests.integration.conftest import connected
from tests.integration.kube_objects import Person, Recording
from tests.integration.watched import running, until, watches

pytestmark = [
    pytest.mark.cluster,
    # A server that is killed in the middle of a TLS handshake leaves a transport to asyncio that
    # nobody can close any more.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

NAMESPACE = "gaps"


@pytest.fixture(scope="module")
def plane() -> Iterator[ControlPlane]:
    """A control plane of this module's own, to be restarted."""
    if choose(os.environ).provider not in {Provider.BINARIES, Provider.BUILD}:
        pytest.skip("a cluster that others use too cannot be restarted")
    started: Cluster = start()
    assert isinstance(started, ControlPlane)
    try:
        for file in sorted(CRDS.glob("*.yaml")):
            apply(started.kubeconfig, file)
        kubectl(
            started.kubeconfig,
            "wait",
            "--for=condition=Established",
            "--timeout=60s",
            "crd",
            "--all",
        )
        kubectl(started.kubeconfig, "create", "namespace", NAMESPACE)
        yield started
    finally:
        started.stop()
        gc.collect()


class Gap(Recording):
    """No watch is opened while the gap lasts."""

    def __init__(self, api: ApiClient) -> None:
        super().__init__(api)
        self.over = asyncio.Event()
        self.over.set()
        self.waiting = asyncio.Event()

    @asynccontextmanager
    async def stream(self, path: str, **options: Any) -> AsyncIterator[Stream]:
        if not self.over.is_set():
            self.waiting.set()
            await self.over.wait()
        async with super().stream(path, **options) as stream:
            yield stream


@pytest.fixture
async def person(plane: ControlPlane) -> AsyncIterator[Person]:
    async with connected(plane.kubeconfig) as api:
        yield Person(api, NAMESPACE)


async def compact(folder: Path, revision: str) -> None:
    """Let etcd forget everything before a revision, as the API server asks for every 5 minutes."""
    connector = aiohttp.UnixConnector(path=str(folder / "etcd.sock"))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(
            "http://etcd/v3/kv/compaction", json={"revision": revision, "physical": True}
        ) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def test_what_was_missed_is_put_right_by_a_list_that_replaces(
    plane: ControlPlane, person: Person
) -> None:
    store, changes = Store(), list[Change]()
    api = Gap(person.api)
    for name in ("kept", "ghost", "again"):
        await person.create_sim(name)
    async with running(watches(api, store, NAMESPACE).run()):
        async with asyncio.timeout(60):
            await store.complete.wait()
        store.subscribe(changes.append)
        old = store.sims[person.key("again")].meta.uid
        api.over.clear()
        await asyncio.to_thread(plane.restart_apiserver)
        async with asyncio.timeout(60):
            await api.waiting.wait()

        for name in ("ghost", "again"):
            await person.delete_sim(name)
        await person.create_sim("again", state="Disabled")
        last = await person.create_sim("missed")
        await compact(plane.kubeconfig.parent, last["metadata"]["resourceVersion"])
        # Its watch cache begins anew, so that nobody knows what there was before.
        await asyncio.to_thread(plane.restart_apiserver)
        assert not changes, "nothing of it has been heard"
        api.over.set()
        await until(store, lambda: person.key("missed") in store.sims)
        await until(store, lambda: person.key("ghost") not in store.sims)

    assert {key.name for key in store.sims} == {"kept", "again", "missed"}
    again = [
        (one.old.meta.uid if one.old else None, one.new.meta.uid if one.new else None)
        for one in changes
        if one.key.name == "again"
    ]
    new = store.sims[person.key("again")].meta.uid
    assert again == [(old, None), (None, new)], "one went, another one came"
    assert not [one for one in changes if one.key.name == "kept"]
    assert 410 in api.refused


async def test_a_restart_in_which_nothing_happened_costs_no_change(
    plane: ControlPlane, person: Person
) -> None:
    store, changes = Store(), list[Change]()
    await person.create_sim("quiet")
    async with running(watches(person.api, store, NAMESPACE).run()):
        async with asyncio.timeout(60):
            await store.complete.wait()
        held = dict(store.sims)
        store.subscribe(changes.append)
        await asyncio.to_thread(plane.restart_etcd)
        await asyncio.to_thread(plane.restart_apiserver)
        await person.create_sim("after")
        await until(store, lambda: person.key("after") in store.sims)
    assert [one.key.name for one in changes] == ["after"]
    assert held.items() <= store.sims.items()
