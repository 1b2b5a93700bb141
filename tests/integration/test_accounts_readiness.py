"""What a SIMAccount says of itself, what its SIMs then say, and how both come back."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.tenants import Tenant, Tenants, opened


@pytest.fixture(scope="module")
def tenants(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tenants]:
    with opened(cluster, operator_kubeconfig, tmp_path_factory.mktemp("readiness")) as world:
        world.operator.start()
        yield Tenants(world)


@pytest.fixture
def tenant(tenants: Tenants) -> Iterator[Tenant]:
    made = tenants.new()
    yield made
    made.kubectl("delete", "sims,simaccounts", "--all", "--wait=false")


def test_a_missing_secret_is_said_and_its_appearance_is_enough(tenant: Tenant) -> None:
    tenant.account()
    tenant.kubectl("delete", "secret", f"{tenant.name}-credentials")
    tenant.annotate("simaccount", tenant.name, "reconcile-requested-at", "1")
    tenant.sim("lamp")

    missing = tenant.account_becomes("SecretNotFound")
    assert f"{tenant.name}-credentials does not exist" in missing["message"]
    waiting = tenant.until_reason("lamp", "AccountNotReady")
    assert (waiting["status"], "SecretNotFound" in waiting["message"]) == ("False", True)
    tenant.apply(
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"{tenant.name}-credentials", "namespace": tenant.namespace},
            "stringData": {"ONCE_CLIENT_ID": tenant.client_id},
        }
    )
    tenant.until(
        lambda: (
            "no key ONCE_CLIENT_SECRET"
            in tenant.condition(tenant.name, kind="simaccount").get("message", "")
        ),
        "the missing key is named",
    )
    tenant.secret(f"{tenant.name}-credentials")

    tenant.is_ready()
    tenant.until_reason("lamp", "Reconciled")


def test_refused_credentials_are_said_and_a_rotated_secret_needs_no_restart(
    tenants: Tenants, tenant: Tenant
) -> None:
    tenant.account()
    tenant.sim("lamp")
    tenant.until_reason("lamp", "Reconciled")

    tenants.allow(tenant.client_id, "rotated", tenant.name)
    tenant.simulator.revoke_tokens()

    refused = tenant.account_becomes("InvalidCredentials")
    assert refused["status"] == "False"
    assert tenant.condition(tenant.name, "Stalled", "simaccount")["status"] == "True"
    assert "InvalidCredentials" in tenant.until_reason("lamp", "AccountNotReady")["message"]
    tenant.secret(f"{tenant.name}-credentials", client_secret="rotated")

    tenant.is_ready()
    tenant.until_reason("lamp", "Reconciled")


def test_an_outage_changes_only_the_account_until_three_intervals_have_passed(
    tenant: Tenant,
) -> None:
    tenant.account(sync={"interval": "4s"})
    tenant.sim("lamp", state="Enabled")
    tenant.until_reason("lamp", "Reconciled")
    before = tenant.get("sim", "lamp")

    tenant.fault("status", status=503)

    outage = tenant.account_becomes("Unreachable")
    assert "503" in outage["message"]
    assert tenant.condition(tenant.name, "Reconciling", "simaccount")["status"] == "True"
    assert tenant.get("sim", "lamp") == before
    stale = tenant.until_reason("lamp", "Stale")
    assert stale["status"] == "Unknown"
    assert tenant.status("lamp")["state"] == "Enabled"
    tenant.simulator.clear_faults()
    tenant.is_ready()
    tenant.until_reason("lamp", "Reconciled")
    assert tenant.writes() == []


def test_a_rate_limit_at_1nce_is_said_and_obeyed(tenant: Tenant) -> None:
    tenant.account()
    tenant.is_ready()

    tenant.fault("status", {"operation": "listSims"}, status=429, headers={"Retry-After": "2"})

    tenant.account_becomes("RateLimited")
    refused = [one["monotonic"] for one in tenant.calls() if one["status"] == 429]
    pauses = [later - earlier for earlier, later in pairwise(refused)]
    assert pauses
    assert min(pauses) > 1.9
    tenant.simulator.clear_faults()
    tenant.is_ready()


def test_a_paused_account_makes_no_call_and_says_so(tenant: Tenant) -> None:
    tenant.account()
    tenant.sim("lamp", state="Enabled")
    tenant.until_reason("lamp", "Reconciled")

    tenant.patch("simaccount", tenant.name, {"mode": "Paused"})

    tenant.account_becomes("Paused")
    waiting = tenant.until_reason("lamp", "AccountNotReady")
    assert "paused" in waiting["message"]
    asked = tenant.simulator.last_entry()
    tenant.patch("sim", "lamp", {"state": "Disabled", "label": "changed while paused"})
    tenant.until_reason("lamp", "Drifted", "Synced")
    tenant.annotate("sim", "lamp", "reconcile-requested-at", "now")
    tenant.until(
        lambda: tenant.status("lamp").get("lastHandledReconcileAt") == "now", "it is refused"
    )
    assert tenant.calls(since=asked) == []
    assert tenant.get("simaccount", tenant.name) is not None
    tenant.patch("simaccount", tenant.name, {"mode": "Active"})
    tenant.until(lambda: tenant.status("lamp").get("state") == "Disabled", "it is disabled")
    tenant.until_reason("lamp", "Reconciled")


def test_a_pause_ends_a_sweep_that_is_under_way(tenants: Tenants, tenant: Tenant) -> None:
    tenant.simulator.control("POST", "sims", json={"count": 1990, "customer": tenant.name})
    tenant.account(rateLimit={"requestsPerSecond": 1})
    tenant.until(lambda: len(tenant.calls()) > 2, "the sweep has begun")

    tenant.patch("simaccount", tenant.name, {"mode": "Paused"})

    tenant.account_becomes("Paused")
    lists = [one for one in tenant.calls() if one["operation"] == "listSims"]
    assert 0 < len(lists) < 20
    assert tenant.status(tenant.name, "simaccount").get("lastSweep") is None


def test_an_observing_account_shows_drift_and_writes_for_no_sim(tenant: Tenant) -> None:
    tenant.account(mode="Observe")
    tenant.sim("lamp", 0, state="Disabled")
    tenant.sim("mast", 1, label="wanted", imeiLock="Locked")

    for name in ("lamp", "mast"):
        drift = tenant.until_reason(name, "Drifted", "Synced")
        assert "the account is in Observe" in drift["message"]
        tenant.until_reason(name, "Observing")
    tenant.sweeps()
    assert tenant.writes() == []
    assert "Observe" in tenant.condition(tenant.name, kind="simaccount")["message"]


def test_an_endpoint_that_is_not_allowed_gets_no_request(tenant: Tenant) -> None:
    allowed = tenant.simulator.url
    host, port = allowed.removeprefix("http://").split(":")
    asked = tenant.simulator.last_entry()
    tricks = {
        "another-scheme": f"https://{host}:{port}/management-api",
        "a-shorter-port": f"{allowed[:-1]}/management-api",
        "a-host-suffix": f"http://{host}.example.org:{port}/management-api",
        "another-name": f"http://localhost:{port}/management-api",
    }
    for name, endpoint in tricks.items():
        tenant.account(name, endpoint=endpoint)
    tenant.account("corrected", endpoint=tricks["another-name"])

    for name in (*tricks, "corrected"):
        refused = tenant.until_reason(name, "EndpointNotAllowed", kind="simaccount")
        assert "SIM_OPERATOR_ALLOWED_ENDPOINTS" in refused["message"]
    assert tenant.calls(since=asked) == []
    tenant.patch("simaccount", "corrected", {"endpoint": tenant.simulator.endpoint})
    tenant.until_reason("corrected", "Reconciled", kind="simaccount")


def test_an_account_that_was_never_reached_makes_its_sims_wait(tenant: Tenant) -> None:
    tenant.fault("drop")
    tenant.account()
    tenant.sim("lamp")

    tenant.account_becomes("Unreachable")

    waiting = tenant.until_reason("lamp", "AccountNotReady")
    assert "Unreachable" in waiting["message"]
    tenant.simulator.clear_faults()
    tenant.until_reason("lamp", "Reconciled")
