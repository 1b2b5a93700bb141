"""One ServiceAccount for all consoles, and a namespace with a person in it."""

from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.integration.console.people import READS, Person, console_kubeconfig, person


@pytest.fixture(scope="session")
def kubeconfig(
    cluster: Cluster, crds: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The console's own."""
    return console_kubeconfig(cluster, tmp_path_factory.mktemp("console"))


@pytest.fixture
def owner(cluster: Cluster, namespace: str) -> Person:
    """Somebody who may read and change the SIMs of the namespace."""
    return person(cluster, namespace, *READS, "create", "patch", "update")
