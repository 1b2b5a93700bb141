"""The Lease of one replica, and those of accounts, at a real API server."""

import asyncio
from typing import Any

import pytest

from sim_operator.domain.resources import Key
from sim_operator.kube.account_leases import AccountLeases, account_lease_name
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.member_lease import MemberLease, member_name
from tests.integration.test_kube_lease import running

pytestmark = pytest.mark.cluster

ACCOUNT = Key("plant-a", "default")
FIRST, SECOND = "first_1", "second_2"


def member(api: ApiClient, namespace: str, identity: str, **options: Any) -> MemberLease:
    quick = {"duration": 6.0, "renew_deadline": 4.0, "retry": 0.2, **options}
    return MemberLease(api, namespace, identity=identity, heartbeat=lambda _: None, **quick)


async def test_a_member_is_seen_while_it_runs_and_gone_when_it_ends(
    operator_api: ApiClient, namespace: str
) -> None:
    leases = AccountLeases(operator_api, namespace, SECOND)
    lease = member(operator_api, namespace, FIRST, address="10.0.0.7:8081")
    async with running(lease):
        await lease.leading.wait()
        found = (await leases.look()).members[FIRST]
        assert (found.name, found.address) == (member_name(FIRST), "10.0.0.7:8081")
        assert found.pulse.duration == 6.0
        await lease.release()
        assert (await leases.look()).members == {}
    assert not lease.lost.is_set()


async def test_a_member_whose_lease_was_deleted_ends_and_makes_no_other(
    operator_api: ApiClient, namespace: str
) -> None:
    leases = AccountLeases(operator_api, namespace, SECOND)
    lease = member(operator_api, namespace, FIRST)
    async with running(lease) as tasks:
        await lease.leading.wait()
        fenced = False
        while not fenced:  # it may be renewed in between
            fenced = await leases.fence((await leases.look()).members[FIRST])
        await lease.lost.wait()
        await tasks[0]
    assert not lease.outlives(0)
    assert (await leases.look()).members == {}


async def test_a_member_that_was_renewed_meanwhile_is_not_fenced_off(
    operator_api: ApiClient, namespace: str
) -> None:
    leases = AccountLeases(operator_api, namespace, SECOND)
    lease = member(operator_api, namespace, FIRST)
    async with running(lease):
        await lease.leading.wait()
        seen = (await leases.look()).members[FIRST]
        async with asyncio.timeout(20):
            while (await leases.look()).members[FIRST] == seen:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert not await leases.fence(seen)
        assert FIRST in (await leases.look()).members


async def test_a_member_that_stood_still_for_too_long_does_not_renew(
    operator_api: ApiClient, namespace: str
) -> None:
    now = 1000.0
    lease = member(operator_api, namespace, FIRST, monotonic=lambda: now, retry=0.05)
    async with running(lease) as tasks:
        await lease.leading.wait()
        now += 6.0
        await lease.lost.wait()
        await tasks[0]


async def test_of_two_takers_one_gets_the_account_and_gives_it_up_again(
    operator_api: ApiClient, namespace: str
) -> None:
    first = AccountLeases(operator_api, namespace, FIRST)
    second = AccountLeases(operator_api, namespace, SECOND)
    assert (await first.look()).accounts == {}
    taken = [await first.take(ACCOUNT, None), await second.take(ACCOUNT, None)]
    assert [one.holder for one in taken if one is not None] == [FIRST]
    seen = (await second.look()).accounts[ACCOUNT]
    assert (seen.name, seen.holder) == (account_lease_name(ACCOUNT), FIRST)

    await first.give_up(ACCOUNT, seen)
    free = (await second.look()).accounts[ACCOUNT]
    assert free.holder == ""
    assert await first.take(ACCOUNT, seen) is None  # that one has changed since
    mine = await second.take(ACCOUNT, free)
    assert mine is not None
    assert mine.holder == SECOND
    await second.remove(mine)
    assert (await second.look()).accounts == {}


async def test_names_of_accounts_that_look_alike_have_leases_of_their_own() -> None:
    alike = [Key("a", "b.c"), Key("a.b", "c"), Key("a", "b"), Key("a", "x" * 250)]
    names = {account_lease_name(one) for one in alike}
    assert len(names) == len(alike)
    assert all(len(name) <= 253 for name in names)
