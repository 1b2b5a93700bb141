"""A restore into another cluster: in Observe first, then for good."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import kubectl
from tests.conftest import install
from tests.integration.conftest import Alone
from tests.integration.exports import applied, exported, specs
from tests.integration.installing import bare_cluster
from tests.integration.operator_process import OperatorProcess
from tests.integration.sim_worlds import SimWorld, opened

pytestmark = pytest.mark.cluster


@pytest.fixture
def world(alone: Alone, tmp_path: Path) -> Iterator[SimWorld]:
    """A fleet that is as its resources say."""
    account = {"allowedNamespaces": {"from": "All"}}
    with opened(alone.cluster, alone.operator_kubeconfig, tmp_path, account=account) as made:
        for number in range(6):
            made.sim(f"pump-{number}", made.fresh(), state="Enabled", label=f"pump {number}")
        made.sim("gate", made.fresh(), state="Disabled", deletionPolicy="Disable")
        for name in ("pump-0", "pump-5", "gate"):
            made.until_reason(name, "Reconciled")
        yield made


@pytest.fixture
def other(world: SimWorld, tmp_path: Path) -> Iterator[SimWorld]:
    """The same namespaces in a cluster that knows nothing of the fleet, with an operator."""
    with bare_cluster() as found:
        install(found)
        for namespace in (world.namespace, world.elsewhere):
            kubectl(found.kubeconfig, "create", "namespace", namespace)
        environment = {
            "namespace": world.namespace,
            "watch_namespaces": f"{world.namespace},{world.elsewhere}",
            "default_account": f"{world.namespace}/default",
            "allowed_endpoints": world.simulator.url,
            "leader_election": "false",
        }
        operator = OperatorProcess(found.kubeconfig, tmp_path / "other.log", environment)
        made = SimWorld(
            found, world.namespace, world.simulator, operator, tmp_path, list(world.iccids)
        )
        made.elsewhere = world.elsewhere
        with operator:
            yield made
        assert "Traceback" not in operator.text(), operator.text()


def test_only_what_differs_is_written_and_only_after_observe(
    world: SimWorld, other: SimWorld, tmp_path: Path
) -> None:
    scope = ("--account", f"{world.namespace}/default")
    exported(world, *scope, "--to", str(tmp_path / "active"))
    told = exported(world, *scope, "--observe", "--to", str(tmp_path / "observe")).err
    assert f"Secret {world.namespace}/default-credentials with the keys ONCE_CLIENT_ID" in told
    world.operator.stop()
    since = world.simulator.last_entry()

    applied(other, tmp_path / "observe")
    other.until_reason("default", "SecretNotFound", kind="simaccount")
    other.secret("default-credentials")
    for name in ("pump-0", "pump-5", "gate"):
        other.until_reason(name, "Observing")
        assert other.condition(name, "Synced")["reason"] == "InSync"
    changed = world.iccids[3]
    world.simulator.patch_sim(changed, label="changed meanwhile")
    other.until_reason("pump-3", "Drifted", "Synced")
    other.sweeps(3)
    assert world.simulator.journal(since=since, writes=True) == []

    applied(other, tmp_path / "active")
    other.until_reason("default", "Reconciled", kind="simaccount")
    other.until_acknowledged("pump-3", "InSync", "Synced")
    other.has_finalizer("gate")
    other.sweeps(3)
    writes = [one["write"] for one in world.simulator.journal(since=since, writes=True)]
    assert [one["iccid"] for one in writes] == [changed]
    assert specs(other) == specs(world)
