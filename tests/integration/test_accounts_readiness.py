"""What a SIMAccount says of itself, what its SIMs then say, and how both come back."""

import json
from itertools import pairwise

from tests.integration.tenants import Tenant, Tenants


def test_a_missing_secret_is_said_and_its_appearance_is_enough(tenant: Tenant) -> None:
    tenant.account()
    tenant.kubectl("delete", "secret", f"{tenant.name}-credentials")
    tenant.annotate("simaccount", tenant.name, "reconcile-requested-at", "1")
    tenant.sim("lamp")

    missing = tenant.account_becomes("SecretNotFound")
    assert f"{tenant.name}-credentials does not exist" in missing["message"]
    waiting = tenant.until_reason("lamp", "AccountNotReady")
    assert (waiting["status"], "SecretNotFound" in waiting["message"]) == ("False", True)
    [told] = tenant.until(lambda: tenant.events(tenant.name, "SecretNotFound"), "an event")
    assert told["type"] == "Warning"
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
    [told] = tenant.until(lambda: tenant.events(tenant.name, "Reconciled"), "an event")
    assert told["type"] == "Normal"


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


def test_an_account_in_use_stays_with_its_credentials_until_its_sims_are_disabled(
    tenant: Tenant,
) -> None:
    tenant.account()
    iccid = tenant.sim("lamp", state="Enabled", deletionPolicy="Disable")
    tenant.until_reason("lamp", "Reconciled")
    tenant.until(lambda: _finalizers(tenant) == ["sim-operator.io/in-use"], "it is kept")

    tenant.kubectl("delete", "simaccount", tenant.name, "--wait=false")
    tenant.kubectl("delete", "secret", f"{tenant.name}-credentials")
    tenant.sweeps()
    tenant.kubectl("delete", "sim", "lamp", "--timeout=30s")

    assert tenant.at_1nce(iccid)["status"] == "Disabled"
    tenant.until(lambda: tenant.get("simaccount", tenant.name) is None, "the account goes")


def test_an_account_of_the_same_name_is_another_account(tenants: Tenants, tenant: Tenant) -> None:
    other = tenants.new(sims=4)
    tenant.account()
    tenant.is_ready()

    body = tenant.manifest(
        "SIMAccount",
        tenant.name,
        {
            "endpoint": tenant.simulator.endpoint,
            "credentialsSecretRef": {"name": "another-customer"},
            "sync": {"interval": "1s", "detailInterval": "0s"},
        },
    )
    tenant.secret("another-customer", other.client_id, other.client_secret)
    tenant.kubectl("replace", "--force", "-f", "-", stdin=json.dumps(body))

    tenant.is_ready()
    assert tenant.status(tenant.name, "simaccount")["sims"]["total"] == 4


def _finalizers(tenant: Tenant) -> list[str]:
    account = tenant.get("simaccount", tenant.name)
    assert account is not None
    found: list[str] = account["metadata"].get("finalizers", [])
    return found


def test_an_outage_changes_only_the_account_until_three_intervals_have_passed(
    tenant: Tenant,
) -> None:
    tenant.account(sync={"interval": "3s"})
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

    tenant.fault("status", {"operation": "listSims"}, status=429, headers={"Retry-After": "1"})

    tenant.account_becomes("RateLimited")
    refused = [one["monotonic"] for one in tenant.calls() if one["status"] == 429]
    pauses = [later - earlier for earlier, later in pairwise(refused)]
    assert pauses
    assert min(pauses) > 0.9
    tenant.simulator.clear_faults()
    tenant.is_ready()


def test_an_account_that_was_never_reached_makes_its_sims_wait(tenant: Tenant) -> None:
    tenant.fault("drop")
    tenant.account()
    tenant.sim("lamp")

    tenant.account_becomes("Unreachable")

    waiting = tenant.until_reason("lamp", "AccountNotReady")
    assert "Unreachable" in waiting["message"]
    tenant.simulator.clear_faults()
    tenant.until_reason("lamp", "Reconciled")
