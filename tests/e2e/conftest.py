"""One cluster and one release, which all tests of this folder share in the order of their files.

The tests are the chapters of one story: each begins where the one before ends. `make e2e` stops at
the first that fails.
"""

import secrets
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from tests.cluster import ClusterError
from tests.e2e import ground as grounds
from tests.e2e.ground import Ground
from tests.e2e.hands import Hands
from tests.e2e.onence import SimulatorInCluster
from tests.e2e.telling import step

HERE = Path(__file__).parent
STEP_LIMIT_SECONDS = 600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A step installs, waits and looks; the usual limit is for tests that only look."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(STEP_LIMIT_SECONDS))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Install and build what is missing before the first test, not within its time."""
    if session.config.option.collectonly:
        return
    if not any("ground" in getattr(item, "fixturenames", ()) for item in session.items):
        return
    with _shown(session.config):
        try:
            grounds.prepare()
        except ClusterError as error:
            raise pytest.UsageError(str(error)) from error


@pytest.fixture(scope="session")
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """A fresh cluster with a node. At the end nothing of it is left."""
    with _shown(request.config), step("a fresh node"):
        started = grounds.start()
    try:
        yield started
    finally:
        with _shown(request.config), step("taking the node down"):
            left = started.stop()
    assert not left, "left behind:\n" + "\n".join(left)


@pytest.fixture(scope="session")
def hands(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hands]:
    """kubectl, helm and HTTP."""
    opened = Hands(ground, tmp_path_factory.mktemp("e2e"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def onence(hands: Hands) -> SimulatorInCluster:
    """The simulated 1NCE of the release."""
    return SimulatorInCluster(hands)


@pytest.fixture(autouse=True)
def under_its_name() -> None:
    """End the line on which pytest has written the name of the test."""
    print(file=sys.stderr, flush=True)


@pytest.fixture(scope="session")
def new_secret() -> str:
    """The client secret to which the credentials are rotated."""
    return secrets.token_urlsafe(12)


def _shown(config: pytest.Config) -> AbstractContextManager[None]:
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        return nullcontext()
    shown: AbstractContextManager[None] = capture.global_and_fixture_disabled()
    return shown
