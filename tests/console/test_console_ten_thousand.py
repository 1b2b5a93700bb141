"""One SIM among ten thousand: found while it is typed, on a page that stays small."""

import os
import time
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from playwright.sync_api import expect

from sim_operator.api.names import GROUP, SIM_PLURAL
from tests.bench.stored_sims import NAMESPACE, write
from tests.cluster import Cluster, kubectl
from tests.console.conftest import Visit
from tests.console.scene import Scene, apart
from tests.integration.console.people import READS, Person, person

pytestmark = pytest.mark.cluster

MANY = 10_000
_PATIENCE = 60.0


@pytest.fixture(scope="module")
def crowd(cluster: Cluster, place: Scene) -> Iterator[Person]:
    """Somebody who may see ten thousand SIMs, which lie in etcd as an operator left them."""
    socket = cluster.kubeconfig.parent / "etcd.sock"
    if not socket.exists():
        pytest.skip("ten thousand SIMs are put straight into etcd, and this cluster hides its own")
    kubectl(cluster.kubeconfig, "create", "namespace", NAMESPACE)
    apart(write(socket, 0, MANY, "none"))
    yield person(cluster, NAMESPACE, *READS, name="dispatcher")
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
def test_one_among_ten_thousand_is_found_by_typing(visit: Visit, crowd: Person) -> None:
    visitor = visit(crowd.token(), "/sims")
    page = visitor.page
    found = page.locator("#found")
    until = time.monotonic() + _PATIENCE
    while not found.inner_text().endswith("of 10,000"):
        assert time.monotonic() < until, found.inner_text()
        page.wait_for_timeout(200)
    page.get_by_label("Find").press_sequentially("pump-4321")
    expect(found).to_have_text("1 of 10,000")
    expect(page.get_by_role("link", name="pump-4321")).to_be_visible()
    assert page.url.endswith("q=pump-4321") or "q=pump-4321&" in page.url
    page.get_by_label("Find").fill("100.0.16.225")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto("/sims?sort=dataLeft&size=50")
    expect(page.locator("tbody tr")).to_have_count(50)
    assert len(page.content()) < 150_000
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("part 2 of 200")).to_be_visible()
