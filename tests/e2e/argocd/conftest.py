"""A node of its own for Argo CD, which ends before that of the other chapters begins."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
import yaml

from tests.cluster import ClusterError
from tests.e2e import ground as grounds
from tests.e2e.argocd.argo import ArgoCD
from tests.e2e.argocd.programs import Programs, prepare
from tests.e2e.ground import Ground
from tests.e2e.hands import CHART, Hands
from tests.e2e.onence import SimulatorInCluster
from tests.e2e.telling import step
from tests.gitops.conftest import connections, objects, operator_kubeconfig

__all__ = ["connections", "objects", "operator_kubeconfig"]

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> None:
    """Build Argo CD before the first test: it takes minutes."""
    mine = any(HERE in item.path.parents for item in session.items)
    if not mine or session.config.option.collectonly:
        return
    with _shown(session.config):
        try:
            prepare(os.environ)
        except ClusterError as error:
            raise pytest.UsageError(str(error)) from error


@pytest.fixture(scope="session")
def programs() -> Programs:
    """Argo CD, Helm and Redis, as they are on this machine."""
    return prepare(os.environ)


@pytest.fixture(scope="package")
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """A fresh cluster with a node, for this folder alone."""
    with _shown(request.config), step("a fresh node for Argo CD"):
        started = grounds.start()
    try:
        yield started
    finally:
        with _shown(request.config), step("taking the node down"):
            left = started.stop()
    assert not left, "left behind:\n" + "\n".join(left)


@pytest.fixture(scope="package")
def hands(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hands]:
    """kubectl, helm and HTTP."""
    opened = Hands(ground, tmp_path_factory.mktemp("hands"))
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def onence(hands: Hands) -> SimulatorInCluster:
    """The simulated 1NCE of the release."""
    return SimulatorInCluster(hands)


@pytest.fixture(scope="session")
def health_checks(programs: Programs) -> dict[str, str]:
    """What the chart makes for `argocd-cm`."""
    options = ["--set=argocd.healthChecks=true", "--show-only=templates/argocd-health.yaml"]
    rendered = subprocess.run(
        [programs.helm, "template", "sim-operator", CHART, *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found: dict[str, str] = yaml.safe_load(rendered.stdout)["data"]
    return found


@pytest.fixture(scope="package")
def argocd(
    programs: Programs,
    ground: Ground,
    hands: Hands,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ArgoCD]:
    """A real Argo CD beside the cluster."""
    made = ArgoCD(programs, ground, hands, tmp_path_factory.mktemp("argocd"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


def _shown(config: pytest.Config) -> AbstractContextManager[None]:
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture is None:
        return nullcontext()
    shown: AbstractContextManager[None] = capture.global_and_fixture_disabled()
    return shown
