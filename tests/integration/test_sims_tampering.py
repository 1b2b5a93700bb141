"""A status that a person wrote into becomes what is true again, whoever looks after the SIM."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.sim_worlds import SimWorld, opened


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimWorld]:
    with opened(cluster, operator_kubeconfig, tmp_path_factory.mktemp("tampering")) as made:
        made.apply(
            made.manifest("SIMAccount", "keyless", {"credentialsSecretRef": {"name": "no-secret"}})
        )
        yield made


@pytest.mark.parametrize(
    ("name", "account", "reason"),
    [
        ("looked-after", "default", "Reconciled"),
        ("an-orphan", "nowhere", "AccountNotFound"),
        ("unread", "keyless", "AccountNotReady"),
    ],
)
def test_a_status_that_a_person_changed_is_put_right(
    world: SimWorld, name: str, account: str, reason: str
) -> None:
    world.new(name, reason, accountRef={"name": account})
    before = world.status(name)
    wrong = {"observedGeneration": 99, "account": "nobody/s", "conditions": []}
    told = json.dumps({"status": wrong})
    args = ("sim", name, "--subresource=status", "--type=merge", "-p", told)
    world.kubectl("patch", *args)
    world.until(lambda: _told(world.status(name)) == _told(before), "the status is right again")
    writes = world.operator.metric("sim_operator_status_writes_total")
    world.sweeps(2)
    mine = world.status(name)
    assert _told(mine) == _told(before)
    # The account's own status is written with each sweep, this one rests.
    assert world.operator.metric("sim_operator_status_writes_total") - writes <= 4


def _told(status: dict[str, object]) -> dict[str, object]:
    """A status without the moments at which its conditions changed."""
    conditions = status.get("conditions")
    assert isinstance(conditions, list)
    plain = [{key: one[key] for key in one if key != "lastTransitionTime"} for one in conditions]
    return {**status, "conditions": plain}
