"""A standby learns from the real Lease where the holder takes batches."""

import asyncio
from typing import Any

import pytest

from sim_operator.kube.address import own_address
from sim_operator.kube.connection import MERGE_PATCH, ApiClient
from sim_operator.kube.lease import Lease, identity_of
from sim_operator.kube.lease_record import ADDRESS
from tests.integration.test_kube_lease import read, running

pytestmark = pytest.mark.cluster

FIRST, SECOND = "10.0.0.7:8081", "[fd00::7]:8081"


def candidate(api: ApiClient, namespace: str, address: str | None, **options: Any) -> Lease:
    quick = {"duration": 60.0, "renew_deadline": 40.0, "retry": 0.2, **options}
    identity = identity_of(address or "silent")
    return Lease(
        api, namespace, identity=identity, heartbeat=lambda _: None, address=address, **quick
    )


async def until_address(lease: Lease, wanted: str | None) -> None:
    for _ in range(600):
        if lease.holder_address == wanted:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{lease.holder_address} instead of {wanted}")


async def annotate(api: ApiClient, namespace: str, **annotations: str | None) -> None:
    path = f"/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases/sim-operator"
    body = {"metadata": {"annotations": annotations}}
    await api.request("PATCH", path, body=body, content_type=MERGE_PATCH)


async def test_a_standby_knows_the_address_of_the_holder_and_follows_a_change_of_it(
    operator_api: ApiClient, person_api: ApiClient, namespace: str
) -> None:
    first = candidate(operator_api, namespace, FIRST)
    second = candidate(operator_api, namespace, SECOND)
    assert first.holder_address is None
    async with running(first):
        await first.leading.wait()
        async with running(second):
            await until_address(second, FIRST)
            assert first.holder_address is None  # its own
            await first.release()
            await second.leading.wait()
            assert second.holder_address is None
            annotations = (await read(person_api, namespace))["metadata"]["annotations"]
            assert annotations[ADDRESS] == SECOND


async def test_a_released_lease_tells_no_address(
    operator_api: ApiClient, person_api: ApiClient, namespace: str
) -> None:
    lease = candidate(operator_api, namespace, FIRST)
    async with running(lease):
        await lease.leading.wait()
        await annotate(person_api, namespace, team="iot")
        body = patched = await read(person_api, namespace)
        while body["spec"]["renewTime"] == patched["spec"]["renewTime"]:
            await asyncio.sleep(0.1)
            body = await read(person_api, namespace)
        await lease.release()
    assert (await read(person_api, namespace))["metadata"]["annotations"] == {"team": "iot"}


async def test_a_holder_without_an_address_leaves_none_of_the_one_before(
    operator_api: ApiClient, person_api: ApiClient, namespace: str
) -> None:
    first = candidate(operator_api, namespace, FIRST, duration=2.0, renew_deadline=1.5)
    async with running(first) as tasks:
        await first.leading.wait()
        tasks[0].cancel()
        silent = candidate(operator_api, namespace, None)
        async with running(silent):
            await silent.leading.wait()
            metadata = (await read(person_api, namespace))["metadata"]
    assert ADDRESS not in metadata.get("annotations", {})


async def test_the_address_of_a_holder_that_is_gone_is_not_used(
    operator_api: ApiClient, namespace: str
) -> None:
    now = 1000.0
    first = candidate(operator_api, namespace, FIRST)
    async with running(first) as tasks:
        await first.leading.wait()
        tasks[0].cancel()
        second = candidate(operator_api, namespace, None, monotonic=lambda: now, retry=3600.0)
        async with running(second):
            await until_address(second, FIRST)
            now += 59.0
            assert second.holder_address == FIRST
            now += 1.0
            assert second.holder_address is None


@pytest.mark.parametrize(
    "forged", ["evil.example:8081", "10.0.0.7", "10.0.0.7:8081/x", "0.0.0.0:1"]
)
async def test_an_annotation_that_is_no_address_is_not_believed(
    operator_api: ApiClient, person_api: ApiClient, namespace: str, forged: str
) -> None:
    first = candidate(operator_api, namespace, FIRST, retry=3600.0, renew_deadline=50.0)
    second = candidate(operator_api, namespace, None)
    async with running(first):
        await first.leading.wait()
        async with running(second):
            await until_address(second, FIRST)
            await annotate(person_api, namespace, **{ADDRESS: forged})
            await until_address(second, None)
            await annotate(person_api, namespace, **{ADDRESS: SECOND})
            await until_address(second, SECOND)


async def test_the_own_address_towards_this_api_server_can_be_published(
    operator_api: ApiClient, namespace: str
) -> None:
    host, port = operator_api.server
    address = f"{own_address(host, port)}:8081"
    first = candidate(operator_api, namespace, address)
    second = candidate(operator_api, namespace, None)
    async with running(first):
        await first.leading.wait()
        async with running(second):
            await until_address(second, address)
