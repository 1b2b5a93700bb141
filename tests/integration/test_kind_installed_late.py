"""An operator that is newer than the CRDs of its cluster: a kind is missing, comes, and goes."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import kopf
import pytest

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.handlers import configuration, discovery, feed, login
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.feed import Feed
from sim_operator.kube.relist import Relist
from sim_operator.kube.store import Store
from sim_operator.kube.watching import Timing
from tests.cluster import Cluster, Provider, apply, choose, kubectl, start
from tests.cluster.access import service_account_kubeconfig
from tests.conftest import CRDS
from tests.integration.conftest import CLUSTER_ROLE, OPERATOR_NAMESPACE, connected
from tests.integration.kube_objects import Person
from tests.integration.tenants import opened
from tests.integration.watched import running, until, watches

pytestmark = pytest.mark.cluster

POLICIES = CRDS / "quotapolicies.yaml"
PRESENT = (CRDS / "sims.yaml", CRDS / "simaccounts.yaml")
NAMESPACE = "late"


@pytest.fixture(scope="module")
def bare() -> Iterator[Cluster]:
    """A cluster of this module's own, without the CRD of QuotaPolicies."""
    if choose(os.environ).provider not in {Provider.BINARIES, Provider.BUILD}:
        pytest.skip("a cluster that others use too has all CRDs")
    started = start()
    try:
        for file in PRESENT:
            install(started, file)
        kubectl(started.kubeconfig, "create", "namespace", NAMESPACE)
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def restricted(bare: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The operator's own kubeconfig there."""
    destination = tmp_path_factory.mktemp("late") / "kubeconfig"
    return service_account_kubeconfig(
        bare, OPERATOR_NAMESPACE, "sim-operator", CLUSTER_ROLE, destination
    )


@pytest.fixture
async def api(restricted: Path) -> AsyncIterator[ApiClient]:
    async with connected(restricted) as made:
        yield made


@pytest.fixture
async def person(bare: Cluster) -> AsyncIterator[Person]:
    async with connected(bare.kubeconfig) as made:
        yield Person(made, NAMESPACE)


def install(cluster: Cluster, file: Path) -> None:
    apply(cluster.kubeconfig, file)
    deadline = time.monotonic() + 30
    while not is_established(cluster, file):
        assert time.monotonic() < deadline, f"{file.name} is not established"
        time.sleep(0.1)


def is_established(cluster: Cluster, file: Path) -> bool:
    """Not by `kubectl wait`: it fails where a CRD has no conditions at all yet."""
    found = json.loads(kubectl(cluster.kubeconfig, "get", "-f", str(file), "-o", "json"))
    conditions = found.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def uninstall(cluster: Cluster, file: Path) -> None:
    kubectl(cluster.kubeconfig, "delete", "--ignore-not-found", "--timeout=30s", "-f", str(file))


async def test_a_list_is_empty_without_the_kind_and_finds_it_when_it_comes(
    bare: Cluster, api: ApiClient, person: Person
) -> None:
    store = Store()
    relist = Relist(api, store, [NAMESPACE], lambda _: None)
    store.observe(SIM_KIND, await person.create_sim("pump"))

    assert await relist.round()
    assert await relist.count()
    assert [store.count(kind) for kind in (SIM_KIND, ACCOUNT_KIND, POLICY_KIND)] == [1, 0, 0]

    install(bare, POLICIES)
    try:
        await person.create_policy("pumps")
        assert await relist.round()
        await relist.catch_up()
        assert set(store.policies) == {person.key("pumps")}
    finally:
        uninstall(bare, POLICIES)

    assert await relist.round()
    assert store.count(POLICY_KIND) == 0, "with its kind, a policy is gone"
    assert store.count(SIM_KIND) == 1


async def test_a_watch_is_complete_without_the_kind_and_goes_with_it(
    bare: Cluster, api: ApiClient, person: Person
) -> None:
    store = Store()
    timing = Timing(absent=0.2)
    watch = watches(api, store, NAMESPACE, timing=timing)
    async with running(watch.run()), asyncio.timeout(120):
        await store.complete.wait()
        for turn in ("first", "second"):
            await asyncio.to_thread(install, bare, POLICIES)
            await person.create_policy(turn)
            await until(store, lambda: len(store.policies) == 1)
            assert set(store.policies) == {person.key(turn)}
            await asyncio.to_thread(uninstall, bare, POLICIES)
            await until(store, lambda: not store.policies)


async def test_a_kind_is_watched_though_kopf_did_not_hear_of_it(
    bare: Cluster, restricted: Path, api: ApiClient, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(restricted))
    monkeypatch.setattr(discovery, "_PAUSE_SECONDS", 0.2)
    store, ended, came = Store(), asyncio.Event(), asyncio.Event()
    store.subscribe(lambda change: came.set() if change.kind == POLICY_KIND else None)
    registry, settings = kopf.OperatorRegistry(), configuration.settings()
    # As where the API server lists a kind a moment after the last event of its CRD.
    settings.scanning.disabled = True
    feed.register(registry, Feed(store))
    login.register(registry)
    insights = discovery.register(registry, settings, api)
    working = asyncio.create_task(
        kopf.operator(
            registry=registry,
            settings=settings,
            insights=insights,
            namespaces=[NAMESPACE],
            standalone=True,
            stop_flag=ended,
        )
    )
    try:
        await asyncio.wait_for(insights.ready_resources.wait(), 30)
        await asyncio.to_thread(install, bare, POLICIES)
        await person.create_policy("unheard")
        await asyncio.wait_for(came.wait(), 30)
        assert set(store.policies) == {person.key("unheard")}
    finally:
        ended.set()
        await working
        await asyncio.to_thread(uninstall, bare, POLICIES)


@pytest.mark.parametrize("everywhere", [False, True])
def test_the_operator_works_without_the_kind_and_watches_it_as_soon_as_it_is_there(
    bare: Cluster, restricted: Path, tmp_path: Path, *, everywhere: bool
) -> None:
    settings: dict[str, Any] = {"watch_namespaces": ""} if everywhere else {}
    with ExitStack() as stack:
        stack.callback(uninstall, bare, POLICIES)
        world = stack.enter_context(opened(bare, restricted, tmp_path, **settings))

        def held() -> float:
            return world.operator.metric("sim_operator_store_objects", kind=POLICY_KIND)

        policy = world.manifest(POLICY_KIND, "pumps", {"selector": {}, "data": {"perSIM": "40Mi"}})
        world.account()
        world.sim("pump", state="Enabled")
        world.operator.start()
        world.until_reason("pump", "Reconciled")
        assert held() == 0

        for turn in ("first", "second"):
            install(bare, POLICIES)
            world.apply(policy)
            # The next list of its own would come after three minutes: this is the watch.
            world.until(lambda: held() == 1, f"the policy comes, the {turn} time")
            uninstall(bare, POLICIES)
            world.until(lambda: held() == 0, f"the policy goes with its kind, the {turn} time")

        world.kubectl("patch", "sim", "pump", "--type=merge", "-p", '{"spec":{"label":"later"}}')
        world.until(lambda: world.status("pump").get("label") == "later", "SIMs go on")
        assert world.operator.get("/healthz")[0] == 200
