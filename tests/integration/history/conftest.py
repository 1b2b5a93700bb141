"""One PostgreSQL for a session, and for each test an empty database of either kind."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sim_operator.history import History, open_history
from tests.databases.postgresql import PostgreSQL
from tests.debian import NotInstallableError


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(PostgreSQL(os.environ))
        except NotInstallableError as error:
            pytest.skip(f"PostgreSQL is not here. {error}")
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'history.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.database()


@pytest.fixture
async def history(url: str) -> AsyncIterator[History]:
    async with open_history(url) as opened:
        yield opened
