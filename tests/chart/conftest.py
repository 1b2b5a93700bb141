"""Places in a real cluster for one release."""

from collections.abc import Iterator

import pytest

from tests.cluster import Cluster, kubectl
from tests.integration.world import close_readers


@pytest.fixture
def home(cluster: Cluster, namespace: str) -> str:
    """A namespace in which Pod Security lets only restricted pods in, and says why not."""
    labels = [f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "warn")]
    kubectl(cluster.kubeconfig, "label", "namespace", namespace, *labels)
    return namespace


@pytest.fixture
def release(cluster: Cluster, namespace: str) -> Iterator[str]:
    """The name of a release whose objects of the whole cluster are gone after the test."""
    name = f"chart-{namespace.rpartition('-')[2]}"
    yield name
    label = f"--selector=app.kubernetes.io/instance={name}"
    kubectl(cluster.kubeconfig, "delete", "clusterroles,clusterrolebindings", label)


@pytest.fixture(scope="session", autouse=True)
def connections() -> Iterator[None]:
    """What worlds read through is closed with the session."""
    yield
    close_readers()
