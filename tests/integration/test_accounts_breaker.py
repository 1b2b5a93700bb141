"""The circuit breaker: a sweep that cannot be right changes nothing, whatever happens next."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.tenants import Tenant, Tenants, opened
from tests.integration.world import Json

LIST = {"operation": "listSims"}


@pytest.fixture(scope="module")
def tenants(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tenants]:
    with opened(cluster, operator_kubeconfig, tmp_path_factory.mktemp("breaker")) as world:
        world.operator.start()
        yield Tenants(world)


@pytest.fixture
def tenant(tenants: Tenants) -> Iterator[Tenant]:
    """Ten SIMs, two of them claimed and in sync, one switched off behind our back afterwards."""
    made = tenants.new()
    made.account()
    made.sim("lamp", 0, state="Enabled")
    made.sim("mast", 1, state="Enabled")
    made.until_reason("lamp", "Reconciled")
    made.until_reason("mast", "Reconciled")
    yield made
    made.simulator.clear_faults()
    made.kubectl("delete", "sims,simaccounts", "--all", "--wait=false")


def protection(tenant: Tenant) -> Json:
    found: Json = tenant.status(tenant.name, "simaccount")["protection"]
    return found


def rejected(tenant: Tenant) -> str:
    """Wait until a sweep is refused; its fingerprint."""
    tenant.account_becomes("SweepRejected")
    return str(protection(tenant)["rejectedFingerprint"])


def lists(tenant: Tenant, count: int = 3) -> None:
    """Let so many more lists be answered, believed or not."""
    since = tenant.simulator.last_entry()

    def listed() -> bool:
        return len([one for one in tenant.calls(since) if one["operation"] == "listSims"]) >= count

    tenant.until(listed, f"{count} more lists")


def observed(tenant: Tenant) -> Json:
    """What is shown of a SIM; its Ready may grow Stale."""
    return {name: one for name, one in tenant.status("lamp").items() if name != "conditions"}


def drift(tenant: Tenant) -> None:
    tenant.simulator.patch_sim(tenant.iccids[0], status="Disabled")


def assert_healed(tenant: Tenant) -> None:
    """The account is believed again, and what drifted meanwhile is put right."""
    tenant.is_ready()
    iccid = tenant.iccids[0]
    tenant.until(lambda: tenant.at_1nce(iccid)["status"] == "Enabled", "the drift is corrected")
    assert "rejectedFingerprint" not in protection(tenant)


@pytest.mark.parametrize("fault", ["empty-list", "other-account"])
def test_a_foreign_or_empty_sweep_stops_every_write_and_the_next_right_one_heals(
    tenant: Tenant, fault: str
) -> None:
    shown = observed(tenant)

    tenant.fault(fault, LIST)

    rejected(tenant)
    drift(tenant)
    tenant.patch("sim", "mast", {"label": "wanted"})
    lists(tenant)
    assert tenant.writes() == []
    assert observed(tenant) == shown
    assert tenant.condition("mast", "Synced")["reason"] == "Pending"
    assert "not believed" in tenant.condition("mast", "Synced")["message"]
    assert protection(tenant)["believedCount"] == 10
    tenant.simulator.clear_faults()
    assert_healed(tenant)
    tenant.until_reason("mast", "Reconciled")


def test_an_outage_or_a_death_in_between_does_not_make_a_rejected_sweep_forgotten(
    tenant: Tenant,
) -> None:
    tenant.fault("other-account", LIST)
    first = rejected(tenant)
    drift(tenant)

    tenant.operator.kill()
    tenant.simulator.clear_faults()
    tenant.fault("status", LIST, status=503)
    tenant.operator.start()
    tenant.account_becomes("Unreachable")
    assert protection(tenant)["rejectedFingerprint"] == first
    tenant.simulator.clear_faults()
    tenant.fault("other-account", LIST)
    tenant.account_becomes("SweepRejected")
    tenant.operator.kill()
    tenant.operator.start()
    lists(tenant)

    assert tenant.writes() == []
    assert tenant.condition(tenant.name, kind="simaccount")["reason"] == "SweepRejected"
    assert protection(tenant)["rejectedFingerprint"] == first
    assert protection(tenant)["believedCount"] == 10
    tenant.simulator.clear_faults()
    assert_healed(tenant)


def test_an_outage_after_a_rejected_sweep_opens_nothing(tenant: Tenant) -> None:
    tenant.fault("empty-list", LIST)
    rejected(tenant)
    drift(tenant)
    tenant.simulator.clear_faults()
    tenant.fault("status", LIST, status=503)
    tenant.account_becomes("Unreachable")
    tenant.annotate("sim", "lamp", "reconcile-requested-at", "now")

    tenant.until(
        lambda: tenant.status("lamp").get("state") == "Disabled", "the SIM itself is looked at"
    )

    tenant.until_reason("lamp", "Pending", "Synced")
    lists(tenant, 2)
    assert tenant.writes() == []
    tenant.simulator.clear_faults()
    assert_healed(tenant)


def test_too_many_missing_sims_are_accepted_by_their_fingerprint_and_by_no_other(
    tenant: Tenant,
) -> None:
    for iccid in tenant.iccids[6:]:
        tenant.simulator.transfer_away(iccid)
    fingerprint = rejected(tenant)
    drift(tenant)
    tenant.annotate("simaccount", tenant.name, "accept-sweep", fingerprint[:-1] + "x")
    lists(tenant)
    assert tenant.writes() == []
    assert "4 of 10 SIMs are missing" in tenant.condition(tenant.name, kind="simaccount")["message"]

    tenant.annotate("simaccount", tenant.name, "accept-sweep", fingerprint)

    assert_healed(tenant)
    assert protection(tenant)["believedCount"] == 6
    # The annotation stays, as in Git. The same content, refused again, is not opened by it.
    for iccid in tenant.iccids[6:]:
        tenant.simulator.bring_back(iccid)
    tenant.until(lambda: protection(tenant)["believedCount"] == 10, "growth is believed")
    for iccid in tenant.iccids[6:]:
        tenant.simulator.transfer_away(iccid)
    assert rejected(tenant) != fingerprint
    drift(tenant)
    writes = len(tenant.writes())
    lists(tenant)
    assert len(tenant.writes()) == writes
    assert tenant.condition(tenant.name, kind="simaccount")["reason"] == "SweepRejected"


def test_a_failed_page_is_neither_believed_nor_rejected_and_growth_is_believed(
    tenants: Tenants, tenant: Tenant
) -> None:
    tenant.simulator.control("POST", "sims", json={"count": 190, "customer": tenant.name})
    tenant.until(lambda: protection(tenant)["believedCount"] == 200, "growth is believed")
    assert tenant.condition(tenant.name, kind="simaccount")["reason"] == "Reconciled"

    tenant.fault("status", LIST, status=500, after=1)
    tenant.account_becomes("Unreachable")

    assert protection(tenant)["believedCount"] == 200
    assert "rejectedFingerprint" not in protection(tenant)
    tenant.simulator.clear_faults()
    tenant.is_ready()


def test_another_customers_credentials_write_nothing_before_a_believed_sweep(
    tenants: Tenants, tenant: Tenant
) -> None:
    foreign = tenants.new()
    tenant.patch("simaccount", tenant.name, {"mode": "Paused"})
    tenant.account_becomes("Paused")
    drift(tenant)
    tenant.patch("sim", "mast", {"label": "wanted"})

    tenant.secret(f"{tenant.name}-credentials", foreign.client_id, foreign.client_secret)
    tenant.patch("simaccount", tenant.name, {"mode": "Active"})

    rejected(tenant)
    lists(foreign)
    assert tenant.writes() == foreign.writes() == []
    tenant.secret(f"{tenant.name}-credentials")
    assert_healed(tenant)
    tenant.until_reason("mast", "Reconciled")
