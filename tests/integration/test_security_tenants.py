"""The example for tenants, at a real API server: what they may write, and what they may not."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster import Cluster, KubectlError, kubectl

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "security" / "tenants.yaml"
TENANT = ("--as=tenant", "--as-group=plant-a", "--as-group=system:authenticated")
PATIENCE = 60.0


class Tenancy:
    """A tenant's namespace and that of the account, set up as the example says."""

    def __init__(self, cluster: Cluster, home: str, accounts: str) -> None:
        self.cluster, self.home, self.accounts = cluster, home, accounts

    def kubectl(self, *args: str, stdin: str | None = None) -> str:
        return kubectl(self.cluster.kubeconfig, *args, stdin=stdin)

    def tries(self, body: dict[str, Any], *who: str) -> str:
        """What somebody, the tenant unless said, is told who creates this; empty: it is done."""
        return self.told("create", "-f", "-", *(who or TENANT), stdin=json.dumps(body))

    def told(self, *args: str, stdin: str | None = None) -> str:
        """The complaint of kubectl, empty where there is none."""
        try:
            self.kubectl(*args, stdin=stdin)
        except KubectlError as error:
            return str(error)
        return ""

    def body(self, kind: str, name: str, **spec: Any) -> dict[str, Any]:
        metadata = {"name": name, "namespace": self.home}
        api = "sim-operator.io/v1alpha1"
        return {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}

    def sim(self, name: str, /, **account: str) -> str:
        spec: dict[str, Any] = {"iccid": "8988303000123456789"}
        return self.tries(
            self.body("SIM", name, **spec, **({"accountRef": account} if account else {}))
        )

    def patch(self, name: str, spec: dict[str, Any], *who: str) -> str:
        """What somebody is told who changes a SIM."""
        change = json.dumps({"spec": spec})
        where = ("sim", name, "-n", self.home, "--type=merge")
        return self.told("patch", *where, "-p", change, *(who or TENANT))


@pytest.fixture
def tenancy(cluster: Cluster, crds: tuple[Path, ...], namespace: str) -> Iterator[Tenancy]:
    accounts = f"{namespace}-accounts"
    made = Tenancy(cluster, namespace, accounts)
    made.kubectl("create", "namespace", accounts)
    made.kubectl("label", "namespace", namespace, "sim-operator.io/tenant=true")
    text = EXAMPLE.read_text(encoding="utf-8")
    text = text.replace("namespace: plant-a", f"namespace: {namespace}")
    text = text.replace("namespace: sim-operator", f"namespace: {accounts}")
    made.kubectl("apply", "-f", "-", stdin=text)
    try:
        in_force(made)
        yield made
    finally:
        everywhere = [
            f"{one['kind']}/{one['metadata']['name']}"
            for one in yaml.safe_load_all(text)
            if "namespace" not in one["metadata"]
        ]
        made.kubectl("delete", *everywhere)
        made.kubectl("delete", "namespace", accounts, "--wait=false")


def in_force(tenancy: Tenancy) -> None:
    """Wait until both policies are: the API server learns of them by a watch."""
    stranger = {"name": "x", "namespace": "y"}
    sim = tenancy.body("SIM", "probe", iccid="8988303000123456789", accountRef=stranger)
    account = tenancy.body(
        "SIMAccount", "probe", credentialsSecretRef={"name": "x"}, endpoint="https://example.org"
    )
    dry = "--dry-run=server"
    deadline = time.monotonic() + PATIENCE
    for body, who, why in ((sim, TENANT, "may not use"), (account, (), "calls https://")):
        while why not in tenancy.tries(body, dry, *who):
            assert time.monotonic() < deadline, f"the policy has no effect: {why}"
            time.sleep(0.2)


def test_a_tenant_may_write_sims_through_the_accounts_that_he_may_use(tenancy: Tenancy) -> None:
    assert tenancy.sim("own") == ""
    assert tenancy.sim("own-by-name", name="mine", namespace=tenancy.home) == ""
    assert tenancy.sim("shared", name="default", namespace=tenancy.accounts) == ""
    refused = tenancy.sim("another", name="other", namespace=tenancy.accounts)
    assert f"you may not use SIMAccount {tenancy.accounts}/other" in refused
    change = {"accountRef": {"name": "other", "namespace": tenancy.accounts}}
    assert "you may not use" in tenancy.patch("own", change)
    # What stays as it is may be written by whoever may write SIMs: the operator, for example.
    assert tenancy.patch("shared", {"state": "Enabled"}) == ""
    tenancy.kubectl("delete", "rolebinding", "use-default-account", "-n", tenancy.accounts)
    deadline = time.monotonic() + PATIENCE
    while not tenancy.patch("own", {"accountRef": {**change["accountRef"], "name": "default"}}):
        assert time.monotonic() < deadline, "the right is not taken away"
        back = json.dumps([{"op": "remove", "path": "/spec/accountRef"}])
        tenancy.kubectl("patch", "sim", "own", "-n", tenancy.home, "--type=json", "-p", back)
    assert tenancy.patch("shared", {"label": "x"}) == ""


def test_a_tenant_writes_no_account_no_status_and_nothing_elsewhere(tenancy: Tenancy) -> None:
    account = tenancy.body("SIMAccount", "mine", credentialsSecretRef={"name": "x"})
    assert "forbidden" in tenancy.tries(account).lower()
    elsewhere = tenancy.body("SIM", "there", iccid="8988303000123456789")
    elsewhere["metadata"]["namespace"] = tenancy.accounts
    assert "forbidden" in tenancy.tries(elsewhere).lower()
    assert tenancy.sim("own") == ""
    status = ("--subresource=status", "--type=merge", "-p", '{"status": {"state": "Enabled"}}')
    told = tenancy.told("patch", "sim", "own", "-n", tenancy.home, *status, *TENANT)
    assert "forbidden" in told.lower()


def test_an_account_in_a_tenants_namespace_calls_1nce_and_keeps_its_guard(
    tenancy: Tenancy,
) -> None:
    secret = {"name": "x"}
    for spec, why in (
        ({"endpoint": "https://example.org/management-api"}, "calls https://api.1nce.com"),
        ({"protection": {"maxDisablesPerHour": "100%"}}, "maxDisablesPerHour"),
        ({"protection": {"maxDisablesPerHour": 5000}}, "maxDisablesPerHour"),
    ):
        body = tenancy.body("SIMAccount", "mine", credentialsSecretRef=secret, **spec)
        assert why in tenancy.told("create", "-f", "-", stdin=json.dumps(body))
    plain = tenancy.body("SIMAccount", "mine", credentialsSecretRef=secret)
    tenancy.kubectl("create", "-f", "-", stdin=json.dumps(plain))
