"""The intake over real HTTP."""

import asyncio
import gzip
import socket
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest

from sim_operator.domain.resources import Key
from sim_operator.hooks.intake import IntakeUnavailableError, StreamCredentials
from sim_operator.hooks.server import HooksError, HooksServer
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


async def test_a_batch_is_acknowledged_with_what_became_of_its_records() -> None:
    intake = MemoryIntake()
    async with served(intake) as http:
        first = await http.post(PATH, content=uses(1, 2), auth=PAIR)
        again = await http.post(PATH, content=uses(2, 3).replace(b"]", b",7]"), auth=PAIR)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == {"received": 2, "counted": 2, "duplicates": 0, "ignored": 0}
    assert again.json() == {"received": 3, "counted": 1, "duplicates": 1, "ignored": 1}
    assert intake.volume == 3 * 1024**2
    assert intake.answers == [(ACCOUNT, 200)] * 2


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/1nce/plant-a/two",
        "/hooks/1nce/plant-b/one",
        "/hooks/1nce/plant-a/one/",
        "/hooks/1nce/plant-a/ONE",
        "/hooks/1nce/plant-a/%0A",
        "/hooks/1nce/plant-a/one%2Fx",
        f"/hooks/1nce/plant-a/{'a' * 300}",
        "/hooks/1nce/plant-a",
        "/hooks",
        "/metrics",
        "/docs",
    ],
)
@pytest.mark.parametrize("auth", [PAIR, httpx.Auth()])
async def test_what_is_not_there_is_not_found_whoever_asks(path: str, auth: httpx.Auth) -> None:
    intake = MemoryIntake()
    async with served(intake) as http:
        answer = await http.post(path, content=uses(1), auth=auth)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    assert "www-authenticate" not in answer.headers
    assert all(account is None for account, _ in intake.answers)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", [PATH, "/hooks/1nce/plant-a/two"])
async def test_any_other_method_is_refused_whether_or_not_the_account_is_there(
    method: str, path: str
) -> None:
    async with served(MemoryIntake()) as http:
        answer = await http.request(method, path, auth=PAIR)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "presented",
    [
        None,
        "",
        "Basic",
        "Basic !!!!",
        "Basic é",
        "Bearer c3Ryw7ZtZXI6cGFzczp3w7ZyZA==",
        httpx.BasicAuth(USERNAME.encode(), b"wrong")._auth_header,
        httpx.BasicAuth(b"wrong", PASSWORD.encode())._auth_header,
        httpx.BasicAuth(USERNAME.encode(), b"")._auth_header,
        httpx.BasicAuth(b"", b"")._auth_header,
        httpx.BasicAuth(USERNAME.encode("latin-1"), PASSWORD.encode("latin-1"))._auth_header,
    ],
)
async def test_without_the_right_credentials_nothing_is_read(presented: str | None) -> None:
    intake = MemoryIntake()
    headers = [] if presented is None else [(b"Authorization", presented.encode())]
    async with served(intake) as http:
        answer = await http.post(PATH, content=uses(1), headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Unauthorized"})
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert intake.bodies == []
    assert intake.answers == [(ACCOUNT, 401)]


@pytest.mark.parametrize("pair", [("", ""), ("name", ""), ("", "word")])
async def test_an_empty_part_in_the_secret_lets_nobody_in(pair: tuple[str, str]) -> None:
    intake = MemoryIntake()
    intake.accounts[ACCOUNT] = StreamCredentials(*pair)
    async with served(intake) as http:
        assert (await http.post(PATH, content=b"[]", auth=pair)).status_code == 401


async def test_the_word_basic_may_be_written_in_any_case() -> None:
    header = PAIR._auth_header.replace("Basic", "bASIC")
    async with served(MemoryIntake()) as http:
        answer = await http.post(PATH, content=b"[]", headers={"Authorization": header})
    assert answer.status_code == 200


async def test_wrong_credentials_are_told_once_a_minute_and_never_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = 0.0
    intake = MemoryIntake()
    intake.accounts[Key("plant-a", "two")] = StreamCredentials("other", "secret")
    async with served(intake, monotonic=lambda: now) as http:
        for _ in range(3):
            await http.post(PATH, auth=("intruder", "guess"))
        await http.post("/hooks/1nce/plant-a/two", auth=("intruder", "guess"))
        now = 61.0
        await http.post(PATH, auth=("intruder", "guess"))
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split(":")[0] for line in lines] == ["plant-a/one", "plant-a/two", "plant-a/one"]
    assert lines[2].endswith("(and 2 times since this was last said)")
    for word in ("intruder", "guess", USERNAME, PASSWORD, "secret;"):
        assert word not in caplog.text


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "the body is no JSON"),
        (b"{", "the body is no JSON"),
        (b"7", "the body is neither a JSON array of records nor one record"),
    ],
)
async def test_a_body_that_is_no_batch_is_refused_with_a_sentence(
    body: bytes, sentence: str
) -> None:
    intake = MemoryIntake()
    async with served(intake) as http:
        answer = await http.post(PATH, content=body, auth=PAIR)
    assert (answer.status_code, answer.json()) == (400, {"detail": sentence})
    assert intake.answers == [(ACCOUNT, 400)]


async def test_far_too_many_records_are_too_large() -> None:
    async with served(MemoryIntake()) as http:
        answer = await http.post(PATH, content=b"[" + b"0," * 10_000 + b"0]", auth=PAIR)
    assert answer.status_code == 413
    assert "10001 records" in answer.json()["detail"]


async def unfinished(
    http: httpx.AsyncClient,
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection over which the first byte of a hundred was sent."""
    reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
    writer.write(f"{head}Authorization: {PAIR._auth_header}\r\n\r\n[".encode())
    await writer.drain()
    return reader, writer


async def parts(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1000):
        yield b" " * 1000


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_body_over_the_limit_is_refused_whatever_its_header_says(*, chunked: bool) -> None:
    intake = MemoryIntake()
    async with served(intake, largest=100_000) as http:
        content = parts(101_000) if chunked else b" " * 101_000
        answer = await http.post(PATH, content=content, auth=PAIR)
        fits = await http.post(PATH, content=b"[" + b" " * 99_998 + b"]", auth=PAIR)
    assert (answer.status_code, fits.status_code) == (413, 200)
    assert len(intake.bodies) == 1


async def test_the_usual_limit_is_32_mib() -> None:
    async with served(MemoryIntake()) as http:
        answer = await http.post(PATH, content=b" " * (32 * 1024**2 + 1), auth=PAIR)
    assert answer.status_code == 413


async def test_a_packed_body_is_unpacked() -> None:
    intake = MemoryIntake()
    async with served(intake) as http:
        headers = {"Content-Encoding": "gzip"}
        answer = await http.post(PATH, content=gzip.compress(uses(1)), headers=headers, auth=PAIR)
    assert answer.json()["counted"] == 1
    assert intake.bodies == [uses(1)]


async def test_a_small_body_that_unpacks_to_a_huge_one_is_refused() -> None:
    bomb = gzip.compress(b" " * 50_000_000, 9)
    intake = MemoryIntake()
    async with served(intake, largest=100_000) as http:
        headers = {"Content-Encoding": "gzip"}
        answer = await http.post(PATH, content=bomb, headers=headers, auth=PAIR)
    assert answer.status_code == 413
    assert intake.bodies == []


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", b"[]"),
        ("gzip", b"[]"),
        ("gzip", b""),
        ("gzip", gzip.compress(b"[]")[:-4]),
        ("gzip", gzip.compress(b"[]") + b"more"),
        ("gzip", zlib.compress(b"[]")),
    ],
    # gzip carries the time: without names each side of a parallel run would see other tests.
    ids=["another", "not packed", "empty", "cut off", "followed by more", "zlib"],
)
async def test_a_body_packed_in_another_way_or_broken_is_refused(
    encoding: str, body: bytes
) -> None:
    async with served(MemoryIntake()) as http:
        headers = {"Content-Encoding": encoding}
        answer = await http.post(PATH, content=body, headers=headers, auth=PAIR)
    assert answer.status_code == 415


async def test_a_body_that_does_not_come_ends_in_time() -> None:
    intake = MemoryIntake()
    async with served(intake, body_seconds=0.2) as http:
        reader, writer = await unfinished(http)
        answer = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        next_one = await http.post(PATH, content=b"[]", auth=PAIR)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert next_one.status_code == 200


async def test_a_secret_that_cannot_be_read_means_later(caplog: pytest.LogCaptureFixture) -> None:
    intake = MemoryIntake()
    intake.unavailable = "plant-a/streamer: no answer from the API server within 30 s"
    async with served(intake) as http:
        answers = [await http.post(PATH, content=uses(1), auth=PAIR) for _ in range(2)]
    for answer in answers:
        assert (answer.status_code, answer.json()) == (503, LATER)
        assert answer.headers["retry-after"] == "5"
    assert caplog.text.count("no answer from the API server") == 1
    # Who counts on the stream has to see it in the figures of the account.
    assert intake.answers == [(ACCOUNT, 503)] * 2


@pytest.mark.parametrize("error", [IntakeUnavailableError("full"), RuntimeError("a defect")])
async def test_a_batch_whose_taking_in_fails_is_to_be_sent_again(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    intake = MemoryIntake()

    async def fail() -> None:
        raise error

    async with served(intake) as http:
        intake.before = fail
        failed = await http.post(PATH, content=uses(1), auth=PAIR)
        intake.before = None
        taken = await http.post(PATH, content=uses(1), auth=PAIR)
    assert (failed.status_code, failed.json()) == (503, LATER)
    assert failed.headers["retry-after"] == "5"
    assert taken.json()["counted"] == 1
    assert str(error) in caplog.text
    assert intake.answers == [(ACCOUNT, 503), (ACCOUNT, 200)]


async def test_a_batch_that_does_not_become_safe_in_time_is_to_be_sent_again() -> None:
    intake, gate = MemoryIntake(), Gate()
    intake.before = gate
    async with served(intake, safe_seconds=0.2) as http:
        answer = await http.post(PATH, content=uses(1), auth=PAIR)
        gate.opened.set()
        again = await http.post(PATH, content=uses(1), auth=PAIR)
    assert (answer.status_code, again.json()["counted"]) == (503, 1)


async def test_one_batch_is_taken_at_a_time_and_four_wait() -> None:
    intake, gate = MemoryIntake(), Gate()
    intake.before = gate
    intake.accounts[Key("plant-a", "two")] = StreamCredentials(USERNAME, PASSWORD)
    async with served(intake) as http:
        first = asyncio.create_task(http.post(PATH, content=uses(0), auth=PAIR))
        await gate.arrived.wait()
        rest = [
            asyncio.create_task(http.post(PATH, content=uses(number), auth=PAIR))
            for number in range(1, 8)
        ]
        refused, waiting = await asyncio.wait(rest, return_when=asyncio.FIRST_COMPLETED)
        while len(refused) < 3:
            more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            refused |= more
        assert [task.result().status_code for task in refused] == [503] * 3
        assert len(waiting) == 4
        # Another account is not held up by it.
        intake.before = None
        other = await http.post("/hooks/1nce/plant-a/two", content=uses(99), auth=PAIR)
        assert other.status_code == 200
        gate.opened.set()
        done = [await first, *[await task for task in waiting]]
        after = await http.post(PATH, content=uses(50), auth=PAIR)
    assert [answer.status_code for answer in done] == [200] * 5
    assert after.status_code == 200


async def test_a_sender_that_goes_away_does_not_hold_up_the_next() -> None:
    intake = MemoryIntake()
    async with served(intake) as http:
        _, writer = await unfinished(http)
        writer.close()
        await writer.wait_closed()
        answer = await http.post(PATH, content=uses(1), auth=PAIR)
    assert answer.status_code == 200
    assert len(intake.bodies) == 1


async def test_a_busy_port_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(HooksError) as caught:
            async with HooksServer(port, MemoryIntake(), leading(), host="127.0.0.1"):
                pass
    assert str(caught.value) == (
        f"cannot serve the Data Streamer intake on port {port}: Address already in use; "
        "SIM_OPERATOR_HOOKS_PORT chooses another"
    )


async def test_the_port_is_free_again_after_the_end() -> None:
    async with HooksServer(0, MemoryIntake(), leading(), host="127.0.0.1") as first:
        port = first.port
    async with HooksServer(port, MemoryIntake(), leading(), host="127.0.0.1") as second:
        assert second.port == port


async def test_the_end_does_not_wait_for_a_batch_that_never_becomes_safe() -> None:
    intake, gate = MemoryIntake(), Gate()
    intake.before = gate
    async with httpx.AsyncClient(trust_env=False, timeout=30) as http:
        async with HooksServer(0, intake, leading(), host="127.0.0.1") as server:
            url = f"http://127.0.0.1:{server.port}{PATH}"
            sent = asyncio.create_task(http.post(url, content=uses(1), auth=PAIR))
            await gate.arrived.wait()
        [outcome] = await asyncio.gather(sent, return_exceptions=True)
    assert not isinstance(outcome, httpx.Response) or outcome.status_code != 200
    assert intake.bodies == []
