"""What every provider gives: a kubeconfig, and a way to be rid of what was started."""

from pathlib import Path
from typing import Protocol

from tests.cluster.provider import Provider


class Cluster(Protocol):
    """A Kubernetes API server that answers."""

    @property
    def provider(self) -> Provider:
        """Who gives it."""
        ...

    @property
    def kubeconfig(self) -> Path:
        """Kubeconfig of a cluster administrator, mode 0600 where this package wrote it."""
        ...

    @property
    def server(self) -> str:
        """URL of the API server."""
        ...

    @property
    def audit_log(self) -> Path | None:
        """File of JSON lines, one for each finished request; None when not asked for."""
        ...

    def failure(self) -> str | None:
        """What has ended by itself, with the end of its log; None while all is well."""
        ...

    def restart_apiserver(self) -> None:
        """Stop the API server and start it again on the same port and data.

        Raises:
            ClusterError: this provider cannot, or the API server does not come back.
        """
        ...

    def stop(self) -> None:
        """End everything that was started for this cluster; a second call does nothing."""
        ...
