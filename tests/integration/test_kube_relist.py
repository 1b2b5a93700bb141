"""The store against a list of its own: ghosts go, what was missed comes."""

import asyncio
from typing import Any

import pytest

from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.kube import listing
from sim_operator.kube import relist as relist_module
from sim_operator.kube.answers import Answer
from sim_operator.kube.connection import MERGE_PATCH, ApiClient
from sim_operator.kube.kinds import KINDS
from sim_operator.kube.relist import Relist
from sim_operator.kube.store import Change, Store
from tests.integration.kube_objects import Person, Recording
from tests.integration.watched import running, until

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("crds")]


@pytest.fixture
def person(person_api: ApiClient, namespace: str) -> Person:
    return Person(person_api, namespace)


@pytest.fixture
def beats() -> list[float]:
    return []


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def api(operator_api: ApiClient) -> Recording:
    return Recording(operator_api)


@pytest.fixture
def relist(api: Recording, store: Store, namespace: str, beats: list[float]) -> Relist:
    return Relist(api, store, [namespace], beats.append)


async def test_a_ghost_is_removed(person: Person, store: Store, relist: Relist) -> None:
    store.observe(SIM_KIND, await person.create_sim("ghost"))
    store.observe(SIM_KIND, await person.create_sim("pump"))
    changes: list[Change] = []
    store.subscribe(changes.append)
    await person.delete_sim("ghost")

    assert await relist.round()

    assert set(store.sims) == {person.key("pump")}
    assert [(one.key.name, one.new) for one in changes] == [("ghost", None)]


async def test_a_ghost_of_a_policy_is_removed_though_it_could_not_be_read(
    person: Person, store: Store, relist: Relist
) -> None:
    ghost = await person.create_policy("ghost")
    ghost["spec"]["mode"] = "Punish"
    store.observe(POLICY_KIND, ghost)
    assert (POLICY_KIND, person.key("ghost")) in store.unreadable
    await person.api.request("DELETE", KINDS[POLICY_KIND].item(person.key("ghost")))

    assert await relist.round()

    assert store.count(POLICY_KIND) == 0


async def test_a_kind_is_brought_up_to_date_without_any_watch(
    person: Person, store: Store, relist: Relist
) -> None:
    store.observe(ACCOUNT_KIND, await person.create_account("held"))
    await person.create_account("missed")
    path = KINDS[ACCOUNT_KIND].item(person.key("held"))
    status = {"status": {"protection": {"rejectedFingerprint": "written by another replica"}}}
    await person.api.request("PATCH", f"{path}/status", body=status, content_type=MERGE_PATCH)

    await relist.renew(ACCOUNT_KIND)

    assert set(store.accounts) == {person.key("held"), person.key("missed")}
    assert b"written by another replica" in store.accounts[person.key("held")].status


async def test_what_is_brought_up_to_date_lags_no_more(person: Person, relist: Relist) -> None:
    await person.create_account("lagging")
    await relist.round()
    assert relist.lagging == 1

    await relist.renew(ACCOUNT_KIND)

    assert relist.lagging == 0


async def test_what_the_loop_promised_of_itself_stands_while_others_bring_a_kind_up_to_date(
    person: Person, relist: Relist, beats: list[float]
) -> None:
    """On a cluster without an object the loop sleeps for minutes, and a shorter promise in its
    name would make it look stuck."""
    await relist.round()
    promised = list(beats)
    await person.create_account("later")

    await relist.renew(ACCOUNT_KIND)

    assert beats == promised


async def test_what_is_listed_and_not_held_as_listed_lags(
    person: Person, store: Store, relist: Relist
) -> None:
    store.observe(SIM_KIND, await person.create_sim("first"))
    late = await person.create_sim("late")
    policy = await person.create_policy("pumps")

    await relist.round()
    assert relist.lagging == 2
    store.observe(SIM_KIND, late)
    assert relist.lagging == 1
    store.observe(POLICY_KIND, policy)

    assert relist.lagging == 0


async def test_what_the_watch_never_brought_is_fetched(
    person: Person, store: Store, relist: Relist, api: Recording
) -> None:
    await person.create_sim("missed")
    stale = await person.create_sim("stale")
    store.observe(SIM_KIND, stale)
    await person.label("stale", fleet="pumps")

    await relist.round()
    assert all(path.endswith("s") for _, path in api.requests), "only lists in the first round"
    await relist.catch_up()

    assert set(store.sims) == {person.key("missed"), person.key("stale")}
    assert store.sims[person.key("stale")].meta.labels == {"fleet": "pumps"}
    assert relist.lagging == 0


async def test_what_came_meanwhile_is_not_fetched(
    person: Person, store: Store, relist: Relist, api: Recording
) -> None:
    body = await person.create_sim("pump")
    await relist.round()
    store.observe(SIM_KIND, body)
    before = len(api.requests)

    await relist.catch_up()

    assert len(api.requests) == before
    assert relist.lagging == 0


async def test_an_object_that_was_deleted_after_the_list_does_not_hold_it_up(
    person: Person, store: Store, relist: Relist
) -> None:
    await person.create_sim("pump")
    await relist.round()
    await person.delete_sim("pump")

    await relist.catch_up()

    assert relist.lagging == 0
    assert not store.sims


class Overtaken(Recording):
    """While the list of SIMs is on its way, the one that it lacks is created again."""

    def __init__(self, api: ApiClient, store: Store, person: Person) -> None:
        super().__init__(api)
        self._store = store
        self._person = person

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        answer = await super().request(method, path, **options)
        if path.endswith("/sims"):
            self._store.observe(SIM_KIND, await self._person.create_sim("pump"))
        return answer


async def test_an_object_that_came_during_the_list_is_kept(
    person: Person, store: Store, operator_api: ApiClient, namespace: str
) -> None:
    old = await person.create_sim("pump")
    store.observe(SIM_KIND, old)
    await person.delete_sim("pump")
    api = Overtaken(operator_api, store, person)

    relist = Relist(api, store, [namespace], lambda _: None)
    assert await relist.round()

    assert store.sims[person.key("pump")].meta.uid != old["metadata"]["uid"]
    assert relist.lagging == 0


class Behind(Recording):
    """An API server that answers a list as it was when it was first asked."""

    def __init__(self, api: ApiClient) -> None:
        super().__init__(api)
        self._first: dict[str, Answer] = {}

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        if path not in self._first:
            self._first[path] = await super().request(method, path, **options)
        return self._first[path]


async def test_an_object_that_is_newer_than_the_list_is_kept(
    person: Person, store: Store, operator_api: ApiClient, namespace: str
) -> None:
    relist = Relist(Behind(operator_api), store, [namespace], lambda _: None)
    await relist.round()
    store.observe(SIM_KIND, await person.create_sim("pump"))

    await relist.round()

    assert person.key("pump") in store.sims


async def test_a_list_of_several_pages_is_whole(
    person: Person, store: Store, relist: Relist, api: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_PAGE", 2)
    for number in range(5):
        store.observe(SIM_KIND, await person.create_sim(f"pump-{number}"))

    await relist.round()

    assert relist.lagging == 0
    assert sum(path.endswith("/sims") for _, path in api.requests) == 3


async def test_a_kind_that_is_not_installed_counts_as_an_empty_list(
    person_api: ApiClient, namespace: str
) -> None:
    # As an administrator: the API server forbids an unknown kind before it misses it.
    found = await listing.list_metadata(
        person_api, f"/apis/sim-operator.io/v1alpha1/namespaces/{namespace}/simbundles"
    )

    assert found.objects == {}


async def test_a_difference_in_number_is_noticed_and_put_right(
    person: Person, store: Store, api: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    relist = Relist(api, store, [person.namespace], lambda _: None, swept=())
    store.complete.set()
    monkeypatch.setattr(relist_module, "_LOOK", 0.01)
    store.observe(SIM_KIND, await person.create_sim("ghost"))
    for name in ("one", "two"):
        store.observe(SIM_KIND, await person.create_sim(name))
    assert await relist.count()
    counted = len(api.requests)
    assert counted == len(KINDS), "one page of one object for each kind"
    await person.delete_sim("ghost")

    assert await relist.count()

    assert set(store.sims) == {person.key("one"), person.key("two")}
    sims = sum(path.endswith("/sims") for _, path in api.requests[counted:])
    assert sims == 3, "counted twice and listed once"


async def test_a_difference_that_passes_is_none(
    person: Person,
    store: Store,
    operator_api: ApiClient,
    namespace: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relist_module, "_LOOK", 0.01)
    body = await person.create_sim("late")
    api = Arriving(operator_api, store, body)

    store.complete.set()

    assert await Relist(api, store, [namespace], lambda _: None, swept=()).count()

    assert [path for _, path in api.requests if path.endswith("/sims")] == 2 * [
        KINDS[SIM_KIND].collection(namespace)
    ]


class Arriving(Recording):
    """An object that the watch brings just after it has been counted."""

    def __init__(self, api: ApiClient, store: Store, body: dict[str, Any]) -> None:
        super().__init__(api)
        self._store = store
        self._body = body

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        answer = await super().request(method, path, **options)
        if path.endswith("/quotapolicies"):
            self._store.observe(SIM_KIND, self._body)
        return answer


async def test_nothing_is_counted_against_a_store_that_is_still_being_filled(
    person: Person, store: Store, api: Recording
) -> None:
    await person.create_sim("pump")

    assert await Relist(api, store, [person.namespace], lambda _: None, swept=()).count()

    assert api.requests == []


async def test_what_is_swept_is_complete_when_all_of_it_is_held(
    person: Person, store: Store, api: Recording
) -> None:
    heard: list[str] = []
    relist = Relist(
        api,
        store,
        [person.namespace],
        lambda _: None,
        swept=(ACCOUNT_KIND, POLICY_KIND),
        complete=store.complete.set,
        heard=lambda: heard.append("heard"),
    )
    await person.create_sim("pump")
    account = await person.create_account("default")

    await relist.round()
    assert heard == ["heard"]
    assert not store.complete.is_set()
    store.observe(ACCOUNT_KIND, account)
    await relist.round()

    assert store.complete.is_set()
    assert not [path for _, path in api.requests if path.endswith("/sims")]


async def test_it_runs_until_complete_and_again_when_kicked(
    person: Person, store: Store, api: Recording, beats: list[float]
) -> None:
    await person.create_policy("pumps")
    kick, gone = asyncio.Event(), asyncio.Event()
    relist = Relist(
        api,
        store,
        [person.namespace],
        beats.append,
        swept=(POLICY_KIND,),
        complete=store.complete.set,
    )
    async with running(relist.run(interval=3600, kick=kick)), asyncio.timeout(60):
        await store.complete.wait()
        store.subscribe(lambda change: gone.set() if change.new is None else None)
        await person.api.request("DELETE", KINDS[POLICY_KIND].item(person.key("pumps")))
        kick.set()
        await gone.wait()

    assert not store.policies
    assert beats


async def test_once_in_a_while_what_is_only_counted_is_listed_too(
    person: Person, store: Store, api: Recording
) -> None:
    stale = await person.create_sim("pump")
    store.observe(SIM_KIND, stale)
    store.complete.set()
    await person.label("pump", fleet="pumps")
    relist = Relist(api, store, [person.namespace], lambda _: None, swept=())
    async with running(relist.run(interval=3600, whole=0.0, kick=asyncio.Event())):
        await until(store, lambda: bool(store.sims[person.key("pump")].meta.labels))
