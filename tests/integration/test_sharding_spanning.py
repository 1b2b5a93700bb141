"""What spans accounts that several replicas share."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cluster import Cluster
from tests.integration.shards import (
    HAND_OVER_SECONDS,
    Shards,
    busiest_second,
    runs_by_token,
    shards,
)
from tests.integration.tenants import Tenant
from tests.integration.world import Json

BUDGET = 2


@pytest.fixture(scope="module")
def made(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shards]:
    with shards(cluster, operator_kubeconfig, tmp_path_factory.mktemp("spanning"), 2) as found:
        found.add(4, protection={"maxDisablesPerHour": BUDGET})
        yield found


@pytest.fixture
def apart(made: Shards) -> tuple[Tenant, Tenant]:
    """Two customers whose accounts are with different replicas."""
    made.world.kubectl("delete", "quotapolicies,sims", "--all", "--wait=true")
    while len(made.running) < 2:
        made.new()
    made.until_spread([2, 2])
    first, *others = made.customers
    for one in made.customers:
        one.operator = made.until_held(one)
    other = next(one for one in others if one.operator is not first.operator)
    return first, other


def are_together(made: Shards, *tenants: Tenant) -> bool:
    holders = made.holders()
    named = {holders.get(f"{one.namespace}/{one.name}") for one in tenants}
    return len(named) == 1 and not named & {None, ""}


def in_one_hand(*tenants: Tenant) -> None:
    for one in tenants:
        calls = [call for call in one.calls() if call["operation"] != "token"]
        runs = runs_by_token(calls)
        assert len(set(runs)) == len(runs), runs
        assert busiest_second(calls) <= 4


def test_a_policy_over_two_accounts_brings_them_into_one_hand_and_decides(
    made: Shards, apart: tuple[Tenant, Tenant]
) -> None:
    for number, one in enumerate(apart):
        one.sim(f"tied-{number}", 3, state="Enabled", labels={"fleet": "tied"})
    policy = made.world.manifest(
        "QuotaPolicy",
        "over-both",
        {"selector": {"matchLabels": {"fleet": "tied"}}, "data": {"perSIM": "100Gi"}},
    )
    made.world.apply(policy)

    def is_decided() -> Json | None:
        status = made.world.status("over-both", "quotapolicy")
        ready = made.world.condition("over-both", kind="quotapolicy")
        return status if (ready.get("reason"), status.get("matched")) == ("Reconciled", 2) else None

    made.world.until(is_decided, "the policy decides about both", seconds=HAND_OVER_SECONDS)
    assert are_together(made, *apart)
    for number, one in enumerate(apart):
        found = one.until_reason(f"tied-{number}", "Reconciled")
        assert found["status"] == "True"
        assert one.status(f"tied-{number}")["policy"]["name"] == "over-both"
    told = [one for one in made.running if one.metric("quotapolicy_sims", name="over-both")]
    assert len(told) == 1
    in_one_hand(*apart)


def test_a_hand_over_gives_no_second_budget_of_disables(
    made: Shards, apart: tuple[Tenant, Tenant]
) -> None:
    tenant, _ = apart
    asked = tenant.simulator.last_entry()
    names = [f"lamp-{number}" for number in range(4)]
    for number, name in enumerate(names):
        tenant.sim(name, number, state="Disabled")

    def reasons() -> list[str]:
        return sorted(str(tenant.condition(name).get("reason")) for name in names)

    wanted = ["DisableHeld"] * 2 + ["Reconciled"] * BUDGET
    tenant.until(lambda: reasons() == wanted, "the budget is used up", HAND_OVER_SECONDS)
    old = made.until_held(tenant)
    assert old.stop() == 0

    tenant.operator = made.until_held(tenant)
    assert tenant.operator is not old
    tenant.sweeps(2)
    assert reasons() == wanted
    assert len([one for one in tenant.writes() if one["seq"] > asked]) == BUDGET
    in_one_hand(tenant)


def test_a_sim_that_moves_to_an_account_elsewhere_waits_until_both_are_in_one_hand(
    made: Shards, apart: tuple[Tenant, Tenant]
) -> None:
    old, new = apart
    old.sim("mover", 5, state="Enabled")
    old.until_reason("mover", "Reconciled")
    asked = old.simulator.last_entry()

    old.patch("sim", "mover", {"accountRef": {"name": new.name}, "label": "not the old one's"})

    # The other customer does not have it, so this is the verdict of the new account.
    old.until_reason("mover", "NotFound")
    assert old.status("mover")["account"] == f"{new.namespace}/{new.name}"
    assert are_together(made, old, new)
    assert [one for one in old.simulator.journal(writes=True) if one["seq"] > asked] == []
    in_one_hand(old, new)


def test_of_rivals_with_accounts_in_different_hands_the_one_that_was_first_keeps_its_sim(
    made: Shards, apart: tuple[Tenant, Tenant]
) -> None:
    first, other = apart
    iccid = first.sim("owner", 6, state="Enabled")
    first.until_reason("owner", "Reconciled")
    asked = first.simulator.last_entry()

    other.sim("rival", iccid, state="Disabled")

    first.until_reason("rival", "Conflict")
    assert first.condition("owner")["reason"] == "Reconciled"
    assert [one for one in first.simulator.journal(writes=True) if one["seq"] > asked] == []


def test_an_account_for_the_same_customer_in_another_hand_writes_nothing(
    made: Shards, apart: tuple[Tenant, Tenant]
) -> None:
    tenant, _ = apart
    twin = made.tenants.again(tenant, f"{tenant.name}-twin", f"{tenant.name}-twin-client")
    twin.account()
    try:
        twin.account_becomes("DuplicateAccount")
        twin.sim("twins", 7, state="Disabled")
        made.world.until(
            lambda: made.world.condition("twins", "Synced").get("reason"),
            "the twin's SIM is told of",
        )
        twin.operator = made.until_held_by_lease(twin)
        twin.sweeps(1)
        assert twin.writes() == []
        assert twin.at_1nce(tenant.iccids[7])["status"] == "Enabled"
    finally:
        made.world.kubectl("delete", "sim", "twins", "--ignore-not-found")
        made.world.kubectl("delete", "simaccount", twin.name)
    label = f"{twin.namespace}/{twin.name}"
    made.world.until(lambda: label not in made.holders(), "its Lease goes", HAND_OVER_SECONDS)


def test_sims_without_an_account_are_told_of_by_one_replica(made: Shards) -> None:
    made.world.sim("orphan", 9, accountRef={"name": "nobody"})
    made.world.until_reason("orphan", "AccountNotFound")
    told = [one for one in made.running if one.metric("sim_info", name="orphan")]
    assert len(told) == 1
    assert told[0].metric("sim_operator_leader") == 1


def test_batches_of_the_data_streamer_reach_the_replica_that_works_the_account(
    made: Shards, apart: tuple[Tenant, Tenant]
) -> None:
    tenant, _ = apart
    secret = made.world.manifest("Secret", "streamer", {}) | {
        "apiVersion": "v1",
        "stringData": {"username": "streamer", "password": "right"},
    }
    del secret["spec"]
    made.world.apply(secret)
    tenant.account(
        protection={"maxDisablesPerHour": BUDGET},
        rateLimit={"requestsPerSecond": 4},
        dataStreamer={"credentialsSecretRef": {"name": "streamer"}},
    )
    label = f"{tenant.namespace}/{tenant.name}"

    def answers(password: str) -> list[int]:
        return [
            httpx.post(
                f"http://127.0.0.1:{one.hooks_port}/hooks/1nce/{label}",
                content=b"[]",
                auth=("streamer", password),
                timeout=30,
                trust_env=False,
            ).status_code
            for one in made.running
        ]

    tenant.until(lambda: answers("right") == [200, 200], "both take batches")
    assert answers("wrong") == [401, 401]
    holder = made.until_held(tenant)
    for one in made.running:
        refused = one.metric("onence_stream_requests_total", account=label, code="401")
        assert refused == (2 if one is holder else 0)


def test_a_replica_without_sharding_waits_until_the_accounts_are_given_up(made: Shards) -> None:
    alone = made.world.operator.replica(made.world.folder / "alone.log")
    alone.set("sharding", "false")
    with alone:
        assert alone.metric("sim_operator_leader") == 0
        leader = next(one for one in made.running if one.metric("sim_operator_leader"))
        assert leader.stop() == 0
        [other] = made.running
        made.world.until(
            lambda: (
                alone.metric("sim_operator_accounts_held") == 4
                or other.metric("sim_operator_leader") == 1
            ),
            "one of both leads",
            HAND_OVER_SECONDS,
        )
        if other.runs and other.metric("sim_operator_leader") == 1:
            other.stop()
        made.world.until(
            lambda: alone.metric("simaccount_ready") == 4, "it works all", HAND_OVER_SECONDS
        )
        assert other.metric("sim_operator_accounts_held") == 0
        for tenant in made.customers:
            in_one_hand(tenant)
