"""One browser and one scene for all tests; each test is a visitor with a window of their own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.cluster import Cluster
from tests.cluster.access import service_account_kubeconfig
from tests.console.scene import Scene, scene
from tests.console.visitor import Visitor, chromium
from tests.debian import NotInstallableError
from tests.integration.world import close_readers

CLUSTER_ROLE = Path(__file__).parents[2] / "charts/sim-operator/files/clusterrole.yaml"
OPERATOR_NAMESPACE = "sim-operator-tests"

Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(chromium())
        except NotInstallableError as error:
            pytest.skip(f"There is no Chromium. {error}")
        yield started


@pytest.fixture(scope="session")
def place(
    cluster: Cluster, crds: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    """The fleet, the operator, the simulated 1NCE, the console, and people."""
    folder = tmp_path_factory.mktemp("console")
    kubeconfig = service_account_kubeconfig(
        cluster, OPERATOR_NAMESPACE, "sim-operator", CLUSTER_ROLE, folder / "kubeconfig"
    )
    with scene(cluster, kubeconfig, folder) as made:
        yield made
    close_readers()


@pytest.fixture
def visit(browser: Browser, place: Scene) -> Iterator[Visit]:
    """Opens windows; each is closed with the test, and what it saw go wrong is a failure."""
    opened: list[Visitor] = []

    def open_window(token: str = "", then: str = "/", **options: Any) -> Visitor:
        visitor = Visitor(browser, place.console.url, **options)
        opened.append(visitor)
        if token:
            visitor.sign_in(token, then)
        return visitor

    yield open_window
    for one in opened:
        one.close()
