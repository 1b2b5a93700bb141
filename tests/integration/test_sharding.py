"""Replicas share the accounts: each account is in one hand, whoever comes or goes."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.shards import (
    HAND_OVER_SECONDS,
    RATE,
    Shards,
    busiest_second,
    freeze,
    runs_by_token,
    shards,
    thaw,
)
from tests.integration.tenants import Tenant
from tests.integration.world import Json


@pytest.fixture(scope="module")
def made(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shards]:
    with shards(cluster, operator_kubeconfig, tmp_path_factory.mktemp("shards")) as found:
        found.add(6)
        yield found


def test_accounts_are_spread_evenly_and_each_is_told_of_once(made: Shards) -> None:
    made.until_spread([2, 2, 2])
    holders = made.holders()
    assert len(holders) == 6
    pages = [one.get("/metrics")[1] for one in made.replicas]
    for account in holders:
        told = [page for page in pages if f'simaccount_ready{{account="{account}"}}' in page]
        assert len(told) == 1
    assert sum(one.metric("sim_operator_leader") for one in made.replicas) == 1
    for one in made.replicas:
        status, body = one.get("/readyz")
        assert (status, json.loads(body)["reason"].split(",")[0]) == (
            200,
            "sharing: 2 of 6 accounts",
        )
        assert one.get("/healthz")[0] == 200


@pytest.fixture
def tenant(made: Shards) -> Tenant:
    """A customer whose account is worked, by one of three replicas."""
    while len(made.running) < 3:
        made.new()
    made.until_spread([2, 2, 2])
    found = made.customers[0]
    made.until_held(found)
    return found


def in_one_hand_at_a_time(tenant: Tenant) -> None:
    """One process after the other called 1NCE for the account, and none of them too fast."""
    calls = [one for one in tenant.calls() if one["token"] is not None]
    runs = runs_by_token(calls)
    assert len(set(runs)) == len(runs), runs
    assert busiest_second(calls) <= RATE


def test_the_accounts_of_a_replica_that_was_killed_are_worked_by_the_others(
    made: Shards, tenant: Tenant
) -> None:
    tenant.sim("mast", state="Enabled")
    tenant.until_reason("mast", "Reconciled")
    old = made.until_held(tenant)

    old.kill()
    tenant.patch("sim", "mast", {"label": "by another"})

    made.until_spread([3, 3])
    tenant.until(lambda: tenant.at_1nce(tenant.iccids[0])["label"] == "by another", "it acts")
    assert len(tenant.writes()) == 1
    assert len(made.leases("member")) == 2
    in_one_hand_at_a_time(tenant)


def test_a_replica_that_stood_still_finds_its_accounts_gone_and_ends(
    made: Shards, tenant: Tenant
) -> None:
    tenant.sim("tower", 1, state="Enabled")
    tenant.until_reason("tower", "Reconciled")
    old, asked = made.until_held(tenant), tenant.simulator.last_entry()

    freeze(old)
    tenant.patch("sim", "tower", {"label": "written once"})
    tenant.until(
        lambda: tenant.at_1nce(tenant.iccids[1])["label"] == "written once",
        "another replica acts",
        seconds=HAND_OVER_SECONDS,
    )
    thaw(old)

    assert old.wait(30) != 0
    assert len([one for one in tenant.writes() if one["seq"] > asked]) == 1
    in_one_hand_at_a_time(tenant)


def test_a_replica_that_comes_gets_its_share_and_nothing_is_rewritten(
    made: Shards, tenant: Tenant
) -> None:
    tenant.sim("pole", 2, state="Enabled")
    tenant.until_reason("pole", "Reconciled")
    made.until_held(tenant).stop()
    made.until_spread([3, 3])
    sims = {one["metadata"]["name"]: one["metadata"]["resourceVersion"] for one in sims_of(tenant)}
    asked = tenant.simulator.last_entry()

    made.new()
    made.until_spread([2, 2, 2])

    made.have_swept()
    after = {one["metadata"]["name"]: one["metadata"]["resourceVersion"] for one in sims_of(tenant)}
    assert after == sims
    assert [one for one in tenant.writes() if one["seq"] > asked] == []
    in_one_hand_at_a_time(tenant)


def test_a_replica_that_is_told_to_end_gives_up_its_accounts_first(
    made: Shards, tenant: Tenant
) -> None:
    old = made.until_held(tenant)
    others = [one for one in made.running if one is not old]
    before = [one.text().count("counts as gone") for one in others]

    assert old.stop() == 0

    made.until_spread([3, 3])
    assert len(made.leases("member")) == 2
    # They did not have to wait for anything to run out.
    assert [one.text().count("counts as gone") for one in others] == before
    in_one_hand_at_a_time(tenant)


def test_an_account_whose_lease_somebody_deletes_stays_in_one_hand(
    made: Shards, tenant: Tenant
) -> None:
    label = f"{tenant.namespace}/{tenant.name}"
    [lease] = [
        one
        for one in made.leases("account")
        if one["metadata"]["annotations"]["sim-operator.io/account"] == label
    ]
    tenant.kubectl("delete", "lease", lease["metadata"]["name"])

    tenant.until(lambda: made.holders().get(label), "it is taken again", seconds=HAND_OVER_SECONDS)
    made.until_held(tenant)
    in_one_hand_at_a_time(tenant)


def sims_of(tenant: Tenant) -> list[Json]:
    return tenant.listed("sim")
