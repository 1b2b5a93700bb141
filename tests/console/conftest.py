"""One scene for all tests, one browser for a module; each test is a visitor with their own window.

Playwright's loop holds the thread until the browser is closed, so no other module may meet it.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.cluster import Cluster
from tests.cluster.access import service_account_kubeconfig
from tests.console.scene import Scene, scene
from tests.console.visitor import Visitor, chromium, program
from tests.debian import NotInstallableError
from tests.integration.world import close_readers

CLUSTER_ROLE = Path(__file__).parents[2] / "charts/sim-operator/files/clusterrole.yaml"
OPERATOR_NAMESPACE = "sim-operator-tests"

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; where none is to be had, the tests say so and are left out."""
    try:
        path = program(os.environ)
    except NotInstallableError as error:
        pytest.skip(str(error))
    with chromium(path) as started:
        yield started


@pytest.fixture(scope="package")
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
