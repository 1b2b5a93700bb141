"""Writes against a server that misbehaves in every way, over real HTTP."""

import asyncio

import pytest

from sim_operator.domain.failure import FailureKind
from sim_operator.domain.sim import SimWrite
from sim_operator.domain.states import ImeiLock, SimState
from tests.unit.onence.accounts import DISABLE, ICCID, SIM, Account, Permits
from tests.unit.onence.scripted_server import Reply, ScriptedServer, of_json
from tests.unit.onence.virtual_time import VirtualTime


async def test_a_v1_write_reads_and_then_sends_all_four_fields(v1: Account) -> None:
    fresh = {**SIM, "label": "renamed in the portal"}
    v1.server.script = [of_json(fresh), Reply(200)]
    assert await v1.write() == DISABLE
    read, put = v1.server.calls()
    assert (read.method, put.method, put.path) == ("GET", "PUT", f"/v1/sims/{ICCID}")
    assert put.json == {
        "iccid": ICCID,
        "status": "Disabled",
        "label": "renamed in the portal",
        "imei_lock": True,
    }
    assert v1.permits.asked == 1


async def test_a_v1_write_that_changes_nothing_is_not_sent(v1: Account) -> None:
    v1.server.script = [of_json({**SIM, "status": "Disabled"})]
    assert await v1.write() is None
    assert v1.server.calls("PUT") == []
    assert v1.permits.asked == 0


async def test_a_v1_write_with_an_unknown_field_is_not_sent(v1: Account) -> None:
    v1.server.script = [of_json({"iccid": ICCID, "status": "Enabled", "label": "x"})]
    failure = await v1.failed_write()
    assert failure.kind is FailureKind.MISSING_FIELD
    assert "spec.imeiLock" in failure.message
    assert v1.server.calls("PUT") == []


@pytest.mark.parametrize("answer", [Reply(204), Reply(200), of_json({"ok": True})])
async def test_a_v2_write_sends_what_differs_and_takes_any_success(
    v2: Account, answer: Reply
) -> None:
    v2.server.script = [answer]
    sent = await v2.write(SimWrite(SimState.DISABLED, "pump-17", ImeiLock.UNLOCKED))
    assert sent == SimWrite(SimState.DISABLED, None, ImeiLock.UNLOCKED)
    (put,) = v2.server.calls()
    assert put.json == {"status": "Disabled", "imei_lock": False}


async def test_a_v2_write_reads_first_where_nothing_is_known(v2: Account) -> None:
    v2.server.script = [of_json(SIM), Reply(204)]
    await v2.write(current=None)
    assert [one.method for one in v2.server.calls()] == ["GET", "PUT"]


async def test_a_write_that_is_withdrawn_is_not_sent_and_gives_its_turn_back(v2: Account) -> None:
    v2.permits = Permits(refuse_from=1)
    before = v2.throttle.remaining
    assert (await v2.failed_write()).kind is FailureKind.WITHDRAWN
    assert v2.server.calls() == []
    assert v2.throttle.remaining == before


async def test_a_write_is_permitted_only_when_its_waiting_is_over(server: ScriptedServer) -> None:
    clock = VirtualTime()
    account = Account(server, "v2", clock=clock)
    server.answer = lambda _: Reply(204)
    async with account.client:
        account.throttle.pause(100)
        write = asyncio.create_task(account.write())
        await account.client._tokens.get()
        await clock.advance(99)
        assert account.permits.asked == 0
        await clock.advance(2)
        assert account.permits.asked == 1
        assert await write == DISABLE


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (Reply(raw=b""), FailureKind.AMBIGUOUS, "broke off"),
        (Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"),
         FailureKind.AMBIGUOUS, "broke off"),
        (Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n"), FailureKind.AMBIGUOUS, "broke off"),
        (Reply(500), FailureKind.AMBIGUOUS, "500"),
        (Reply(503, headers={"retry-after": "5"}), FailureKind.AMBIGUOUS, "503"),
        (Reply(200, b'{"torn'), FailureKind.AMBIGUOUS, "not readable JSON"),
        (Reply(200, b"<html>login</html>", {"content-type": "text/html"}),
         FailureKind.AMBIGUOUS, "content type"),
        (Reply(200, b"no gzip", {"content-encoding": "gzip"}),
         FailureKind.AMBIGUOUS, "decompressed"),
        (Reply(302, headers={"location": "http://127.0.0.1:9/"}),
         FailureKind.REFUSED, "redirect"),
        (of_json({"error_token": "BadRequest", "message": "label"}, 400),
         FailureKind.REFUSED, "BadRequest: label"),
        (Reply(403), FailureKind.FORBIDDEN, "403"),
        (Reply(404), FailureKind.NOT_FOUND, "404"),
        (Reply(422), FailureKind.EXPIRED, "422"),
        (Reply(429, headers={"retry-after": "2"}), FailureKind.RATE_LIMITED, "429"),
    ],
)  # fmt: skip
async def test_a_write_leaves_once_whatever_the_answer(
    v2: Account, answer: Reply, kind: FailureKind, text: str
) -> None:
    v2.server.answer = lambda _: answer
    failure = await v2.failed_write()
    assert failure.kind is kind
    assert text in failure.message
    assert failure.message.startswith("update-sim: ")
    assert len(v2.server.calls("PUT")) == 1
    assert (v2.throttle.remaining == 0) == (kind is FailureKind.RATE_LIMITED)


@pytest.mark.parametrize("answer", [Reply(hang=True), Reply(drip=b" ")])
async def test_a_write_without_a_whole_answer_in_time_is_ambiguous(
    hasty: Account, answer: Reply
) -> None:
    hasty.server.answer = lambda _: answer
    failure = await hasty.failed_write()
    assert failure.kind is FailureKind.AMBIGUOUS
    assert "in time" in failure.message
    assert len(hasty.server.calls("PUT")) == 1
    assert hasty.counts.requests[-1] == ("update-sim", "error")


async def test_a_write_that_finds_nobody_was_not_sent(v2: Account) -> None:
    async def nobody(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    other = await asyncio.start_server(nobody, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    other.close()
    await v2.client._tokens.get()  # the token is in hand before 1NCE goes away
    v2.client._exchange._endpoint = f"http://127.0.0.1:{port}"
    failure = await v2.failed_write()
    assert failure.kind is FailureKind.UNAVAILABLE
    assert "cannot connect" in failure.message


async def test_a_write_that_never_gets_through_the_tls_handshake_was_not_sent(
    hasty: Account,
) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    await hasty.client._tokens.get()
    other = await asyncio.start_server(silent, "127.0.0.1", 0)
    hasty.client._exchange._endpoint = f"https://127.0.0.1:{other.sockets[0].getsockname()[1]}"
    assert (await hasty.failed_write()).kind is FailureKind.UNAVAILABLE
    other.close()
    await other.wait_closed()
