"""Records of the Data Streamer on their way into a real database, by the door that is for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from sim_operator.console.application import routes
from sim_operator.console.archive import Archive
from sim_operator.console.bounds import BoundedRequests
from sim_operator.console.delivery.shapes import MOST_PARTS
from sim_operator.history import Hour, Keep, open_history
from sim_operator.kube.impersonation import Identity
from tests.clocks import StillClock

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ICCID = "8988303000000000001"
OPERATOR = "system:serviceaccount:sim-operator:sim-operator"
USERS = {"operators": OPERATOR, "others": "system:serviceaccount:plant-a:pumps"}
PATH = "/internal/v1/parts"


class Recorders:
    """The API server's word on a few tokens."""

    async def identity(self, token: str) -> Identity | None:
        return Identity(USERS[token]) if token in USERS else None


def client_of(archive: Archive, user: str) -> httpx.AsyncClient:
    """A client of a console that has no cluster, but a history."""
    app = routes()
    app.state.console = SimpleNamespace(
        archive=archive,
        recorder=OPERATOR,
        recorders=Recorders(),
        deliveries=asyncio.Semaphore(2),
        clock=StillClock(NOW),
    )
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(BoundedRequests(app)),
        base_url="http://console.test",
        headers={"Authorization": f"Bearer {user}"},
    )


@asynccontextmanager
async def console(
    tmp_path: Path, user: str = "operators", *, keeps: bool = True
) -> AsyncIterator[httpx.AsyncClient]:
    """The same, with the history open: a file."""
    archive = Archive(f"sqlite:///{tmp_path}/history.db" if keeps else None, Keep(), lambda: NOW)
    opening = asyncio.create_task(archive.run())
    try:
        async with asyncio.timeout(20):
            while keeps and archive.history is None:  # noqa: ASYNC110 - of its opening none tells
                await asyncio.sleep(0.01)
        async with client_of(archive, user) as client:
            yield client
    finally:
        opening.cancel()
        await asyncio.wait([opening])


def record(number: int, **more: Any) -> dict[str, Any]:
    """A quarter of an hour of data."""
    start = NOW - timedelta(hours=3) + timedelta(minutes=15 * number)
    return {
        "iccid": ICCID,
        "namespace": "plant-a",
        "id": number,
        "service": "data",
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=15)).isoformat(),
        "volume": 100 + number,
    } | more


def delivery(*records: dict[str, Any]) -> dict[str, Any]:
    return {"account": "sim-operator/default", "parts": list(records)}


async def hours(tmp_path: Path) -> list[Hour]:
    async with open_history(f"sqlite:///{tmp_path}/history.db", migrating=False) as history:
        return await history.hours(ICCID, NOW - timedelta(days=1), NOW + timedelta(days=1))


async def test_records_are_kept_once_however_often_they_come(tmp_path: Path) -> None:
    async with console(tmp_path) as client:
        for records in (range(6), range(4, 8), range(8)):
            answer = await client.post(PATH, json=delivery(*map(record, records)))
            assert (answer.status_code, answer.content) == (204, b"")
        sms = record(9, service="sms", volume=2, start=NOW.isoformat(), end=NOW.isoformat())
        assert (await client.post(PATH, json=delivery(sms))).status_code == 204
    assert await hours(tmp_path) == [
        Hour(NOW - timedelta(hours=3), 406, 0),
        Hour(NOW - timedelta(hours=2), 422, 0),
        Hour(NOW, 0, 2),
    ]


async def test_as_many_records_as_may_come_are_kept(tmp_path: Path) -> None:
    same = {"start": NOW.isoformat(), "end": NOW.isoformat(), "volume": 2**53 - 1}
    async with console(tmp_path) as client:
        many = [record(number, **same) for number in range(MOST_PARTS)]
        assert (await client.post(PATH, json=delivery(*many))).status_code == 204
    assert await hours(tmp_path) == [Hour(NOW, 500 * (2**53 - 1), 0)]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b'{"account": "sim-operator/default"}', 422),
        (delivery(record(1)) | {"account": "nowhere"}, 422),
        (delivery(record(1, iccid="123")), 422),
        (delivery(record(1, namespace="a\u0000b")), 422),
        (delivery(record(1, namespace="'; DROP TABLE sims; --")), 422),
        (delivery(record(1, id=-1)), 422),
        (delivery(record(1, id=2**63)), 422),
        (delivery(record(1, service="voice")), 422),
        (delivery(record(1, volume=-1)), 422),
        (delivery(record(1, volume=2**53)), 422),
        (delivery(record(1, volume=None)), 422),
        (delivery(record(1, start="2026-11-23T10:00:00")), 422),
        (delivery(record(1, start="1999-12-31T23:59:59Z")), 422),
        (delivery(record(1, end="2026-11-01T00:00:00Z")), 422),
        (delivery(record(1, end=(NOW + timedelta(days=2)).isoformat())), 422),
        (delivery(record(1, end="9999-12-31T23:59:59-12:00")), 422),
        (delivery(*[record(1)] * (MOST_PARTS + 1)), 422),
        (b" " * (4 * 1024 * 1024 + 1), 413),
    ],
    ids=lambda one: str(one)[-60:] if not isinstance(one, bytes) else str(one[:30]),
)
async def test_what_does_not_fit_is_refused_as_a_whole_and_without_a_trace(
    tmp_path: Path, body: Any, code: int
) -> None:
    if isinstance(body, dict) and len(body.get("parts", ())) == 1:
        body = delivery(record(0), *body["parts"]) | {"account": body["account"]}
    async with console(tmp_path) as client:
        given = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = await client.post(PATH, **given)
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await hours(tmp_path) == []


@pytest.mark.parametrize(("user", "code"), [("others", 403), ("nobodys", 401), ("", 401)])
async def test_only_the_operator_delivers(tmp_path: Path, user: str, code: int) -> None:
    async with console(tmp_path, user) as client:
        answer = await client.post(PATH, json=delivery(record(1)))
    assert (answer.status_code, await hours(tmp_path)) == (code, [])


async def test_without_a_history_nothing_is_kept_and_the_answer_says_why(tmp_path: Path) -> None:
    async with console(tmp_path, keeps=False) as client:
        answer = await client.post(PATH, json=delivery(record(1)))
    assert (answer.status_code, answer.json()["type"]) == (
        404,
        "urn:sim-operator:problem:no-history",
    )


async def test_a_history_that_is_not_open_is_asked_again_later(tmp_path: Path) -> None:
    archive = Archive(f"sqlite:///{tmp_path}/history.db", Keep(), lambda: NOW)
    async with client_of(archive, "operators") as client:
        answer = await client.post(PATH, json=delivery(record(1)))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
