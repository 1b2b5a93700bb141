"""The intake: the Data Streamer's credentials, and what is acknowledged at the end."""

import asyncio
import base64
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sim_operator.domain.resources import Key
from sim_operator.engine.quota.intake import StreamIntake
from sim_operator.engine.services import Services
from sim_operator.hooks.intake import IntakeUnavailableError, StreamCredentials
from sim_operator.kube.answers import Answer, ApiError
from sim_operator.kube.connection import ApiClient
from sim_operator.kube.secrets import SecretReader
from sim_operator.kube.store import Store
from tests.unit.specimens import ACCOUNT, account_record


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
