"""The disable budget: never more SIMs switched off in an hour than the account allows."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.tenants import Tenant, Tenants
from tests.integration.world import Json


@pytest.fixture
def tenant(tenants: Tenants) -> Iterator[Tenant]:
    made = tenants.new()
    yield made
    made.kubectl("delete", "simaccounts", "--all", "--wait=false")
    made.kubectl("delete", "sims", "--all", "--wait=false")


def fleet(tenant: Tenant, size: int, limit: int | str, **spec: Any) -> list[str]:
    """So many SIMs, claimed and enabled, and their account; their names."""
    tenant.account(protection={"maxDisablesPerHour": limit})
    names = [f"sim-{number}" for number in range(size)]
    for number in range(size):
        tenant.simulator.patch_sim(tenant.iccids[number], status="Enabled")
    for number, name in enumerate(names):
        tenant.sim(name, number, state="Enabled", **spec)
    for name in names:
        tenant.until_reason(name, "Reconciled")
    return names


def disable(tenant: Tenant, names: list[str]) -> None:
    """One change for all of them at once, as from Git."""
    bodies = []
    for name in names:
        found = tenant.get("sim", name)
        assert found is not None
        bodies.append(tenant.manifest("SIM", name, found["spec"] | {"state": "Disabled"}))
    tenant.apply(*bodies)


def off(tenant: Tenant) -> set[str]:
    """ICCIDs that the API was told to disable."""
    writes = [one["write"] for one in tenant.writes()]
    return {one["iccid"] for one in writes if one["after"]["status"] == "Disabled"}


def protection(tenant: Tenant) -> Json:
    found: Json = tenant.status(tenant.name, "simaccount")["protection"]
    return found


def held(tenant: Tenant, names: list[str]) -> list[str]:
    return [name for name in names if tenant.condition(name)["reason"] == "DisableHeld"]


def test_two_of_six_are_disabled_and_the_rest_wait_whatever_happens(tenant: Tenant) -> None:
    names = fleet(tenant, 6, 2)
    # Reservations come first: while 1NCE takes no write, they stand in status already.
    tenant.fault("status", {"operation": "updateSim"}, status=503)

    disable(tenant, names)

    tenant.until(lambda: protection(tenant)["holding"] == 4, "four wait")
    assert protection(tenant)["disablesInWindow"] == 2
    reserved = {one["uid"] for one in protection(tenant)["reservations"]}
    assert len(reserved) == 2
    assert off(tenant) == set()
    tenant.operator.kill()
    tenant.simulator.clear_faults()
    tenant.operator.start()
    tenant.until(lambda: len(off(tenant)) == 2, "two are disabled")
    tenant.until(lambda: len(held(tenant, names)) == 4, "the others say that they wait")
    tenant.sweeps()
    assert len(off(tenant)) == 2
    assert {one["uid"] for one in protection(tenant)["reservations"]} == reserved
    waiting = tenant.condition(held(tenant, names)[0], "Synced")
    assert (waiting["reason"], waiting["status"]) == ("DisableHeld", "False")
    assert "maxDisablesPerHour" in waiting["message"]

    tenant.operator.kill()
    tenant.operator.start()
    tenant.sweeps()
    assert len(off(tenant)) == 2
    assert len(held(tenant, names)) == 4

    tenant.patch("simaccount", tenant.name, {"protection": {"maxDisablesPerHour": 6}})
    for name in names:
        tenant.until_reason(name, "Reconciled")
    assert len(off(tenant)) == 6
    assert protection(tenant)["disablesInWindow"] == 6
    tenant.until(lambda: protection(tenant)["holding"] == 0, "none waits")


def test_zero_holds_all_and_a_percentage_is_rounded_up(tenant: Tenant) -> None:
    names = fleet(tenant, 6, 0)
    disable(tenant, names)
    tenant.until(lambda: len(held(tenant, names)) == 6, "all wait")
    assert tenant.writes() == []

    tenant.patch("simaccount", tenant.name, {"protection": {"maxDisablesPerHour": "25%"}})

    # 25 % of the six that are claimed, not of the ten at 1NCE.
    tenant.until(lambda: len(off(tenant)) == 2, "two are let through")
    tenant.until(lambda: protection(tenant)["holding"] == 4, "four still wait")
    tenant.sweeps()
    assert len(off(tenant)) == 2


def test_owners_come_before_deletions(tenant: Tenant) -> None:
    names = fleet(tenant, 4, 0, deletionPolicy="Disable")
    tenant.until(
        lambda: all(
            (tenant.get("sim", name) or {})["metadata"].get("finalizers") for name in names
        ),
        "the finalizers are there",
    )
    tenant.kubectl("delete", "sim", names[0], names[1], "--wait=false")
    disable(tenant, names[2:])
    tenant.until(lambda: protection(tenant)["holding"] == 4, "all wait")

    tenant.patch("simaccount", tenant.name, {"protection": {"maxDisablesPerHour": 2}})

    tenant.until(lambda: len(off(tenant)) == 2, "two are disabled")
    assert off(tenant) == set(tenant.iccids[2:4])
    tenant.sweeps()
    assert len(off(tenant)) == 2
    assert tenant.get("sim", names[0]) is not None
    tenant.patch("simaccount", tenant.name, {"protection": {"maxDisablesPerHour": 4}})
    tenant.until(lambda: tenant.get("sim", names[0]) is None, "the deleted ones go")
    tenant.until(lambda: tenant.get("sim", names[1]) is None, "the deleted ones go")
    assert off(tenant) == set(tenant.iccids[:4])


def test_an_enable_is_never_held(tenant: Tenant) -> None:
    [name] = fleet(tenant, 1, 0)
    tenant.simulator.patch_sim(tenant.iccids[0], status="Disabled")

    tenant.until(lambda: tenant.at_1nce(tenant.iccids[0])["status"] == "Enabled", "it is back")

    tenant.until_reason(name, "Reconciled")
