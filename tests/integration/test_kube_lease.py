"""Leader election between real contenders for a real Lease."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sim_operator.kube.answers import Answer, ApiError
from sim_operator.kube.connection import MERGE_PATCH, ApiClient
from sim_operator.kube.lease import Lease, identity_of

pytestmark = pytest.mark.cluster

Contender = Callable[..., Lease]


@pytest.fixture
def contender(operator_api: ApiClient, namespace: str) -> Contender:
    def make(name: str, api: ApiClient = operator_api, **options: Any) -> Lease:
        quick = {"duration": 3.0, "renew_deadline": 2.0, "retry": 0.2, **options}
        return Lease(api, namespace, identity=identity_of(name), heartbeat=lambda _: None, **quick)

    return make


@asynccontextmanager
async def running(*leases: Lease) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.create_task(lease.run()) for lease in leases]
    try:
        async with asyncio.timeout(40):
            yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def read(api: ApiClient, namespace: str) -> dict[str, Any]:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/sim-operator"
    return (await api.request("GET", path)).body


async def test_of_two_contenders_one_leads_and_gives_way_when_it_stops(
    contender: Contender, person_api: ApiClient, namespace: str
) -> None:
    # The Lease holds for a minute, so only its release can let the second one lead in time.
    first = contender("first", duration=60.0)
    second = contender("second", duration=60.0)
    async with running(first, second):
        leads = asyncio.create_task(first.leading.wait())
        other = asyncio.create_task(second.leading.wait())
        done, _ = await asyncio.wait([leads, other], return_when=asyncio.FIRST_COMPLETED)
        leader, standby = (first, second) if leads in done else (second, first)
        assert leader.outlives(4)
        assert not standby.leading.is_set()

        before = (await read(person_api, namespace))["spec"]
        await leader.release()
        assert not leader.outlives(0)
        await standby.leading.wait()
        after = (await read(person_api, namespace))["spec"]
        await asyncio.wait([leads, other])

    assert not leader.lost.is_set()
    assert after["leaseTransitions"] == before["leaseTransitions"] + 1
    assert after["holderIdentity"] != before["holderIdentity"]
    assert after["acquireTime"] > before["acquireTime"]


async def test_renewing_keeps_the_time_of_acquisition(
    contender: Contender, person_api: ApiClient, namespace: str
) -> None:
    lease = contender("only")
    async with running(lease):
        await lease.leading.wait()
        first = (await read(person_api, namespace))["spec"]
        renewed = first
        while renewed["renewTime"] == first["renewTime"]:
            await asyncio.sleep(0.1)
            renewed = (await read(person_api, namespace))["spec"]

    assert renewed["acquireTime"] == first["acquireTime"]
    assert renewed["leaseTransitions"] == first["leaseTransitions"] == 0


async def test_an_abandoned_lease_is_taken_after_its_duration(contender: Contender) -> None:
    first, second = contender("first"), contender("second")
    async with running(first) as tasks:
        await first.leading.wait()
        tasks[0].cancel()
        async with running(second):
            await second.leading.wait()
            # Whoever stopped renewing knows by then that it may no longer write.
            assert not first.outlives(0)


async def test_a_lease_that_is_deleted_is_taken_from_nobody_before_its_time(
    contender: Contender, person_api: ApiClient, namespace: str
) -> None:
    first, second = contender("first", address="127.0.0.1:1"), contender("second")
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/sim-operator"
    async with running(first) as tasks:
        await first.leading.wait()
        tasks[0].cancel()  # it has not looked since
        async with running(second):
            while second.holder_address is None:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)
            await person_api.request("DELETE", path)
            await second.leading.wait()
            assert not first.outlives(0)


async def test_a_lease_that_went_while_nobody_looked_may_have_been_renewed_until_then(
    contender: Contender, operator_api: ApiClient, person_api: ApiClient, namespace: str
) -> None:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/sim-operator"
    deaf = Deaf(operator_api)
    first, second = contender("first", address="127.0.0.1:1"), contender("second", deaf)
    async with running(first) as tasks:
        await first.leading.wait()
        async with running(second):
            while second.holder_address is None:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)
            deaf.cut = True
            await asyncio.sleep(3.5)
            assert first.outlives(0)
            tasks[0].cancel()
            await person_api.request("DELETE", path)
            deaf.cut = False
            await second.leading.wait()
            assert not first.outlives(0)


async def test_whoever_stood_still_while_another_one_led_does_not_go_on(
    contender: Contender,
) -> None:
    first, second = contender("first"), contender("second")
    async with running(first) as tasks:
        await first.leading.wait()
        tasks[0].cancel()  # it stands still
        async with running(second):
            await second.leading.wait()
            await second.release()
    # Nobody holds it now, but what it remembers is of before the other one.
    async with running(first) as tasks:
        await asyncio.wait(tasks)
    assert first.lost.is_set()


async def test_whoever_stood_still_for_longer_than_it_lasts_does_not_go_on(
    contender: Contender,
) -> None:
    now = 1000.0
    lease = contender("first", monotonic=lambda: now, retry=0.05)
    async with running(lease) as tasks:
        await lease.leading.wait()
        now += 3.0
        await asyncio.wait(tasks)
    assert lease.lost.is_set()


class Deaf(ApiClient):
    """A connection by which, once it is cut, every request fails."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api
        self.cut = False

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        if self.cut:
            raise ApiError("no answer")
        return await self._api.request(method, path, **options)


class Severed(ApiClient):
    """A connection that can be cut: what is sent then never comes back."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api
        self.cut = False

    async def request(self, method: str, path: str, **options: Any) -> Answer:
        if self.cut:
            await asyncio.Event().wait()
        return await self._api.request(method, path, **options)


async def test_a_lease_that_cannot_be_renewed_is_lost_by_the_deadline(
    contender: Contender, operator_api: ApiClient
) -> None:
    api = Severed(operator_api)
    lease = contender("cut off", api)
    async with running(lease) as tasks:
        await lease.leading.wait()
        api.cut = True
        await lease.lost.wait()
        assert not lease.leading.is_set()
        assert not lease.outlives(0)
        await tasks[0]


async def test_outlives_counts_from_before_the_renewal_was_sent(
    contender: Contender, operator_api: ApiClient
) -> None:
    now = 1000.0

    class Slow(ApiClient):
        """Every request takes five seconds of the lease's clock."""

        def __init__(self) -> None:
            pass

        async def request(self, method: str, path: str, **options: Any) -> Answer:
            nonlocal now
            now += 5.0
            return await operator_api.request(method, path, **options)

    clock = {"duration": 15.0, "renew_deadline": 10.0, "retry": 3600.0}
    lease = contender("slow", Slow(), monotonic=lambda: now, **clock)
    async with running(lease):
        await lease.leading.wait()
        assert lease.outlives(9.9)
        assert not lease.outlives(10.0)
        now += 6.0
        assert lease.outlives(3.9)
        assert not lease.outlives(4.0)
        now += 60.0
        assert not lease.outlives(0)


async def test_a_lease_that_somebody_takes_by_force_is_lost(
    contender: Contender, person_api: ApiClient, namespace: str
) -> None:
    lease = contender("robbed")
    async with running(lease):
        await lease.leading.wait()
        path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/sim-operator"
        theft = {"spec": {"holderIdentity": "robber", "leaseDurationSeconds": 60}}
        await person_api.request("PATCH", path, body=theft, content_type=MERGE_PATCH)
        await lease.lost.wait()

    assert (await read(person_api, namespace))["spec"]["holderIdentity"] == "robber"


async def test_labels_that_others_put_on_the_lease_survive_a_renewal(
    contender: Contender, person_api: ApiClient, namespace: str
) -> None:
    lease = contender("only")
    async with running(lease):
        await lease.leading.wait()
        path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/sim-operator"
        labels = {"metadata": {"labels": {"team": "iot"}}}
        patched = await person_api.request("PATCH", path, body=labels, content_type=MERGE_PATCH)
        body = patched.body
        while body["spec"]["renewTime"] == patched.body["spec"]["renewTime"]:
            await asyncio.sleep(0.1)
            body = await read(person_api, namespace)

    assert body["metadata"]["labels"] == {"team": "iot"}
