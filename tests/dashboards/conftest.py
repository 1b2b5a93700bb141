"""The world of the dashboards, and the Prometheus that scrapes it."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster
from tests.cluster.access import service_account_kubeconfig
from tests.dashboards.world import FleetWorld, opened
from tests.integration.world import close_readers
from tests.monitoring.programs import Programs, ensure_programs
from tests.monitoring.server import PrometheusProcess, Scrape
from tests.simulated import START_TIME

CLUSTER_ROLE = Path(__file__).parents[2] / "charts/sim-operator/files/clusterrole.yaml"
JOB = "sim-operator"


@pytest.fixture(scope="module")
def programs() -> Programs:
    return ensure_programs(os.environ)


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, crds: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FleetWorld]:
    """The fleet in the middle of a month; the replica that stands by has no series per SIM."""
    folder = tmp_path_factory.mktemp("dashboards")
    kubeconfig = service_account_kubeconfig(
        cluster, "sim-operator-dashboards", "sim-operator", CLUSTER_ROLE, folder / "kubeconfig"
    )
    suffix = secrets.token_hex(4)
    namespaces = (f"plant-{suffix}", f"field-{suffix}")
    standby = {"per_sim_metrics": "off"}
    with opened(
        cluster,
        kubeconfig,
        folder,
        namespaces,
        standby=standby,
        follow=True,
        speed=10.0,
        start_time=START_TIME,
    ) as made:
        yield made
    close_readers()


@pytest.fixture(scope="module")
def prometheus(
    world: FleetWorld, programs: Programs, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrometheusProcess]:
    """It scrapes both replicas, and has no recording rules."""
    targets = [f"127.0.0.1:{replica.port}" for replica in world.replicas]
    scrape = Scrape(JOB, targets, labels={"namespace": world.plant.namespace})
    folder = tmp_path_factory.mktemp("prometheus")
    with PrometheusProcess(programs, folder, scrapes=[scrape]) as made:
        made.until_scraped()
        world.live()
        yield made
