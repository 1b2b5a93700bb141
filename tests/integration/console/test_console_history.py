"""What the operator delivers, and who then sees how much of it."""

import asyncio
import csv
import io
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clocks import StillClock
from tests.cluster import Cluster, apply
from tests.integration.console.people import (
    Person,
    Served,
    person,
    serving,
    sim,
    until,
)

pytestmark = pytest.mark.cluster

NOW = datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
TODAY = NOW.date()
FIRST = TODAY.replace(day=1)
MIB = 1024 * 1024


@pytest.fixture
def operator(cluster: Cluster, namespace: str) -> Person:
    """Who delivers."""
    return person(cluster, namespace, name="operator")


@asynccontextmanager
async def keeping(
    kubeconfig: Path, tmp_path: Path, operator: Person
) -> AsyncIterator[tuple[Served, httpx.AsyncClient]]:
    """A console with a history, and the operator that delivers to it."""
    url = f"sqlite:///{tmp_path}/history.db"
    async with serving(
        kubeconfig, clock=StillClock(NOW), database_url=url, recorder=operator.user
    ) as console:
        await until(
            lambda: console.opened.console.archive.history is not None, "the history to open"
        )
        token = operator.token("--audience=sim-operator-history")
        async with console.client(token) as client:
            yield console, client


def reading(iccid: str, namespace: str, name: str, data: int = 5 * MIB, **more: Any) -> Any:
    return {
        "iccid": iccid,
        "namespace": namespace,
        "name": name,
        "labels": {"fleet": "pumps"},
        "policy": None,
        "readAt": NOW.isoformat(),
        "first": FIRST.isoformat(),
        "last": TODAY.isoformat(),
        "days": {FIRST.isoformat(): [data, 2]},
    } | more


def delivery(*readings: Any) -> Any:
    return {"account": "accounts/default", "readings": list(readings)}


async def deliver(client: httpx.AsyncClient, *readings: Any) -> httpx.Response:
    return await client.post("/internal/v1/readings", json=delivery(*readings))


async def test_a_delivery_is_kept_and_counted_once(
    kubeconfig: Path, tmp_path: Path, operator: Person, owner: Person, cluster: Cluster
) -> None:
    number = secrets.randbelow(10**10)
    apply(cluster.kubeconfig, [sim(owner.namespace, "pump", number)])
    iccid = f"89883030{number:011d}"
    async with keeping(kubeconfig, tmp_path, operator) as (console, deliverer):
        for _ in range(2):
            answer = await deliver(deliverer, reading(iccid, owner.namespace, "pump"))
            assert (answer.status_code, answer.content) == (204, b"")
        await console.knows(owner.namespace, 1)
        async with console.client(owner.token()) as client:
            path = f"/api/v1/sims/{owner.namespace}/pump/usage"
            days = (await client.get(path)).json()["days"]
            summary = (await client.get("/api/v1/summary")).json()
            usage = (await client.get("/api/v1/usage", params={"by": "label=fleet"})).json()
            text = (await client.get("/api/v1/usage", params={"by": "sim", "format": "csv"})).text
    assert [(one["day"], one["data"], one["sms"]) for one in days][:1] == [
        (FIRST.isoformat(), 5 * MIB, 2)
    ]
    assert len(days) == (TODAY - FIRST).days + 1
    assert (summary["used"]["data"], summary["used"]["sms"]) == (5 * MIB, 2)
    assert summary["used"]["top"][0]["name"] == "pump"
    assert [(one["group"], one["data"]) for one in usage["items"]] == [("pumps", 5 * MIB)]
    [row] = csv.DictReader(io.StringIO(text))
    assert (row["iccid"], row["name"], row["data_bytes"]) == (iccid, "pump", str(5 * MIB))


async def test_use_of_the_others_namespace_is_not_seen(
    kubeconfig: Path, tmp_path: Path, operator: Person, owner: Person, cluster: Cluster
) -> None:
    number = secrets.randbelow(10**10)
    apply(cluster.kubeconfig, [sim(owner.namespace, "pump", number)])
    mine, theirs = f"89883030{number:011d}", "8988303000000000001"
    before = reading(
        mine,
        "elsewhere",
        "moved",
        first=(FIRST - timedelta(days=40)).isoformat(),
        last=(FIRST - timedelta(days=35)).isoformat(),
        readAt=(NOW - timedelta(days=30)).isoformat(),
        days={(FIRST - timedelta(days=38)).isoformat(): [7 * MIB, 0]},
    )
    async with keeping(kubeconfig, tmp_path, operator) as (console, deliverer):
        assert (await deliver(deliverer, before)).status_code == 204
        both = reading(mine, owner.namespace, "pump"), reading(theirs, "elsewhere", "secret-pump")
        assert (await deliver(deliverer, *both)).status_code == 204
        await console.knows(owner.namespace, 1)
        async with console.client(owner.token()) as client:
            for by in ("namespace", "sim", "account", "policy", "label=fleet", "day", "month"):
                told = (await client.get("/api/v1/usage", params={"by": by})).json()
                assert sum(one["data"] for one in told["items"]) == 5 * MIB
                assert "elsewhere" not in str(told)
                assert "secret-pump" not in str(told)
            summary = (await client.get("/api/v1/summary")).json()
            begin = (FIRST - timedelta(days=60)).isoformat()
            path = f"/api/v1/sims/{owner.namespace}/pump/usage"
            days = (await client.get(path, params={"from": begin})).json()["days"]
    assert summary["used"]["data"] == 5 * MIB
    assert 7 * MIB not in [one["data"] for one in days]


async def test_hours_are_seen_by_who_sees_the_namespace_that_held_the_sim(
    kubeconfig: Path, tmp_path: Path, operator: Person, owner: Person, cluster: Cluster
) -> None:
    number = secrets.randbelow(10**10)
    apply(cluster.kubeconfig, [sim(owner.namespace, "pump", number)])
    hour = NOW.replace(minute=0, second=0, microsecond=0)
    record = {
        "iccid": f"89883030{number:011d}",
        "namespace": owner.namespace,
        "id": 1,
        "service": "data",
        "start": hour.isoformat(),
        "end": hour.isoformat(),
        "volume": 5 * MIB,
    }
    theirs = record | {"id": 2, "namespace": "elsewhere", "volume": 7 * MIB}
    body = {"account": "accounts/default", "parts": [record, theirs]}
    path = f"/api/v1/sims/{owner.namespace}/pump/usage"
    async with keeping(kubeconfig, tmp_path, operator) as (console, deliverer):
        for _ in range(2):
            assert (await deliverer.post("/internal/v1/parts", json=body)).status_code == 204
        await console.knows(owner.namespace, 1)
        async with console.client(owner.token()) as client:
            told = (await client.get(path, params={"hours": "true"})).json()
            page = (await client.get(f"/sims/{owner.namespace}/pump")).text
    assert [(one["data"], one["sms"]) for one in told["hours"]] == [(5 * MIB, 0)]
    assert datetime.fromisoformat(told["hours"][0]["start"]) == hour
    assert told["days"] == [], "no day is made of records"
    assert f'data-hour="{hour.isoformat()}" data-value="{5 * MIB}"' in page


async def test_missing_says_from_when_to_read_again(
    kubeconfig: Path, tmp_path: Path, operator: Person
) -> None:
    known, unknown = "8988303000000000010", "8988303000000000011"
    question = {
        "account": "accounts/default",
        "first": (TODAY - timedelta(days=30)).isoformat(),
        "last": (TODAY - timedelta(days=10)).isoformat(),
        "iccids": [known, unknown],
    }
    whole = reading(known, "plant-a", "pump", first=question["first"], last=question["last"])
    whole["days"] = {}
    async with keeping(kubeconfig, tmp_path, operator) as (_, deliverer):
        assert (await deliver(deliverer, whole)).status_code == 204
        answer = await deliverer.post("/internal/v1/missing", json=question)
    assert answer.json() == {"missing": {unknown: [question["first"], question["last"]]}}


async def test_only_the_operator_delivers(
    kubeconfig: Path, tmp_path: Path, operator: Person, owner: Person
) -> None:
    async with keeping(kubeconfig, tmp_path, operator) as (console, _):
        for token, code in (
            (operator.token(), 401),
            (owner.token("--audience=sim-operator-history"), 403),
            ("nonsense", 401),
            ("", 401),
        ):
            async with console.client(token) as client:
                answer = await deliver(client, reading("8988303000000000001", "a", "b"))
                assert answer.status_code == code, token
        async with console.client(operator.token("--audience=sim-operator-history")) as client:
            assert (await client.get("/api/v1/sims")).status_code == 401


GOOD = reading("8988303000000000001", "plant-a", "pump")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 400),
        (b"[]", 422),
        (delivery(GOOD | {"iccid": "123"}), 422),
        (delivery(GOOD | {"days": {"2020-01-01": [1, 1]}}), 422),
        (delivery(GOOD | {"days": {FIRST.isoformat(): [-1, 0]}}), 422),
        (delivery(GOOD | {"days": {FIRST.isoformat(): [2**63, 0]}}), 422),
        (delivery(GOOD | {"readAt": "2026-11-01T00:00:00"}), 422),
        (delivery(GOOD | {"readAt": (NOW + timedelta(days=1)).isoformat()}), 422),
        (delivery(GOOD | {"last": "2020-01-01"}), 422),
        (delivery(GOOD | {"labels": {"a": "'; DROP TABLE sims; --"}}), 422),
        (delivery(GOOD | {"namespace": "a\u0000b"}), 422),
        (delivery(*[GOOD] * 501), 422),
        (b" " * (4 * MIB + 1), 413),
    ],
    ids=lambda one: str(one)[-60:] if not isinstance(one, bytes) else str(one[:9]),
)
async def test_a_delivery_that_does_not_fit_is_refused_as_it_is(
    kubeconfig: Path, tmp_path: Path, operator: Person, body: Any, code: int
) -> None:
    async with keeping(kubeconfig, tmp_path, operator) as (_, client):
        given = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = await client.post("/internal/v1/readings", **given)
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_without_a_history_the_present_is_shown_and_the_past_says_why_not(
    kubeconfig: Path, owner: Person, operator: Person
) -> None:
    async with serving(kubeconfig, recorder=operator.user) as console:
        async with console.client(owner.token()) as client:
            assert (await client.get("/api/v1/summary")).status_code == 200
            answer = await client.get("/api/v1/usage")
            assert (answer.status_code, answer.json()["type"]) == (
                404,
                "urn:sim-operator:problem:no-history",
            )
        async with console.client(operator.token("--audience=sim-operator-history")) as client:
            assert (await deliver(client, GOOD)).status_code == 404


async def test_a_damaged_database_is_told_of_and_keeps_nobody_from_the_present(
    kubeconfig: Path, tmp_path: Path, owner: Person, operator: Person
) -> None:
    (tmp_path / "history.db").write_bytes(b"this is no database" * 1000)
    url = f"sqlite:///{tmp_path}/history.db"
    async with serving(kubeconfig, database_url=url, recorder=operator.user) as console:
        archive = console.opened.console.archive
        for _ in range(200):
            if archive.trouble not in (None, "it is being opened"):
                break
            await asyncio.sleep(0.05)
        async with console.client(owner.token()) as client:
            assert (await client.get("/api/v1/summary")).status_code == 200
            answer = await client.get("/api/v1/usage")
        async with console.client(operator.token("--audience=sim-operator-history")) as client:
            delivered = await deliver(client, GOOD)
    assert (answer.status_code, answer.json()["type"]) == (
        503,
        "urn:sim-operator:problem:history-unavailable",
    )
    assert (delivered.status_code, delivered.headers["retry-after"]) == (503, "60")


async def test_a_token_of_a_person_who_may_only_see_shows_no_use_of_others(
    kubeconfig: Path, tmp_path: Path, operator: Person, cluster: Cluster, namespace: str
) -> None:
    nobody = person(cluster, namespace, name="nobody")
    async with keeping(kubeconfig, tmp_path, operator) as (console, deliverer):
        await deliver(deliverer, GOOD)
        async with console.client(nobody.token()) as client:
            usage = (await client.get("/api/v1/usage")).json()
    assert usage["items"] == []
