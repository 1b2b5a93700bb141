"""Connections to the cluster: as the operator, with its ClusterRole only, and as a person."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sim_operator.kube.connection import ApiClient, connect
from tests.cluster import Cluster
from tests.cluster.access import service_account_kubeconfig

CLUSTER_ROLE = Path(__file__).parents[2] / "charts/sim-operator/files/clusterrole.yaml"
OPERATOR_NAMESPACE = "sim-operator-tests"


@asynccontextmanager
async def connected(kubeconfig: Path) -> AsyncIterator[ApiClient]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KUBECONFIG", str(kubeconfig))
        async with connect(user_agent="sim-operator-tests", timeout=20) as api:
            yield api


@pytest.fixture(scope="session")
def operator_kubeconfig(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    destination = tmp_path_factory.mktemp("operator") / "kubeconfig"
    return service_account_kubeconfig(
        cluster, OPERATOR_NAMESPACE, "sim-operator", CLUSTER_ROLE, destination
    )


@pytest.fixture
async def operator_api(operator_kubeconfig: Path) -> AsyncIterator[ApiClient]:
    async with connected(operator_kubeconfig) as api:
        yield api


@pytest.fixture
async def person_api(cluster: Cluster) -> AsyncIterator[ApiClient]:
    async with connected(cluster.kubeconfig) as api:
        yield api
