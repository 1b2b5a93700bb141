"""What an account forbids: every call, every write, or calls to a place that is not allowed."""

from tests.integration.tenants import Tenant, Tenants


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
