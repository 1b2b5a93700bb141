"""Who has no credentials can neither guess them nor keep out who has; who has some, nobody else."""

import asyncio
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from sim_operator.domain.resources import Key
from sim_operator.hooks import slowness
from sim_operator.hooks.forwarding import MARK
from sim_operator.hooks.intake import StreamCredentials
from sim_operator.hooks.room import NoRoomError, Room
from sim_operator.onence.stream import MOST_VALUES, TooManyRecordsError, read_batch
from sim_operator.serving import Bounds
from tests.unit.hooks.intakes import (
    ACCOUNT,
    PAIR,
    PASSWORD,
    PATH,
    USERNAME,
    MemoryIntake,
    leading,
    served,
    uses,
)

OTHER = "/hooks/1nce/plant-a/two"
HOLD = 0.5


async def seconds(asked: "asyncio.Future[httpx.Response]") -> tuple[int, float]:
    began = time.monotonic()
    answer = await asked
    return answer.status_code, time.monotonic() - began


@pytest.mark.parametrize(
    ("method", "path", "auth", "code"),
    [
        ("POST", PATH, ("x", "y"), 401),
        ("POST", PATH, None, 401),
        ("POST", OTHER, PAIR, 404),
        ("POST", "/metrics", None, 404),
        ("GET", PATH, PAIR, 405),
    ],
)
async def test_a_refusal_takes_its_time(
    method: str, path: str, auth: httpx.Auth | tuple[str, str] | None, code: int
) -> None:
    async with served(MemoryIntake(), refusal_seconds=HOLD) as http:
        asked = asyncio.ensure_future(http.request(method, path, auth=auth or httpx.Auth()))
        told, took = await seconds(asked)
    assert told == code
    assert took >= HOLD


async def test_whoever_knows_the_credentials_comes_in_at_once_while_others_guess() -> None:
    async with served(MemoryIntake(), refusal_seconds=20.0) as http:
        guesses = [asyncio.create_task(http.post(PATH, auth=("x", str(n)))) for n in range(40)]
        await asyncio.sleep(0.2)
        taken = await http.post(PATH, content=uses(1), auth=PAIR)
        assert not any(one.done() for one in guesses)
        for one in guesses:
            one.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)
    assert taken.status_code == 200


async def test_the_more_are_refused_the_longer_each_waits() -> None:
    async with served(MemoryIntake(), refusal_seconds=HOLD) as http:
        few = await seconds(asyncio.ensure_future(http.post(PATH, auth=("x", "y"))))
        many = [
            asyncio.create_task(seconds(asyncio.ensure_future(http.post(PATH, auth=("x", str(n))))))
            for n in range(80)
        ]
        longest = max(took for _, took in await asyncio.gather(*many))
    assert few[1] >= HOLD
    assert longest >= 4 * HOLD


async def test_beyond_what_can_be_held_nothing_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(slowness, "_MOST", 2)
    intake = MemoryIntake()
    async with served(intake, refusal_seconds=20.0) as http:
        held = [asyncio.create_task(http.post(PATH, auth=("x", "y"))) for _ in range(2)]
        while len(intake.answers) < 2:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        later = await http.post(PATH, content=uses(1), auth=PAIR)
        for one in held:
            one.cancel()
        await asyncio.gather(*held, return_exceptions=True)
    assert (later.status_code, later.headers["retry-after"]) == (503, "5")
    assert intake.answers == [(ACCOUNT, 401)] * 2


async def test_more_connections_than_are_kept_are_not_answered() -> None:
    bounds = Bounds(connections=4)
    async with served(MemoryIntake(), refusal_seconds=1.0, connections=bounds) as http:
        told = await asyncio.gather(
            *(http.post(PATH, auth=("x", "y")) for _ in range(12)), return_exceptions=True
        )
        after = await http.post(PATH, content=uses(1), auth=PAIR)
    answered = [one.status_code for one in told if isinstance(one, httpx.Response)]
    assert answered
    assert set(answered) == {401}
    assert len(answered) < 12
    assert after.status_code == 200


async def test_bodies_of_many_accounts_together_are_bounded() -> None:
    intake = MemoryIntake()
    names = [f"account-{number}" for number in range(4)]
    for name in names:
        intake.accounts[Key("plant-a", name)] = StreamCredentials(USERNAME, PASSWORD)
    sent, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b"[" + b" " * 40_000
        sent.set()
        await go_on.wait()
        yield b"]"

    async with served(intake, room=100_000) as http:
        slow = []
        for name in names[:2]:
            sent.clear()
            path = f"/hooks/1nce/plant-a/{name}"
            slow.append(asyncio.create_task(http.post(path, content=body(), auth=PAIR)))
            await sent.wait()
        await asyncio.sleep(0.2)
        large = b"[" + b" " * 40_000 + b"]"
        full = await http.post(f"/hooks/1nce/plant-a/{names[2]}", content=large, auth=PAIR)
        small = await http.post(f"/hooks/1nce/plant-a/{names[3]}", content=b"[]", auth=PAIR)
        go_on.set()
        done = [await one for one in slow]
        again = await http.post(f"/hooks/1nce/plant-a/{names[2]}", content=large, auth=PAIR)
    assert (full.status_code, full.headers["retry-after"]) == (503, "5")
    assert small.status_code == 200
    assert [one.status_code for one in (*done, again)] == [200] * 3


def test_room_is_given_back_whatever_happens() -> None:
    room = Room(100)
    with room.share() as first, room.share() as second:
        first.grow(60)
        with pytest.raises(NoRoomError):
            second.grow(41)
        second.grow(40)
    with room.share() as third:
        third.grow(100)


@pytest.mark.parametrize("part", [b"[],", b"{},", b"0,", b"[", b'{"a":'])
def test_a_body_that_would_become_millions_of_values_is_not_parsed(part: bytes) -> None:
    with pytest.raises(TooManyRecordsError):
        read_batch(b"[" + part * (MOST_VALUES + 1) + b"0]")


async def test_the_mark_of_a_standby_opens_no_door() -> None:
    """Whoever sets it himself gains nothing: the leader looks as ever, a standby hands on less."""
    intake = MemoryIntake()
    marked = {MARK: "1"}
    async with served(intake) as http:
        wrong = await http.post(PATH, content=uses(1), auth=("x", "y"), headers=marked)
        right = await http.post(PATH, content=uses(1), auth=PAIR, headers=marked)
    assert (wrong.status_code, right.status_code) == (401, 200)
    async with served(intake) as leader:
        address = str(leader.base_url).rstrip("/")
        async with served(MemoryIntake(), leading(leads=False, leader=address)) as standby:
            answer = await standby.post(PATH, content=uses(1), auth=PAIR, headers=marked)
    assert answer.status_code == 503


async def test_what_a_caller_says_stands_in_no_answer() -> None:
    word = "<script>canary</script>"
    async with served(MemoryIntake()) as http:
        answers = [
            await http.post(f"/hooks/1nce/plant-a/{word}", content=uses(1), auth=PAIR),
            await http.post(PATH, content=word.encode(), auth=PAIR),
            await http.post(PATH, auth=(word, word)),
            await http.post(PATH, content=b"[]", headers={"Content-Encoding": word}, auth=PAIR),
            await http.request("CANARY", PATH, headers={"X-Canary": word}),
        ]
    assert [one.status_code for one in answers] == [404, 400, 401, 415, 405]
    for answer in answers:
        assert "canary" not in f"{answer.text}{answer.headers}".lower()


@pytest.mark.parametrize(
    "path",
    [
        "/hooks/1nce/plant-a/../plant-a/one",
        "/hooks/1nce//plant-a/one",
        "//hooks/1nce/plant-a/one",
        "/hooks/1nce/plant-a/one?x=/hooks/1nce/plant-a/two/..",
        "/hooks/1nce/plant-a/%6fne",
        "/hooks/1nce/plant-a/one%00",
        "/hooks/1nce/plant-a/one;x",
        "/hooks/1nce/plant-a%2fone",
        "/HOOKS/1nce/plant-a/one",
        "/hooks/1nce/plant-a/one/.",
    ],
)
async def test_a_path_means_one_account_or_none(path: str) -> None:
    """A proxy in front may have decided by the path as it was written."""
    intake = MemoryIntake()
    async with served(intake) as http:
        reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port)
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n"
        writer.write(f"{head}Authorization: {PAIR._auth_header}\r\n\r\n[]".encode())
        answer = (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
    plain = path.partition("?")[0] == PATH
    assert answer.startswith("HTTP/1.1 200 " if plain else "HTTP/1.1 404 "), answer
    assert len(intake.bodies) == plain
