"""What counts as an answer of the keeper, and what does not."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from sim_operator.recording.keeper import Fault, Keeper, KeeperError
from sim_operator.recording.outbox import Batch
from sim_operator.recording.parts import PartBatch
from tests.authority import Authority
from tests.integration.canaries import forms
from tests.keeper import Bad
from tests.keeper import Keeper as RealKeeper
from tests.unit.recording.readings import ACCOUNT, ICCID, NOW, day, reading, records

TOKEN = "canary-9f8e7d6c5b4a"
JWT = "eyJhbGciOiJSUzI1NiIsImtpZCI6Ing.eyJhdWQiOlsic2ltLW9wZXJhdG9yIl19.c2lnbmF0dXJlLW9mLTMyLWJ5"
BATCH = Batch(ACCOUNT, (reading(0, 3, 4096),))
PARTS = PartBatch(ACCOUNT, tuple(records(range(2))))


@pytest.fixture
def real() -> Iterator[RealKeeper]:
    with RealKeeper(TOKEN) as started:
        yield started


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n", encoding="utf-8")
    return file


def replace(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


@asynccontextmanager
async def opened(
    real: RealKeeper, token_file: Path | None, *, ca_file: Path | None = None, seconds: float = 5.0
) -> AsyncIterator[Keeper]:
    keeper = Keeper(
        f"{real.url}/",
        token_file=token_file,
        ca_file=ca_file,
        user_agent="sim-operator-tests",
        seconds=seconds,
    )
    async with keeper.open():
        yield keeper


async def test_readings_are_kept_day_by_day(real: RealKeeper, token_file: Path) -> None:
    async with opened(real, token_file) as keeper:
        await keeper.deliver(BATCH)
    assert real.days(ICCID) == {day(n).isoformat(): (4096, 0) for n in range(4)}
    assert real.faults == []


async def test_records_are_kept_as_they_were_streamed(real: RealKeeper, token_file: Path) -> None:
    async with opened(real, token_file) as keeper:
        await keeper.deliver(PARTS)
    assert real.faults == []
    assert [one["id"] for one in real.records] == [0, 1]
    assert real.records[0] == {
        "account": "sim-operator/default",
        "iccid": ICCID,
        "namespace": "plant-a",
        "id": 0,
        "service": "data",
        "start": NOW.isoformat(),
        "end": (NOW + timedelta(minutes=15)).isoformat(),
        "volume": 1024,
    }


async def test_an_older_keeper_is_told_from_one_that_is_not_there(
    real: RealKeeper, token_file: Path
) -> None:
    real.takes_records = False
    async with opened(real, token_file) as keeper:
        with pytest.raises(KeeperError, match="a console of this version") as caught:
            await keeper.deliver(PARTS)
        assert caught.value.fault is Fault.ABSENT
        await keeper.deliver(BATCH)
    real.bad = Bad(405)
    async with opened(real, token_file) as keeper:
        with pytest.raises(KeeperError) as caught:
            await keeper.deliver(PARTS)
    assert caught.value.fault is Fault.MISCONFIGURED


async def test_what_is_missing_is_asked_and_told(real: RealKeeper, token_file: Path) -> None:
    async with opened(real, token_file) as keeper:
        assert await keeper.missing(ACCOUNT, day(-9), day(2), [ICCID]) == {ICCID: day(-9)}
        await keeper.deliver(Batch(ACCOUNT, (reading(-9, 2),)))
        assert await keeper.missing(ACCOUNT, day(-9), day(2), [ICCID]) == {}
    (question, _) = real.asked
    assert question == {
        "account": "sim-operator/default",
        "first": "2026-10-23",
        "last": "2026-11-03",
        "iccids": [ICCID],
    }


async def test_the_token_is_read_again_when_it_was_renewed(
    real: RealKeeper, token_file: Path
) -> None:
    async with opened(real, token_file) as keeper:
        await keeper.deliver(BATCH)
        real.token = "another"
        with pytest.raises(KeeperError) as caught:
            await keeper.deliver(BATCH)
        assert caught.value.fault is Fault.MISCONFIGURED
        replace(token_file, "another")
        await keeper.deliver(BATCH)


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (Bad(400), Fault.REFUSED),
        (Bad(413), Fault.REFUSED),
        (Bad(422), Fault.REFUSED),
        (Bad(401), Fault.MISCONFIGURED),
        (Bad(403), Fault.MISCONFIGURED),
        (Bad(404), Fault.MISCONFIGURED),
        (Bad(200), Fault.MISCONFIGURED),
        (Bad(201), Fault.MISCONFIGURED),
        (Bad(302, headers={"Location": "http://127.0.0.1:1/"}), Fault.MISCONFIGURED),
        (Bad(200, body=b"x" * 2_000_000), Fault.MISCONFIGURED),
        (Bad(429), Fault.LATER),
        (Bad(500), Fault.LATER),
        (Bad(503), Fault.LATER),
        (Bad(torn=True), Fault.LATER),
        (Bad(200, body=b"torn", headers={"Content-Encoding": "gzip"}), Fault.LATER),
    ],
)
async def test_only_the_answer_that_is_agreed_on_counts(
    real: RealKeeper, token_file: Path, bad: Bad, fault: Fault
) -> None:
    real.bad = bad
    async with opened(real, token_file) as keeper:
        with pytest.raises(KeeperError) as delivering:
            await keeper.deliver(BATCH)
        with pytest.raises(KeeperError) as asking:
            await keeper.missing(ACCOUNT, day(0), day(9), [ICCID])
    assert (delivering.value.fault, asking.value.fault) == (fault, fault)
    assert TOKEN not in f"{delivering.value}{asking.value}"
    assert real.requests == 2, "nothing is repeated here, and no redirect followed"


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"{}", b'{"missing": []}', b'{"missing": {"1": []}}'),
        *(b'{"missing": {"1": [7]}}', b'{"missing": {"1": ["soon"]}}', b'{"missing": null}'),
    ],
)
async def test_an_answer_that_tells_nothing_usable_is_none(
    real: RealKeeper, token_file: Path, body: bytes
) -> None:
    real.bad = Bad(200, body=body)
    async with opened(real, token_file) as keeper:
        with pytest.raises(KeeperError) as caught:
            await keeper.missing(ACCOUNT, day(0), day(9), [ICCID])
    assert caught.value.fault is Fault.MISCONFIGURED
    assert "SIM_OPERATOR_HISTORY_URL" in str(caught.value)


@pytest.mark.parametrize(
    ("told", "seconds"), [("7", 7.0), ("", None), ("-1", None), ("soon", None), ("9" * 40, None)]
)
async def test_a_busy_keeper_says_how_long_it_wants_to_be_left_alone(
    real: RealKeeper, token_file: Path, told: str, seconds: float | None
) -> None:
    real.bad = Bad(503, headers={"Retry-After": told})
    async with opened(real, token_file) as keeper:
        with pytest.raises(KeeperError) as caught:
            await keeper.deliver(BATCH)
    assert caught.value.retry_after == seconds


async def test_a_slow_keeper_is_one_that_does_not_answer(
    real: RealKeeper, token_file: Path
) -> None:
    real.bad = Bad(204, seconds=1.0)
    async with opened(real, token_file, seconds=0.2) as keeper:
        with pytest.raises(KeeperError, match="does not answer") as caught:
            await keeper.deliver(BATCH)
    assert caught.value.fault is Fault.LATER


async def test_a_refusal_is_told_with_its_reason_in_one_line(
    real: RealKeeper, token_file: Path
) -> None:
    real.bad = Bad(422, body=b'{"detail": "the day\\n2026-13-01 does not exist"}')
    async with opened(real, token_file) as keeper:
        with pytest.raises(KeeperError) as caught:
            await keeper.deliver(BATCH)
    assert str(caught.value) == "it answered 422: the day 2026-13-01 does not exist"


@pytest.mark.parametrize("form", [*forms(JWT)])
async def test_a_keeper_that_repeats_our_token_does_not_bring_it_into_the_log(
    real: RealKeeper, token_file: Path, form: str
) -> None:
    replace(token_file, JWT)
    real.bad = Bad(400, body=json.dumps({"detail": f"Bearer {form} is not known"}).encode())
    async with opened(real, token_file) as keeper:
        with pytest.raises(KeeperError) as caught:
            await keeper.deliver(BATCH)
    assert re.fullmatch(r"it answered 400: Bearer [*.]+ is not known", str(caught.value))


@pytest.mark.parametrize("content", ["", "two words", "über", "line\r\nX-Other: 1"])
async def test_a_file_that_holds_no_token_is_named(
    real: RealKeeper, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "other"
    file.write_text(content, encoding="utf-8")
    async with opened(real, file) as keeper:
        with pytest.raises(KeeperError, match="is not a token") as caught:
            await keeper.deliver(BATCH)
    assert caught.value.fault is Fault.MISCONFIGURED
    assert str(file) in str(caught.value)
    assert real.requests == 0


async def test_a_certificate_has_to_be_of_the_authority_that_is_named(
    token_file: Path, tmp_path: Path
) -> None:
    authority, other = Authority(tmp_path), Authority(tmp_path, "other")
    ca_file = tmp_path / "ca.crt"
    real = RealKeeper(TOKEN).start(tls=authority.server())
    try:
        replace(ca_file, other.bundle)
        async with opened(real, token_file, ca_file=ca_file) as keeper:
            with pytest.raises(KeeperError, match="does not answer"):
                await keeper.deliver(BATCH)
            replace(ca_file, authority.bundle)
            await keeper.deliver(BATCH)
    finally:
        real.stop()
    assert len(real.deliveries) == 1


async def test_files_that_are_not_there_are_named(
    real: RealKeeper, token_file: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    async with opened(real, gone) as keeper:
        with pytest.raises(KeeperError, match="token for the history cannot be read"):
            await keeper.deliver(BATCH)
    async with opened(real, token_file, ca_file=gone) as keeper:
        with pytest.raises(KeeperError, match="CA of the history cannot be used"):
            await keeper.deliver(BATCH)
