"""Changes by REST: as the person, checked, and never against Git."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.cluster import Cluster, apply, audit_events, kubectl
from tests.integration.console.people import (
    CONSOLE_USER,
    Person,
    Served,
    serving,
    sim,
    write_status,
)
from tests.integration.console.test_console_signin import sign_in

pytestmark = pytest.mark.cluster


@pytest.fixture
def pump(cluster: Cluster, owner: Person) -> str:
    """A SIM of the owner's; the path of its route."""
    number = secrets.randbelow(10**10)
    apply(cluster.kubeconfig, [sim(owner.namespace, "pump", number, state="Enabled")])
    return f"/api/v1/sims/{owner.namespace}/pump"


@asynccontextmanager
async def asking(
    kubeconfig: Path, owner: Person
) -> AsyncIterator[tuple[Served, httpx.AsyncClient]]:
    async with serving(kubeconfig) as console, console.client(owner.token()) as client:
        yield console, client


def in_cluster(cluster: Cluster, owner: Person) -> dict[str, Any]:
    text = kubectl(
        cluster.kubeconfig,
        *("get", "sim", "pump", f"--namespace={owner.namespace}", "-o", "yaml"),
        "--show-managed-fields",
    )
    body: dict[str, Any] = yaml.safe_load(text)
    return body


@pytest.mark.parametrize(
    ("verb", "body", "field", "value"),
    [
        ("enable", {}, "state", "Enabled"),
        ("disable", {}, "state", "Disabled"),
        ("label", {"label": "Pumpe Süd"}, "label", "Pumpe Süd"),
        ("suspend", {}, "suspend", True),
        ("resume", {}, "suspend", False),
    ],
)
async def test_a_change_is_one_of_the_spec(
    kubeconfig: Path,
    cluster: Cluster,
    owner: Person,
    pump: str,
    verb: str,
    body: dict[str, str],
    field: str,
    value: object,
) -> None:
    async with asking(kubeconfig, owner) as (_, client):
        answer = await client.post(f"{pump}/{verb}", json=body)
        assert answer.status_code == 200, answer.text
        again = (await client.post(f"{pump}/{verb}", json=body)).json()
    assert again["changed"] is False
    assert in_cluster(cluster, owner)["spec"].get(field, False) == value


async def test_a_change_is_made_by_the_person_and_signed_by_the_console(
    kubeconfig: Path, cluster: Cluster, owner: Person, pump: str
) -> None:
    async with asking(kubeconfig, owner) as (_, client):
        await client.post(f"{pump}/disable")
    managers = {one["manager"] for one in in_cluster(cluster, owner)["metadata"]["managedFields"]}
    assert "sim-operator-console" in managers
    if cluster.audit_log is not None:
        patches = [
            one
            for one in audit_events(cluster.audit_log, CONSOLE_USER)
            if one.verb == "patch" and one.namespace == owner.namespace and one.name == "pump"
        ]
        assert [one.impersonated for one in patches] == [owner.user]


async def test_reconcile_now_is_an_annotation(
    kubeconfig: Path, cluster: Cluster, owner: Person, pump: str
) -> None:
    async with asking(kubeconfig, owner) as (_, client):
        assert (await client.post(f"{pump}/reconcile")).json()["changed"] is True
    body = in_cluster(cluster, owner)
    assert body["metadata"]["generation"] == 1
    assert body["metadata"]["annotations"]["sim-operator.io/reconcile-requested-at"]


async def test_who_saw_an_older_sim_is_told_to_look_again(
    kubeconfig: Path, cluster: Cluster, owner: Person, pump: str
) -> None:
    async with asking(kubeconfig, owner) as (_, client):
        seen = (await client.get(pump)).json()["sim"]["resourceVersion"]
        kubectl(cluster.kubeconfig, "label", "sim", "pump", f"-n={owner.namespace}", "a=b")
        answer = await client.post(f"{pump}/disable", json={"resourceVersion": seen})
        assert (answer.status_code, answer.json()["type"]) == (
            409,
            "urn:sim-operator:problem:changed-meanwhile",
        )
        now = answer.json()["resourceVersion"]
        answer = await client.post(f"{pump}/disable", json={"resourceVersion": now})
        assert answer.status_code == 200


@pytest.mark.parametrize("body", [{}, {"label": ""}, {"label": "a\nb"}, {"label": "x" * 129}])
async def test_a_label_that_is_none_is_refused(
    kubeconfig: Path, owner: Person, pump: str, body: dict[str, str]
) -> None:
    async with asking(kubeconfig, owner) as (_, client):
        answer = await client.post(f"{pump}/label", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_browser_needs_the_token_of_its_own_page(
    kubeconfig: Path, cluster: Cluster, owner: Person, pump: str
) -> None:
    async with serving(kubeconfig) as console, console.client() as client:
        await sign_in(client, owner.token())
        csrf = (await client.get("/api/v1/me")).json()["csrfToken"]
        for headers in (
            {},
            {"X-CSRF-Token": "forged"},
            {"X-CSRF-Token": csrf, "Sec-Fetch-Site": "cross-site"},
            {"X-CSRF-Token": csrf, "Sec-Fetch-Site": "same-site"},
        ):
            assert (await client.post(f"{pump}/disable", headers=headers)).status_code == 403
        assert in_cluster(cluster, owner)["spec"]["state"] == "Enabled"
        own = {"X-CSRF-Token": csrf, "Sec-Fetch-Site": "same-origin"}
        assert (await client.post(f"{pump}/disable", headers=own)).status_code == 200
        async with console.client() as other:
            await sign_in(other, owner.token())
            assert (await other.post(f"{pump}/enable", headers=own)).status_code == 403
    assert in_cluster(cluster, owner)["spec"]["state"] == "Disabled"


async def test_what_argo_cd_tracks_is_changed_in_git(
    kubeconfig: Path, cluster: Cluster, owner: Person, pump: str
) -> None:
    tracking = f"plants:sim-operator.io/SIM:{owner.namespace}/pump"
    annotate(cluster, owner, f"argocd.argoproj.io/tracking-id={tracking}")
    async with asking(kubeconfig, owner) as (_, client):
        detail = (await client.get(pump)).json()
        answer = await client.post(f"{pump}/disable")
        asked = await client.post(f"{pump}/reconcile")
    assert detail["owner"] == {
        "tool": "Argo CD",
        "kind": "Application",
        "namespace": None,
        "name": "plants",
    }
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (
        409,
        "urn:sim-operator:problem:managed-elsewhere",
    )
    assert "Application plants of Argo CD" in problem["detail"]
    assert asked.status_code == 200
    assert in_cluster(cluster, owner)["spec"]["state"] == "Enabled"


async def test_a_mark_that_was_copied_from_another_object_counts_for_nothing(
    kubeconfig: Path, cluster: Cluster, owner: Person, pump: str
) -> None:
    tracking = f"plants:sim-operator.io/SIM:{owner.namespace}/another"
    annotate(cluster, owner, f"argocd.argoproj.io/tracking-id={tracking}")
    async with asking(kubeconfig, owner) as (_, client):
        assert (await client.post(f"{pump}/disable")).status_code == 200


async def test_enabling_what_a_policy_holds_says_that_it_changes_nothing(
    kubeconfig: Path, cluster: Cluster, owner: Person, pump: str
) -> None:
    since = "2026-11-10T08:00:00Z"
    status = {
        "state": "Disabled",
        "policy": {
            "name": "pumps",
            "mode": "Enforce",
            "action": "Disable",
            "reason": "Exceeded",
            "hold": {
                "policyUID": "0f7d4f4e-6b0e-4f2c-9d1e-000000000000",
                "period": "2026-11",
                "since": since,
                "stateBefore": "Enabled",
            },
        },
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "DisabledByPolicy",
                "message": "QuotaPolicy pumps keeps it off: 40Mi of data are used up.",
                "lastTransitionTime": since,
            }
        ],
    }
    write_status(cluster, owner.namespace, "pump", status)
    async with asking(kubeconfig, owner) as (_, client):
        detail = (await client.get(pump)).json()
        answer = (await client.post(f"{pump}/enable")).json()
    for told in (detail["held"], *answer["effects"]):
        assert "QuotaPolicy pumps keeps the SIM off" in told
        assert f"sim-operator.io/release-hold to {since}" in told


async def test_the_manifest_to_commit_is_the_wish_and_can_be_applied(
    kubeconfig: Path, cluster: Cluster, owner: Person, pump: str
) -> None:
    async with asking(kubeconfig, owner) as (_, client):
        await client.post(f"{pump}/reconcile")
        text = (await client.get(pump)).json()["manifest"]
    manifest = yaml.safe_load(text)
    assert set(manifest) == {"apiVersion", "kind", "metadata", "spec"}
    assert set(manifest["metadata"]) == {"name", "namespace"}
    before = in_cluster(cluster, owner)
    kubectl(
        cluster.kubeconfig, "apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text
    )
    assert in_cluster(cluster, owner)["spec"] == before["spec"]


async def test_the_timeline_says_who_changed_what(
    kubeconfig: Path, cluster: Cluster, owner: Person, pump: str
) -> None:
    async with asking(kubeconfig, owner) as (console, client):
        await console.knows(owner.namespace, 1)
        await client.post(f"{pump}/disable")
        kubectl(
            cluster.kubeconfig,
            *("patch", "sim", "pump", f"--namespace={owner.namespace}", "--type=merge"),
            *("-p", '{"spec":{"label":"north"}}', "--field-manager=kubectl-edit"),
        )
        told: list[dict[str, Any]] = []
        for _ in range(200):
            told = (await client.get(pump)).json()["timeline"]
            if len(told) >= 2:
                break
            await asyncio.sleep(0.1)
    assert {(one["actor"], one["message"]) for one in told} == {
        (owner.user, "Asked for state Disabled, in the console."),
        ("kubectl-edit", "Changed label from nothing to north."),
    }


async def test_who_changed_a_sim_while_no_console_ran_is_told_and_that_nobody_looked(
    kubeconfig: Path, cluster: Cluster, owner: Person, pump: str
) -> None:
    async with asking(kubeconfig, owner) as (_, client):
        [made] = (await client.get(pump)).json()["timeline"]
    assert (made["reason"], made["message"]) == ("Created", "The resource was created.")
    await asyncio.sleep(1.1)  # managedFields count in seconds
    kubectl(
        cluster.kubeconfig,
        *("patch", "sim", "pump", f"--namespace={owner.namespace}", "--type=merge"),
        *("-p", '{"spec":{"state":"Disabled"}}', "--field-manager=kubectl-edit"),
    )
    await asyncio.sleep(1.1)
    async with asking(kubeconfig, owner) as (_, client):
        [last] = (await client.get(pump)).json()["timeline"]
        page = (await client.get(pump.removeprefix("/api/v1"))).text
    assert (last["actor"], last["reason"]) == ("kubectl-edit", "SpecChanged")
    assert "did not look then" in last["message"]
    assert "Last change of the resource by kubectl-edit" in page


def annotate(cluster: Cluster, owner: Person, text: str) -> None:
    kubectl(cluster.kubeconfig, "annotate", "sim", "pump", f"-n={owner.namespace}", text)
