"""The gate itself, in front of a small server, before anything is concluded from it."""

import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.chaos.gate import (
    After,
    Asked,
    Before,
    Delay,
    Gate,
    Hang,
    Lines,
    LoseAnswer,
    Refuse,
    Rewrite,
    Then,
    is_write,
)
from tests.chaos.small_server import PATIENCE, Server, Watch, serving, wait_for


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made


@pytest.fixture
def gate(server: Server) -> Iterator[Gate]:
    with Gate(server.url) as made:
        yield made


@pytest.fixture
def client(gate: Gate) -> Iterator[httpx.Client]:
    headers = {"Authorization": "Bearer token"}
    with httpx.Client(base_url=gate.url, headers=headers, timeout=5, trust_env=False) as made:
        yield made


def test_a_request_passes_as_it_is(gate: Gate, client: httpx.Client, server: Server) -> None:
    answer = client.patch("/a%2Fb?x=1&y=%20", content=b"body")
    assert answer.text == "Bearer token /a%2Fb?x=1&y=%20 body"
    assert answer.headers["x-own"] == "kept"
    assert server.got == [("PATCH", "/a%2Fb?x=1&y=%20", b"body")]
    (passed,) = gate.passed
    assert (passed.method, passed.path, passed.status) == ("PATCH", "/a/b", 200)
    assert passed.query == {"x": "1", "y": " "}
    assert passed.body == b"body"
    assert passed.arrived
    assert passed.answered
    assert passed.port > 0


def test_a_callback_runs_before_its_request_arrives(
    gate: Gate, client: httpx.Client, server: Server
) -> None:
    seen: list[int] = []
    rule = gate.on(is_write, Before(lambda _: seen.append(len(server.got))), times=1)
    for _ in range(2):
        client.put("/x", content=b"1")
    client.get("/x")
    assert seen == [0]
    assert rule.hits == 1
    assert len(server.got) == 3


def test_a_callback_may_keep_its_request_from_arriving(
    gate: Gate, client: httpx.Client, server: Server
) -> None:
    gate.on(is_write, Before(lambda _: Then.DROP), times=1, skip=1)
    client.put("/first")
    with pytest.raises(httpx.RemoteProtocolError):
        client.put("/second")
    client.put("/third")
    assert [path for _, path, _ in server.got] == ["/first", "/third"]
    assert [(one.arrived, one.answered) for one in gate.passed] == [
        (True, True),
        (False, False),
        (True, True),
    ]


def test_a_callback_runs_when_its_request_was_carried_out(
    gate: Gate, client: httpx.Client, server: Server
) -> None:
    seen: list[int] = []

    def kill(asked: Asked) -> Then:
        seen.append(len(server.got))
        return Then.DROP

    gate.on(is_write, After(kill))
    with pytest.raises(httpx.RemoteProtocolError):
        client.put("/x")
    assert seen == [1]


def test_an_answer_is_lost_once_and_nothing_is_sent_twice(
    gate: Gate, client: httpx.Client, server: Server
) -> None:
    client.put("/x")
    gate.on(is_write, LoseAnswer(), times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        client.put("/x")
    assert len(server.got) == 2
    assert [(one.status, one.arrived, one.answered) for one in gate.passed][1:] == [
        (200, True, False)
    ]


def test_a_refusal_does_not_arrive(gate: Gate, client: httpx.Client, server: Server) -> None:
    gate.on(lambda asked: asked.path == "/no", Refuse(429, {"Retry-After": "2"}))
    answer = client.get("/no")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "2")
    assert answer.json()["reason"] == "TooManyRequests"
    assert client.get("/yes").status_code == 200
    assert [path for _, path, _ in server.got] == ["/yes"]


def test_an_answer_is_rewritten(gate: Gate, client: httpx.Client) -> None:
    rule = gate.on(lambda _: True, Rewrite(lambda body: body.upper()))
    assert client.get("/x").text == "BEARER TOKEN /X "
    rule.remove()
    assert client.get("/x").text == "Bearer token /x "


def test_what_is_delayed_arrives_though_the_client_has_given_up(
    gate: Gate, client: httpx.Client, server: Server
) -> None:
    gate.on(is_write, Delay(1.0))
    with pytest.raises(httpx.ReadTimeout):
        client.put("/x", timeout=0.1)
    assert server.got == []
    wait_for(lambda: server.got)


def test_what_hangs_never_arrives(gate: Gate, client: httpx.Client, server: Server) -> None:
    gate.on(is_write, Hang())
    with pytest.raises(httpx.ReadTimeout):
        client.put("/x", timeout=0.3)
    assert client.get("/y").status_code == 200
    assert [path for _, path, _ in server.got] == ["/y"]


def test_a_cut_refuses_connections_until_it_is_mended(
    gate: Gate, client: httpx.Client, server: Server
) -> None:
    client.get("/before")
    gate.cut()
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            client.get("/during")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(gate.url.rsplit(":", 1)[1])), timeout=5)
    gate.mend()
    client.get("/after")
    assert [path for _, path, _ in server.got] == ["/before", "/after"]


def test_a_cut_may_swallow_what_is_sent(gate: Gate, client: httpx.Client, server: Server) -> None:
    gate.cut(hang=True)
    with pytest.raises(httpx.ReadTimeout):
        client.put("/during", timeout=0.3)
    gate.mend()
    client.put("/after")
    assert [path for _, path, _ in server.got] == ["/after"]


def test_a_callback_may_cut_and_mend(gate: Gate, client: httpx.Client) -> None:
    gate.on(is_write, After(lambda _: gate.cut()), times=1)
    with pytest.raises(httpx.TransportError):
        client.put("/x")
    gate.mend()
    assert client.put("/x").status_code == 200


def test_a_server_that_is_gone_looks_gone(client: httpx.Client, server: Server) -> None:
    client.get("/x")
    server.shutdown()
    server.server_close()
    with Gate(server.url) as other, pytest.raises(httpx.RemoteProtocolError):
        httpx.get(other.url, timeout=5, trust_env=False)
    assert not other.passed[-1].answered


def test_a_watch_passes_line_by_line(gate: Gate, client: httpx.Client, server: Server) -> None:
    watch = Watch(client)
    server.send(b"one\n", b"tw")
    watch.has(b"one")
    server.send(b"o\nthree\n")
    watch.has(b"one", b"two", b"three")
    assert len(gate.watches) == 1
    assert gate.passed[-1].status == 200


def test_lines_of_a_watch_are_dropped_changed_and_doubled(
    gate: Gate, client: httpx.Client, server: Server
) -> None:
    def change(line: bytes) -> bytes | None:
        return {b"drop\n": None, b"twice\n": line + line}.get(line, line)

    watch = Watch(client)
    server.send(b"drop\n")
    watch.has(b"drop")
    rule = gate.on(lambda asked: asked.path == "/w", Lines(change))
    server.send(b"drop\n", b"twice\n", b"x\n")
    watch.has(b"drop", b"twice", b"twice", b"x")
    assert rule.hits == 2
    rule.remove()
    server.send(b"drop\n")
    watch.has(b"drop", b"twice", b"twice", b"x", b"drop")


def test_a_frozen_watch_stays_open_and_silent(
    gate: Gate, client: httpx.Client, server: Server
) -> None:
    watch = Watch(client)
    server.send(b"one\n")
    watch.has(b"one")
    assert gate.freeze_watches() == 1
    server.send(b"two\n")
    other = Watch(client, "/other?watch=true")
    other.has(b"one", b"two")
    with server.more:
        server.over = True
        server.more.notify_all()
    assert other.ended.wait(PATIENCE)
    assert not watch.ended.is_set()
    assert watch.lines == [b"one"]
    gate.cut()
    assert watch.ended.wait(PATIENCE)


def test_a_watch_is_ended(gate: Gate, client: httpx.Client, server: Server) -> None:
    watch = Watch(client)
    server.send(b"one\n")
    watch.has(b"one")
    assert gate.end_watches() == 1
    assert watch.ended.wait(PATIENCE)
    wait_for(lambda: not gate.watches)


def test_a_watch_waits_where_nothing_comes_through(
    gate: Gate, client: httpx.Client, server: Server
) -> None:
    watch = Watch(client)
    server.send(b"one\n")
    watch.has(b"one")
    gate.cut(hang=True)
    server.send(b"two\n")
    time.sleep(0.3)
    assert watch.lines == [b"one"]
    gate.mend()
    watch.has(b"one", b"two")
