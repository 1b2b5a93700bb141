"""One SIM among ten thousand: found while it is typed, on a page that stays small."""

import os
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from playwright.sync_api import Browser, expect

from sim_operator.api.names import GROUP, SIM_PLURAL
from tests.bench.stored_sims import NAMESPACE, write
from tests.cluster import Cluster, kubectl
from tests.console.scene import Scene, apart
from tests.console.visitor import Visitor
from tests.integration.console.console_process import ConsoleProcess
from tests.integration.console.people import READS, Person, person

pytestmark = pytest.mark.cluster

MANY = 10_000


@pytest.fixture(scope="module")
def crowd(
    cluster: Cluster, place: Scene, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[ConsoleProcess, Person]]:
    """A console before ten thousand SIMs, which lie in etcd as an operator left them.

    It is started after they were written: in etcd a hundred of them share one version, which no
    watch of Kubernetes can tell apart.
    """
    socket = cluster.kubeconfig.parent / "etcd.sock"
    if not socket.exists():
        pytest.skip("ten thousand SIMs are put straight into etcd, and this cluster hides its own")
    kubectl(cluster.kubeconfig, "create", "namespace", NAMESPACE)
    try:
        apart(write(socket, 0, MANY, "none"))
        somebody = person(cluster, NAMESPACE, *READS, name="dispatcher")
        log = tmp_path_factory.mktemp("crowd") / "console.log"
        with ConsoleProcess(place.kubeconfig, log, {}) as console:
            yield console, somebody
    finally:
        apart(_removed(socket))
        kubectl(cluster.kubeconfig, "delete", "namespace", NAMESPACE, "--wait=false")


async def _removed(socket: Path) -> None:
    """Deleting them by the API server would take minutes as well."""
    prefix = f"/registry/{GROUP}/{SIM_PLURAL}/{NAMESPACE}/"
    # The end of a range: the prefix with its last byte one higher.
    keys = {"key": prefix, "range_end": prefix[:-1] + chr(ord(prefix[-1]) + 1)}
    body = {name: b64encode(text.encode()).decode() for name, text in keys.items()}
    connector = aiohttp.UnixConnector(path=os.fspath(socket))
    url = "http://etcd/v3/kv/deleterange"
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(url, json=body) as answer,
    ):
        answer.raise_for_status()


@pytest.mark.timeout(600)
def test_one_among_ten_thousand_is_found_by_typing(
    browser: Browser, crowd: tuple[ConsoleProcess, Person]
) -> None:
    console, somebody = crowd
    visitor = Visitor(browser, console.url)
    visitor.sign_in(somebody.token(), "/sims")
    page, found = visitor.page, visitor.page.locator("#found")
    expect(found).to_have_text("10,000 of 10,000")
    page.get_by_label("Find").press_sequentially("pump-4321")
    expect(found).to_have_text("1 of 10,000")
    expect(page.get_by_role("link", name="pump-4321")).to_be_visible()
    assert "q=pump-4321" in page.url
    page.get_by_label("Find").fill("100.0.16.225")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto("/sims?sort=dataLeft&size=50")
    expect(page.locator("tbody tr")).to_have_count(50)
    assert len(page.content()) < 150_000
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("part 2 of 200")).to_be_visible()
    visitor.close()
