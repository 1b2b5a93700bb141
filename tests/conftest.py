"""The cluster that integration tests share: one control plane for a session, started lazily."""

import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.table import TablePlugin
from tests.cluster import (
    Cluster,
    ClusterError,
    Provider,
    apply,
    choose,
    ensure_binaries,
    kubectl,
    start,
)

CRDS: Final = Path(__file__).parent.parent / "crds"
CLUSTER_FIXTURES: Final = frozenset({"cluster", "namespace", "crds"})


def pytest_configure(config: pytest.Config) -> None:
    """Gather what was tried here: under xdist the reports of all workers arrive here only."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(TablePlugin(), "table of what was tried")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test that uses a cluster, so that `-m "not cluster"` leaves them out."""
    for item in items:
        if CLUSTER_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("cluster")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Build what is missing before the first test: a fixture's build would run into a timeout."""
    wanted = any(item.get_closest_marker("cluster") for item in session.items)
    if not wanted or session.config.option.collectonly:
        return
    with _shown(session.config):
        try:
            choice = choose(os.environ)
            if choice.provider in {Provider.BINARIES, Provider.BUILD}:
                ensure_binaries(choice.provider, os.environ)
        except ClusterError as error:
            raise pytest.UsageError(str(error)) from error


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A real API server with an audit log (where the provider allows one)."""
    with _shown(request.config):
        started = start(audit=True)
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A fresh namespace, deleted after the test without waiting for its end."""
    name = f"test-{secrets.token_hex(5)}"
    kubectl(cluster.kubeconfig, "create", "namespace", name)
    yield name
    kubectl(
        cluster.kubeconfig, "delete", "namespace", name, "--wait=false", "--ignore-not-found=true"
    )


@pytest.fixture(scope="session")
def crds(cluster: Cluster) -> tuple[Path, ...]:
    """The project's own resources, established in the cluster; gives their files."""
    return install(cluster)


def install(cluster: Cluster) -> tuple[Path, ...]:
    """Apply the CustomResourceDefinitions and wait until they are served: their files."""
    files = tuple(sorted(CRDS.glob("*.yaml")))
    assert files, f"there is no CRD in {CRDS}"
    for file in files:
        apply(cluster.kubeconfig, file)
    established = ("wait", "--for=condition=Established", "--timeout=30s")
    for file in files:
        kubectl(cluster.kubeconfig, *established, "-f", str(file))
    return files


def _shown(config: pytest.Config) -> AbstractContextManager[None]:
    """Let what is printed reach the terminal: a first build takes minutes."""
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        return nullcontext()
    shown: AbstractContextManager[None] = capture.global_and_fixture_disabled()
    return shown
