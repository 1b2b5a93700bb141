"""The hands of the integration tests, and the objects that they bring into every state."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.gitops.states import collected
from tests.integration.conftest import connections, operator_kubeconfig
from tests.integration.world import Json

__all__ = ["connections", "operator_kubeconfig"]


@pytest.fixture(scope="session")
def objects(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Json]]:
    """Real objects in every state that can be reached, by a title."""
    with collected(cluster, operator_kubeconfig, tmp_path_factory.mktemp("states")) as found:
        yield found
