"""Two people with different rights, and what each of them can see and do: of the other, nothing."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from sim_operator.domain.resources import Key
from tests.cluster import Cluster, apply, audit_events, kubectl
from tests.integration.console.people import (
    CONSOLE_USER,
    READS,
    Person,
    Served,
    person,
    serving,
    sim,
    write_status,
)

pytestmark = pytest.mark.cluster

OURS = ("sims", "simaccounts", "quotapolicies")
READY = {
    "type": "Ready",
    "status": "False",
    "reason": "NotFound",
    "message": "The account has no such SIM.",
    "lastTransitionTime": "2026-11-01T00:00:00Z",
}


@dataclass
class Neighbours:
    """Two namespaces of one cluster, each with a SIM, and a person in each."""

    ann: Person
    bob: Person


@pytest.fixture
def neighbours(cluster: Cluster, namespace: str) -> Iterator[Neighbours]:
    other = f"{namespace}-other"
    kubectl(cluster.kubeconfig, "create", "namespace", other)
    ann = person(cluster, namespace, *READS, "patch", name="ann")
    bob = person(cluster, other, *READS, name="bob")
    for who, name in ((ann, "pump-ann"), (bob, "pump-bob")):
        number = secrets.randbelow(10**10)
        apply(cluster.kubeconfig, [sim(who.namespace, name, number, labels={"owner": who.name})])
        status = {
            "state": "Enabled",
            "account": "accounts/default",
            "usage": {"period": "2026-11", "data": "5Mi", "sms": 2},
            "conditions": [READY, READY | {"type": "Stalled", "status": "True"}],
        }
        write_status(cluster, who.namespace, name, status)
    yield Neighbours(ann, bob)
    kubectl(cluster.kubeconfig, "delete", "namespace", other, "--wait=false")


@asynccontextmanager
async def asked(
    kubeconfig: Path, neighbours: Neighbours, who: Person
) -> AsyncIterator[tuple[Served, httpx.AsyncClient]]:
    async with serving(kubeconfig) as console:
        await console.knows(neighbours.ann.namespace, 1)
        await console.knows(neighbours.bob.namespace, 1)
        async with console.client(who.token()) as client:
            yield console, client


async def found(client: httpx.AsyncClient, path: str) -> Any:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/sims",
        "/api/v1/sims?text=pump",
        "/api/v1/sims?labels=owner&sort=reason&direction=desc",
        "/api/v1/sims?reason=NotFound",
        "/api/v1/summary",
        "/api/v1/events",
        "/api/v1/quota-policies",
        "/api/v1/accounts",
        "/api/v1/me",
    ],
)
async def test_the_others_namespace_is_in_no_answer(
    kubeconfig: Path, neighbours: Neighbours, path: str
) -> None:
    async with asked(kubeconfig, neighbours, neighbours.ann) as (_, client):
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    assert "bob" not in answer.text
    assert neighbours.bob.namespace not in answer.text


async def test_counts_and_attention_are_of_what_is_seen(
    kubeconfig: Path, neighbours: Neighbours
) -> None:
    async with asked(kubeconfig, neighbours, neighbours.ann) as (_, client):
        page = await found(client, "/api/v1/sims")
        summary = await found(client, "/api/v1/summary")
    assert (page["total"], [one["name"] for one in page["items"]]) == (1, ["pump-ann"])
    assert (summary["total"], summary["active"], summary["states"]) == (1, 1, {"Enabled": 1})
    [attention] = summary["attention"]
    assert (attention["urgency"], attention["reason"], attention["count"]) == ("act", "NotFound", 1)
    assert "spec.iccid" in attention["nextStep"]
    [example] = attention["examples"]
    assert example == {"namespace": neighbours.ann.namespace, "name": "pump-ann"}


async def test_asking_for_the_others_namespace_finds_nothing(
    kubeconfig: Path, neighbours: Neighbours
) -> None:
    other = neighbours.bob.namespace
    async with asked(kubeconfig, neighbours, neighbours.ann) as (_, client):
        assert (await found(client, f"/api/v1/sims?namespace={other}"))["total"] == 0
        assert (await found(client, f"/api/v1/events?namespace={other}"))["items"] == []
        for path in (f"/api/v1/sims/{other}/pump-bob", f"/api/v1/sims/{other}/none"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["type"]) == (
                403,
                "urn:sim-operator:problem:forbidden",
            )


async def test_an_etag_moves_with_what_is_seen_and_with_nothing_else(
    kubeconfig: Path, neighbours: Neighbours, cluster: Cluster
) -> None:
    ann, bob = neighbours.ann, neighbours.bob
    async with asked(kubeconfig, neighbours, ann) as (console, client):
        first = await client.get("/api/v1/sims")
        seen = {"If-None-Match": first.headers["etag"]}
        assert (await client.get("/api/v1/sims", headers=seen)).status_code == 304
        label(cluster, bob.namespace, "pump-bob", "moved=yes")
        await moved(console, bob.namespace, "pump-bob")
        assert (await client.get("/api/v1/sims", headers=seen)).status_code == 304
        label(cluster, ann.namespace, "pump-ann", "moved=yes")
        await moved(console, ann.namespace, "pump-ann")
        assert (await client.get("/api/v1/sims", headers=seen)).status_code == 200


async def test_who_may_only_read_changes_nothing(kubeconfig: Path, neighbours: Neighbours) -> None:
    bob = neighbours.bob
    async with asked(kubeconfig, neighbours, bob) as (_, client):
        assert (await found(client, f"/api/v1/sims/{bob.namespace}/pump-bob"))["mayChange"] is False
        answer = await client.post(f"/api/v1/sims/{bob.namespace}/pump-bob/disable")
        assert answer.status_code == 403
        assert bob.user in answer.json()["detail"]
        theirs = f"/api/v1/sims/{neighbours.ann.namespace}/pump-ann/disable"
        assert (await client.post(theirs)).status_code == 403


async def test_a_right_that_is_taken_away_ends_while_the_token_holds(
    kubeconfig: Path, neighbours: Neighbours
) -> None:
    ann = neighbours.ann
    async with asked(kubeconfig, neighbours, ann) as (_, client):
        assert (await found(client, "/api/v1/sims"))["total"] == 1
        ann.forbid()
        for _ in range(200):
            if (await found(client, "/api/v1/sims"))["total"] == 0:
                break
            await asyncio.sleep(0.1)
        assert (await found(client, "/api/v1/sims"))["total"] == 0
        assert (await found(client, "/api/v1/summary"))["total"] == 0


async def test_who_may_see_everything_sees_both(
    kubeconfig: Path, neighbours: Neighbours, cluster: Cluster
) -> None:
    admin = person(cluster, neighbours.ann.namespace, name="admin")
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"{admin.namespace}-admin"},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "cluster-admin",
        },
        "subjects": [{"kind": "ServiceAccount", "name": "admin", "namespace": admin.namespace}],
    }
    apply(cluster.kubeconfig, [binding])
    try:
        async with asked(kubeconfig, neighbours, admin) as (_, client):
            names = {one["name"] for one in (await found(client, "/api/v1/sims"))["items"]}
    finally:
        kubectl(cluster.kubeconfig, "delete", "clusterrolebinding", f"{admin.namespace}-admin")
    assert {"pump-ann", "pump-bob"} <= names


async def test_a_group_that_the_console_may_not_act_for_counts_for_nothing(
    kubeconfig: Path, neighbours: Neighbours, cluster: Cluster
) -> None:
    namespace = neighbours.ann.namespace
    guest = person(cluster, namespace)
    group = f"system:serviceaccounts:{namespace}"
    kubectl(
        cluster.kubeconfig,
        *("create", "rolebinding", "everybody", f"--namespace={namespace}"),
        *("--role=ann", f"--group={group}"),
    )
    token = guest.token()
    for groups, total in (((), 1), ((group,), 1), (("others",), 0)):
        async with serving(kubeconfig, console_groups=groups) as console:
            await console.knows(namespace, 1)
            async with console.client(token) as client:
                assert (await found(client, "/api/v1/sims"))["total"] == total
                answer = await client.get(f"/api/v1/sims/{namespace}/pump-ann")
                assert answer.status_code == (200 if total else 403)


async def test_the_console_by_itself_asks_for_nothing_that_its_rights_do_not_allow(
    kubeconfig: Path, neighbours: Neighbours, cluster: Cluster
) -> None:
    if cluster.audit_log is None:
        pytest.skip("this cluster has no audit log")
    begun = cluster.audit_log.stat().st_size
    async with asked(kubeconfig, neighbours, neighbours.ann) as (_, client):
        for path in ("sims", "summary", "events", "accounts", "quota-policies"):
            await found(client, f"/api/v1/{path}")
    own = [
        one
        for one in audit_events(cluster.audit_log, CONSOLE_USER, start=begun)
        if not one.impersonated and one.resource
    ]
    assert [one for one in own if one.code >= 400] == []
    assert {(one.verb, one.resource) for one in own} == {
        *((verb, kind) for verb in ("list", "watch") for kind in (*OURS, "events")),
        ("create", "tokenreviews"),
        ("create", "subjectaccessreviews"),
    }


def label(cluster: Cluster, namespace: str, name: str, text: str) -> None:
    kubectl(cluster.kubeconfig, "label", "sim", name, f"--namespace={namespace}", text)


async def moved(console: Served, namespace: str, name: str) -> None:
    for _ in range(200):
        row = console.opened.console.fleet.sims.get(Key(namespace, name))
        if row is not None and row.labels.get("moved") == "yes":
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the cache did not hear of it")
