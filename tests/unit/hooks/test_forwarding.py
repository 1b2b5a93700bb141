"""A standby in front of a leader, over real HTTP."""

import asyncio
import gzip
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from sim_operator.domain.resources import Key
from sim_operator.hooks.forwarding import MARK, Forwarding
from sim_operator.hooks.intake import StreamCredentials
from sim_operator.serving import LoopServer
from tests.unit.hooks.intakes import (
    ACCOUNT,
    PAIR,
    PASSWORD,
    PATH,
    USERNAME,
    Gate,
    MemoryIntake,
    leading,
    served,
    uses,
)

LATER = {"detail": "The batch cannot be taken now. Send it again."}


def address(http: httpx.AsyncClient) -> str:
    return str(http.base_url).rstrip("/")


@asynccontextmanager
async def standby(
    leader: MemoryIntake, **bounds: Any
) -> AsyncIterator[tuple[httpx.AsyncClient, MemoryIntake]]:
    """A client of a standby that hands on to a server in front of `leader`; its own intake."""
    own = MemoryIntake()
    async with (
        served(leader) as behind,
        served(own, leading(leads=False, leader=address(behind)), **bounds) as http,
    ):
        yield http, own


async def test_a_standby_returns_what_the_leader_answers() -> None:
    leader = MemoryIntake()
    async with standby(leader) as (http, own):
        answer = await http.post(PATH, content=uses(1, 2), auth=PAIR)
        again = await http.post(PATH, content=uses(1, 2), auth=PAIR)
    assert answer.status_code == 200
    assert answer.json() == {"received": 2, "counted": 2, "duplicates": 0, "ignored": 0}
    assert again.json()["duplicates"] == 2
    assert answer.headers["content-type"] == "application/json"
    assert (own.bodies, own.answers) == ([], [])
    assert leader.answers == [(ACCOUNT, 200)] * 2


@pytest.mark.parametrize(
    ("path", "auth", "body", "code"),
    [
        (PATH, ("x", "y"), uses(1), 401),
        ("/hooks/1nce/plant-a/two", PAIR, uses(1), 404),
        (PATH, PAIR, b"{", 400),
    ],
)
async def test_a_refusal_of_the_leader_is_passed_on(
    path: str, auth: Any, body: bytes, code: int
) -> None:
    async with standby(MemoryIntake()) as (http, _):
        answer = await http.post(path, content=body, auth=auth)
        async with served(MemoryIntake()) as leader:
            direct = await leader.post(path, content=body, auth=auth)
    assert (answer.status_code, answer.content) == (code, direct.content)
    assert answer.headers.get("www-authenticate") == direct.headers.get("www-authenticate")


async def test_a_later_of_the_leader_is_passed_on_with_its_pause() -> None:
    leader = MemoryIntake()
    leader.unavailable = "the Secret cannot be read"
    async with standby(leader) as (http, _):
        answer = await http.post(PATH, content=uses(1), auth=PAIR)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_a_packed_body_is_handed_on_as_it_came() -> None:
    leader = MemoryIntake()
    async with standby(leader) as (http, _):
        packed = {"Content-Encoding": "gzip"}
        answer = await http.post(PATH, content=gzip.compress(uses(1)), headers=packed, auth=PAIR)
    assert answer.json()["counted"] == 1
    assert leader.bodies == [uses(1)]


async def test_a_body_without_a_length_is_handed_on() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for byte in uses(1, 2, 3):
            yield bytes([byte])

    async with standby(MemoryIntake()) as (http, _):
        answer = await http.post(PATH, content=parts(), auth=PAIR)
    assert answer.json()["counted"] == 3


async def test_a_body_over_the_limit_stops_at_the_standby() -> None:
    async def parts() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 1000

    leader = MemoryIntake()
    async with standby(leader, largest=100_000) as (http, _):
        answer = await http.post(PATH, content=parts(), auth=PAIR)
    assert answer.status_code == 413
    assert leader.bodies == []


async def test_without_a_known_leader_a_batch_is_to_be_sent_again() -> None:
    intake = MemoryIntake()
    async with served(intake, leading(leads=False)) as http:
        answer = await http.post(PATH, content=uses(1), auth=PAIR)
    assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (503, LATER, "5")
    assert intake.bodies == []


async def test_a_leader_that_is_gone_means_later(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        gone = f"http://127.0.0.1:{other.getsockname()[1]}"
    async with served(MemoryIntake(), leading(leads=False, leader=gone)) as http:
        answers = [await http.post(PATH, content=uses(1), auth=PAIR) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {503}
    assert caplog.text.count(f"{gone} did not answer: ConnectError") == 1
    assert PASSWORD not in caplog.text


async def test_a_leader_that_does_not_answer_in_time_means_later() -> None:
    leader, gate = MemoryIntake(), Gate()
    leader.before = gate
    async with served(leader) as behind:
        hasty = Forwarding(lambda _: False, lambda _: address(behind), seconds=0.3)
        async with served(MemoryIntake(), hasty) as http:
            answer = await http.post(PATH, content=uses(1), auth=PAIR)
        gate.opened.set()
    assert answer.status_code == 503


async def test_two_standbys_that_take_each_other_for_the_leader_do_not_play_ball() -> None:
    addresses: dict[str, str] = {}
    asked: list[str] = []

    def standby_before(other: str) -> Forwarding:
        def leader(_: Key) -> str:
            asked.append(other)
            return addresses[other]

        return Forwarding(lambda _: False, leader)

    first, second = standby_before("second"), standby_before("first")
    async with served(MemoryIntake(), first) as one, served(MemoryIntake(), second) as two:
        addresses |= {"first": address(one), "second": address(two)}
        answer = await one.post(PATH, content=uses(1), auth=PAIR)
    assert (answer.status_code, answer.json()) == (503, LATER)
    assert asked == ["second"]


async def test_who_leads_takes_what_another_standby_handed_on() -> None:
    async with served(MemoryIntake()) as http:
        answer = await http.post(PATH, content=uses(1), auth=PAIR, headers={MARK: "1"})
    assert answer.status_code == 200


@asynccontextmanager
async def somebody_else(code: int, body: bytes, **headers: str) -> AsyncIterator[str]:
    """A server that has taken over the leader's address."""
    app = FastAPI()

    @app.post("/{path:path}")
    async def anything(request: Request) -> Response:
        await request.body()
        return Response(body, code, headers)

    server = LoopServer(app, port=0, host="127.0.0.1", serves="anything", setting="NOTHING")
    async with server:
        yield f"http://127.0.0.1:{server.port}"


OURS = {"received": 1, "counted": 1, "duplicates": 0, "ignored": 0}


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (200, b""),
        (200, b"OK"),
        (200, b"{}"),
        (200, json.dumps({**OURS, "more": 1}).encode()),
        (200, b"[" + b" " * 100_000 + b"]"),
        (201, json.dumps(OURS).encode()),
        (307, json.dumps({"detail": "elsewhere"}).encode()),
        (404, b"<html>not found</html>"),
        (500, json.dumps({"detail": "broken"}).encode()),
    ],
)
async def test_an_answer_that_no_leader_gives_acknowledges_nothing(code: int, body: bytes) -> None:
    async with (
        somebody_else(code, body, location="http://127.0.0.1:1/") as there,
        served(MemoryIntake(), leading(leads=False, leader=there)) as http,
    ):
        answer = await http.post(PATH, content=uses(1), auth=PAIR)
    assert (answer.status_code, answer.json()) == (503, LATER)


async def test_only_what_the_leader_needs_is_handed_on() -> None:
    seen: list[tuple[str, dict[str, str]]] = []
    app = FastAPI()

    @app.post("/{path:path}")
    async def note(path: str, request: Request) -> dict[str, int]:
        seen.append((path, dict(request.headers)))
        await request.body()
        return OURS

    server = LoopServer(app, port=0, host="127.0.0.1", serves="anything", setting="NOTHING")
    async with server:
        leader = f"http://127.0.0.1:{server.port}"
        async with served(MemoryIntake(), leading(leads=False, leader=leader)) as http:
            answer = await http.post(
                f"{PATH}?query=1",
                content=b"[]",
                auth=PAIR,
                headers={"Cookie": "a=b", "X-Other": "1"},
            )
    assert answer.json() == OURS
    [(path, headers)] = seen
    assert path == PATH.lstrip("/")
    assert headers["authorization"] == PAIR._auth_header
    assert headers[MARK] == "1"
    assert headers["content-length"] == "2"
    assert not {"cookie", "x-other", "x-forwarded-for"} & headers.keys()


async def test_few_requests_at_a_time_wait_for_the_leader() -> None:
    leader, gate = MemoryIntake(), Gate()
    leader.before = gate
    names = [f"account-{number}" for number in range(68)]
    leader.accounts = {
        Key("plant-a", name): StreamCredentials(USERNAME, PASSWORD) for name in names
    }
    async with standby(leader) as (http, _):
        sent = {
            asyncio.create_task(
                http.post(f"/hooks/1nce/plant-a/{name}", content=uses(1), auth=PAIR)
            )
            for name in names
        }
        refused: set[asyncio.Task[httpx.Response]] = set()
        while len(refused) < 4:
            done, sent = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
            refused |= done
        gate.opened.set()
        taken = [await task for task in sent]
    assert {task.result().status_code for task in refused} == {503}
    assert {answer.status_code for answer in taken} == {200}


async def test_a_process_that_begins_to_lead_takes_batches_itself() -> None:
    leads = False
    intake = MemoryIntake()
    async with served(intake, Forwarding(lambda _: leads, lambda _: None)) as http:
        before = await http.post(PATH, content=uses(1), auth=PAIR)
        leads = True
        after = await http.post(PATH, content=uses(1), auth=PAIR)
    assert (before.status_code, after.status_code) == (503, 200)


def test_credentials_do_not_show_where_they_are_printed() -> None:
    credentials = StreamCredentials(USERNAME, PASSWORD)
    assert repr(replace(credentials, password="other")) == "StreamCredentials()"
