"""Two SIMAccounts that read the same SIMs: one works, and it is always the same one."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.tenants import Tenants, opened


@pytest.fixture(scope="module")
def tenants(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tenants]:
    with opened(cluster, operator_kubeconfig, tmp_path_factory.mktemp("duplicates")) as world:
        world.operator.start()
        yield Tenants(world)


def test_the_older_of_two_accounts_works_and_the_other_never_writes(tenants: Tenants) -> None:
    older = tenants.new()
    # By its name it would come first: age decides.
    younger = tenants.again(older, "a-second-account", "second-client")
    older.account()
    older.is_ready()
    older.until(lambda: _a_second_has_passed(older.get("simaccount", older.name)), "it is older")
    younger.account()
    younger.sim("by-the-younger", 0, state="Disabled")
    older.sim("by-the-older", 1, state="Disabled")

    duplicate = younger.account_becomes("DuplicateAccount")

    assert f"{older.namespace}/{older.name}" in duplicate["message"]
    assert younger.condition(younger.name, "Stalled", "simaccount")["status"] == "True"
    older.until_reason("by-the-older", "Reconciled")
    waiting = younger.until_reason("by-the-younger", "Pending", "Synced")
    assert "an older SIMAccount" in waiting["message"]
    assert len(older.writes()) == 1

    # While the older one cannot be read it is still the older one.
    older.fault("status", status=503)
    older.account_becomes("Unreachable")
    older.operator.kill()
    older.operator.start()
    younger.sweeps()
    older.simulator.clear_faults()
    older.is_ready()
    younger.sweeps()
    assert younger.writes() == []
    assert younger.condition(younger.name, kind="simaccount")["reason"] == "DuplicateAccount"

    older.kubectl("delete", "sim", "by-the-older")
    older.kubectl("delete", "simaccount", older.name)
    younger.is_ready()
    younger.until_reason("by-the-younger", "Reconciled")
    assert len(younger.writes()) == 1


def _a_second_has_passed(account: object) -> bool:
    """Ages are told in whole seconds."""
    assert isinstance(account, dict)
    created = datetime.fromisoformat(account["metadata"]["creationTimestamp"])
    return (datetime.now(UTC) - created).total_seconds() >= 1
