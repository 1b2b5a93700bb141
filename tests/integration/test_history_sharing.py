"""Replicas share the accounts: each delivers what it reads, and whoever takes over goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.shards import HAND_OVER_SECONDS, Shards, shards
from tests.integration.tenants import Tenant
from tests.keeper import Keeper

HALF_A_YEAR = 181


@pytest.fixture
def made(
    cluster: Cluster,
    operator_kubeconfig: Path,
    keeper: Keeper,
    token_file: Path,
    tmp_path: Path,
) -> Iterator[Shards]:
    settings = {"history_url": keeper.url, "history_token_file": str(token_file)}
    with shards(cluster, operator_kubeconfig, tmp_path, replicas=2, **settings) as found:
        found.add(2, managementAPIVersion="v1")
        yield found


def _usage_calls(tenant: Tenant) -> list[str]:
    return [one["path"] for one in tenant.calls() if one["operation"] == "getUsage"]


def test_each_delivers_its_accounts_and_a_successor_reads_nothing_again(
    made: Shards, keeper: Keeper
) -> None:
    made.until_spread([1, 1])
    first, second = made.customers
    for tenant in (first, second):
        tenant.sim(f"sim-{tenant.name}", 0)
    made.world.until(
        lambda: all(len(keeper.days(one.iccids[0])) == HALF_A_YEAR for one in (first, second)),
        "half a year of both is kept",
    )
    accounts = {f"{one.namespace}/{one.name}": one for one in (first, second)}
    assert {place[:2] for place in keeper.kept} == {
        (account, tenant.iccids[0]) for account, tenant in accounts.items()
    }
    made.world.until(
        lambda: (
            [one.metric("sim_operator_history_readings_delivered_total") for one in made.replicas]
            == [1, 1]
        ),
        "each replica has delivered its own",
    )

    read, asked = _usage_calls(first), len(keeper.asked)
    made.until_held(first).kill()
    made.until_spread([2])
    made.world.until(
        lambda: (
            f"{first.namespace}/{first.name}" in [one["account"] for one in keeper.asked[asked:]]
        ),
        "the other one asks what is missing",
        seconds=HAND_OVER_SECONDS,
    )
    first.operator = made.until_held(first)
    first.sweeps(3)
    assert _usage_calls(first) == read
    assert keeper.faults == []
