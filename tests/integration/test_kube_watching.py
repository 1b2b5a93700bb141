"""List and watch against the real API server: what comes, changes and goes, and what is refused."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from sim_operator.api.names import SIM_KIND
from sim_operator.kube import listing
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.store import Change, Store
from sim_operator.kube.watching import Timing
from tests.cluster import Cluster, kubectl
from tests.cluster.access import service_account_kubeconfig
from tests.integration.conftest import CLUSTER_ROLE, connected
from tests.integration.kube_objects import Person, Recording
from tests.integration.watched import running, until, watches

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("crds")]


@pytest.fixture
def person(person_api: ApiClient, namespace: str) -> Person:
    return Person(person_api, namespace)


@pytest.fixture
def store() -> Store:
    return Store()


async def test_the_store_is_complete_when_every_kind_has_been_listed(
    person: Person, store: Store, operator_api: ApiClient
) -> None:
    await person.create_sim("pump")
    await person.create_account("default")
    await person.create_policy("pumps")
    seen: list[tuple[int, int, int]] = []
    async with running(watches(operator_api, store, person.namespace).run()):
        async with asyncio.timeout(60):
            await store.complete.wait()
        seen.append((len(store.sims), len(store.accounts), len(store.policies)))
    assert seen == [(1, 1, 1)]


async def test_what_comes_changes_and_goes_is_told(
    person: Person, store: Store, operator_api: ApiClient
) -> None:
    changes: list[Change] = []
    async with running(watches(operator_api, store, person.namespace).run()):
        async with asyncio.timeout(60):
            await store.complete.wait()
        store.subscribe(changes.append)
        await person.create_sim("pump")
        await until(store, lambda: person.key("pump") in store.sims)
        await person.label("pump", fleet="pumps")
        await until(store, lambda: bool(store.sims[person.key("pump")].meta.labels))
        await person.delete_sim("pump")
        await until(store, lambda: not store.sims)
    told = [(one.old is not None, one.new is not None) for one in changes]
    assert told == [(False, True), (True, True), (True, False)]


async def test_one_watch_serves_the_whole_cluster(
    person: Person, store: Store, operator_api: ApiClient
) -> None:
    async with running(watches(operator_api, store).run()):
        await person.create_sim("pump")
        await until(store, lambda: person.key("pump") in store.sims)


async def test_watches_that_the_api_server_ends_go_on_and_list_only_once(
    person: Person, store: Store, operator_api: ApiClient
) -> None:
    api = Recording(operator_api)
    timing = Timing(shortest=1.0, too_short=0.1)
    async with running(watches(api, store, person.namespace, timing=timing).run()):
        for number in range(4):
            name = f"pump-{number}"
            await person.create_sim(name)
            await until(store, lambda name=name: person.key(name) in store.sims)  # type: ignore[misc]
            await asyncio.sleep(1.0)
    path = KINDS[SIM_KIND].collection(person.namespace)
    asked = [method for method, of in api.requests if of == path]
    assert asked.count("GET") == 1
    assert asked.count("WATCH") >= 3


async def test_a_long_list_comes_page_by_page(
    person: Person, store: Store, operator_api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_PAGE", 2)
    for number in range(5):
        await person.create_sim(f"pump-{number}")
    api = Recording(operator_api)
    async with running(watches(api, store, person.namespace).run()), asyncio.timeout(60):
        await store.complete.wait()
        assert len(store.sims) == 5
    path = KINDS[SIM_KIND].collection(person.namespace)
    assert api.requests.count(("GET", path)) == 3


@pytest.fixture
async def fenced(
    cluster: Cluster, crds: tuple[Path, ...], namespace: str, tmp_path: Path
) -> AsyncIterator[ApiClient]:
    """An operator of this test alone, whose rights can be taken."""
    file = service_account_kubeconfig(
        cluster, namespace, "fenced", CLUSTER_ROLE, tmp_path / "kubeconfig"
    )
    async with connected(file) as api:
        yield api
    kubectl(cluster.kubeconfig, "delete", "clusterrolebinding", binding(namespace))


def binding(namespace: str) -> str:
    return f"{namespace}:fenced:sim-operator"


async def test_without_rights_nothing_goes_and_with_them_it_goes_on(
    cluster: Cluster, fenced: ApiClient, person: Person, store: Store, tmp_path: Path
) -> None:
    api = Recording(fenced)
    timing = Timing(shortest=1.0)
    gone: list[Any] = []
    await person.create_sim("pump")
    async with running(watches(api, store, person.namespace, timing=timing).run()):
        await until(store, lambda: bool(store.sims))
        store.subscribe(lambda change: gone.append(change) if change.new is None else None)
        await asyncio.to_thread(
            kubectl, cluster.kubeconfig, "delete", "clusterrolebinding", binding(person.namespace)
        )
        async with asyncio.timeout(90):
            while len(api.refused) < 6:  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.1)
        await person.create_sim("later")
        assert not gone
        await asyncio.to_thread(
            service_account_kubeconfig,
            cluster,
            person.namespace,
            "fenced",
            CLUSTER_ROLE,
            tmp_path / "again",
        )
        await until(store, lambda: person.key("later") in store.sims)
    assert set(api.refused) == {403}
    assert not gone
