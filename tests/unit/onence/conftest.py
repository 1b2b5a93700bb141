"""A scripted server and clients of both versions."""

from collections.abc import AsyncIterator, Iterator

import pytest
import stamina

from tests.unit.onence.accounts import Account
from tests.unit.onence.scripted_server import ScriptedServer


@pytest.fixture(autouse=True)
def no_waiting_between_attempts() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with ScriptedServer().running() as running:
        yield running


@pytest.fixture
async def v1(server: ScriptedServer) -> AsyncIterator[Account]:
    account = Account(server, "v1")
    async with account.client:
        yield account


@pytest.fixture
async def v2(server: ScriptedServer) -> AsyncIterator[Account]:
    account = Account(server, "v2")
    async with account.client:
        yield account


@pytest.fixture
async def hasty(server: ScriptedServer) -> AsyncIterator[Account]:
    account = Account(server, "v2", timeout=0.3)
    async with account.client:
        yield account
