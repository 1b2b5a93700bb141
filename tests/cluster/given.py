"""A cluster that somebody else runs: it is used, and left running."""

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.commands import kubectl
from tests.cluster.errors import ClusterError
from tests.cluster.kubeconfig import current_cluster
from tests.cluster.provider import Provider


@dataclass(frozen=True, slots=True)
class GivenCluster:
    """The cluster of a given kubeconfig's current context."""

    kubeconfig: Path
    server: str
    audit_log: Path | None = None
    provider: Provider = Provider.KUBECONFIG

    def failure(self) -> str | None:
        """Nothing was started, so nothing of it can have ended."""
        return None

    def restart_apiserver(self) -> None:
        """Refuse: it belongs to somebody else."""
        raise ClusterError("the API server of a given kubeconfig is not this run's to restart")

    def stop(self) -> None:
        """Leave the cluster as it is."""


def use_given_cluster(kubeconfig: Path) -> GivenCluster:
    """Use the cluster of a kubeconfig, after it has answered.

    Raises:
        ClusterError: it does not answer.
    """
    kubectl(kubeconfig, "get", "--raw", "/readyz", timeout=30)
    return GivenCluster(kubeconfig, str(current_cluster(kubeconfig)["server"]))
