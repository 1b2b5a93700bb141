"""Prometheus, and the resources of others that this chart makes."""

import os

import pytest

from tests.chart.monitoring.foreign import established
from tests.cluster import Cluster
from tests.monitoring.programs import Programs, ensure_programs


@pytest.fixture(scope="session")
def programs() -> Programs:
    return ensure_programs(os.environ)


@pytest.fixture(scope="session")
def crds_of_others(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """The CRDs of the Prometheus Operator, the Grafana Operator and Gateway API; their names."""
    return established(cluster)
