"""A replica that shares the accounts and loses the API server, but not 1NCE.

Somebody changes SIMs in the portal all the time, so whoever believes to hold the account has
something to write at every moment.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.chaos.gate import Gate
from tests.chaos.gated import api_gate, through
from tests.chaos.leading import Portal
from tests.cluster import Cluster
from tests.integration.operator_process import OperatorProcess
from tests.integration.shards import HAND_OVER_SECONDS, Shards, runs_by_token, shards
from tests.integration.tenants import Tenant

SIMS = 60


@pytest.fixture(scope="module")
def made(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shards]:
    """One replica, and the two accounts that it works while it is alone."""
    folder = tmp_path_factory.mktemp("sharding-cut")
    with shards(cluster, operator_kubeconfig, folder, replicas=1) as found:
        for _ in range(2):
            customer = found.tenants.new(SIMS)
            customer.account(rateLimit={"requestsPerSecond": 10})
            names = {
                f"{customer.name}-{number}": iccid for number, iccid in enumerate(customer.iccids)
            }
            wishes = {"state": "Enabled", "label": "ours", "accountRef": {"name": customer.name}}
            customer.many(names, wishes)
            found.customers.append(customer)
        yield found


def are_well(tenant: Tenant) -> bool:
    """Whether every SIM of a customer is as its resource says."""
    found = tenant.simulator.sims(tenant.name)
    return all((one["status"], one["label"]) == ("Enabled", "ours") for one in found)


def cut_replica(
    made: Shards, gate: Gate, kubeconfig: Path, folder: Path
) -> tuple[OperatorProcess, Tenant]:
    """One more replica, which sees the API server through the gate alone, and its customer."""
    replica = made.new(through(gate, kubeconfig, folder / "gated.kubeconfig"))
    made.until_spread([1, 1])
    found: Tenant = made.world.until(
        lambda: next((one for one in made.customers if made.holder(one) is replica), None),
        "the replica behind the gate works an account",
        seconds=HAND_OVER_SECONDS,
    )
    return replica, found


@pytest.mark.parametrize("hang", [False, True], ids=["refused", "swallowed"])
def test_a_replica_that_loses_the_api_server_ends_before_another_one_begins(
    made: Shards, operator_kubeconfig: Path, tmp_path: Path, hang: bool
) -> None:
    with ExitStack() as stack:
        gate = stack.enter_context(api_gate(operator_kubeconfig))
        old, tenant = cut_replica(made, gate, operator_kubeconfig, tmp_path)
        stack.callback(old.kill)
        tenant.until(lambda: are_well(tenant), "all SIMs are well", seconds=HAND_OVER_SECONDS)
        asked = tenant.simulator.last_entry()
        portal = stack.enter_context(Portal(tenant.simulator, tenant.iccids, every=1.0))
        tenant.until(lambda: _writes(tenant, asked), "it writes")

        gate.cut(hang=hang)

        made.until_spread([2])
        assert old.wait(30) != 0
        cut_off = _writes(tenant, asked)[0]["token"]
        tenant.until(lambda: _writes(tenant, asked)[-1]["token"] != cut_off, "the other one writes")
        assert not portal.ran_out, "somebody changed SIMs until then"

    tenant.until(lambda: are_well(tenant), "all SIMs are well again", seconds=HAND_OVER_SECONDS)
    calls = [one for one in tenant.calls(asked) if one["token"] is not None]
    runs = runs_by_token(calls)
    assert runs[0] == cut_off
    assert len(runs) == 2, "one after the other, and never both"


def _writes(tenant: Tenant, since: int) -> list[dict[str, object]]:
    return [one for one in tenant.writes() if one["seq"] > since]
