"""The intake: the Data Streamer's credentials, and what is acknowledged at the end."""

import asyncio
import base64
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest

from sim_operator.domain.resources import Key
from sim_operator.domain.usage import StreamedUse
from sim_operator.engine.history import NoRecording
from sim_operator.engine.quota.intake import StreamIntake
from sim_operator.engine.services import Services
from sim_operator.hooks.intake import (
    IntakeUnavailableError,
    StreamCredentials,
    UnreadableBatchError,
)
from sim_operator.kube.answers import Answer, ApiError
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.secrets import SecretReader
from sim_operator.kube.store import Store
from sim_operator.recording.parts import Part
from tests.unit.specimens import ACCOUNT, ICCID, NOW, SIM, account_record


class OneSecret:
    """An API server that has one Secret, and counts how often it is asked."""

    def __init__(self, **values: str) -> None:
        self.values = values
        self.asked = 0
        self.works = True

    async def request(self, *_: Any) -> Answer:
        self.asked += 1
        await asyncio.sleep(0)
        if not self.works:
            raise ApiError("no answer")
        encoded = {name: base64.b64encode(one.encode()) for name, one in self.values.items()}
        return Answer(200, {"data": encoded})


def intake(secret: OneSecret) -> StreamIntake:
    store = Store()
    store.put(account_record(spec={"dataStreamer": {"credentialsSecretRef": {"name": "streamer"}}}))
    reader = SecretReader(cast("ApiClient", secret))
    services = SimpleNamespace(store=store, secrets=reader)
    return StreamIntake(cast("Services", services), lambda: None)


async def test_who_asks_often_makes_the_api_server_be_asked_once() -> None:
    secret = OneSecret(username="streamer", password="secret")
    made = intake(secret)
    answers = await asyncio.gather(*(made.credentials(ACCOUNT) for _ in range(50)))
    assert answers == [StreamCredentials("streamer", "secret")] * 50
    assert secret.asked == 1


async def test_a_secret_that_could_not_be_read_is_read_again() -> None:
    secret = OneSecret(username="streamer", password="secret")
    made = intake(secret)
    secret.works = False
    with pytest.raises(IntakeUnavailableError):
        await made.credentials(ACCOUNT)
    secret.works = True
    assert await made.credentials(ACCOUNT) == StreamCredentials("streamer", "secret")


async def test_a_secret_without_a_password_lets_nobody_in() -> None:
    with pytest.raises(IntakeUnavailableError, match="password"):
        await intake(OneSecret(username="streamer")).credentials(ACCOUNT)


class Ending:
    """An engine that is closed while a batch waits for what follows from it."""

    def __init__(self) -> None:
        self.running: Ending | None = self
        self.loops = {ACCOUNT: None}
        self.policies = SimpleNamespace(is_loaded=True, board=self)

    def rounds_for(self, _: set[Key]) -> int:
        return 0

    def are_over(self, _: int) -> bool:
        self.running = None
        return True


async def test_a_batch_whose_leader_ends_meanwhile_is_not_acknowledged() -> None:
    """Statuses that were given up wait no more, though they were never written."""
    engine = Ending()
    meters = SimpleNamespace(for_account=lambda _: SimpleNamespace())
    services = SimpleNamespace(meters=meters, writer=None)
    made = StreamIntake(cast("Services", services), lambda: cast("Any", engine.running))
    with pytest.raises(IntakeUnavailableError, match="ends"):
        await made.take(ACCOUNT, b"[]")


class Books:
    """What policies knew of each record: new, known, or nobody asks."""

    def streamed(self, iccid: str, use: StreamedUse) -> bool | None:
        return {1: True, 2: False}.get(use.id)


class Recording(NoRecording):
    """A history that is handed records."""

    is_on = True

    def __init__(self) -> None:
        self.got: list[tuple[Key, int]] = []

    def record_parts(self, account: Key, parts: Iterable[Part]) -> None:
        self.got += [(account, orjson.loads(one)["id"]) for one in parts]


def record_of(number: int, iccid: str = ICCID) -> dict[str, Any]:
    return {
        "id": number,
        "start_timestamp": NOW.isoformat(),
        "end_timestamp": NOW.isoformat(),
        "sim": {"iccid": iccid},
        "traffic_type": {"id": 5},
        "volume": {"total": 1.5},
    }


def taking(recording: Recording, *, ends: bool = False) -> StreamIntake:
    """An intake of an engine that has one SIM; it may end while a batch waits."""
    ended: list[bool] = []

    def are_over(_: int) -> bool:
        ended.extend([True] * ends)
        return True

    board = SimpleNamespace(books=Books(), rounds_for=lambda _: 0, are_over=are_over)
    roster = SimpleNamespace(
        holder=lambda iccid: SIM if iccid == ICCID else None,
        assignment=lambda _: ACCOUNT,
    )
    engine = SimpleNamespace(
        loops={ACCOUNT: SimpleNamespace(is_undecided=lambda _: False)},
        policies=SimpleNamespace(is_loaded=True, board=board),
        roster=roster,
    )
    meter = SimpleNamespace(stream_records=lambda *_: None)
    services = SimpleNamespace(
        meters=SimpleNamespace(for_account=lambda _: meter),
        writer=SimpleNamespace(is_waiting=lambda *_: False),
        streamed=SimpleNamespace(heard=lambda _: None),
        clock=SimpleNamespace(now=lambda: NOW),
        recording=recording,
    )
    return StreamIntake(cast("Services", services), lambda: cast("Any", None if ended else engine))


async def test_what_was_taken_goes_to_the_history_whatever_policies_know_of_it() -> None:
    """Known ones, too: the first time they may have been lost on their way there."""
    recording = Recording()
    records = [record_of(1), record_of(2), record_of(3), record_of(4, "8988303000999999999")]
    receipt = await taking(recording).take(ACCOUNT, orjson.dumps(records))
    assert (receipt.counted, receipt.duplicates, receipt.ignored) == (1, 1, 2)
    assert recording.got == [(ACCOUNT, 1), (ACCOUNT, 2), (ACCOUNT, 3)]


async def test_what_was_not_acknowledged_does_not_go_to_the_history() -> None:
    recording = Recording()
    with pytest.raises(IntakeUnavailableError, match="ends"):
        await taking(recording, ends=True).take(ACCOUNT, orjson.dumps([record_of(1)]))
    with pytest.raises(UnreadableBatchError):
        await taking(recording).take(ACCOUNT, b"no JSON")
    assert recording.got == []
