"""A real Kubernetes API server for tests, demo and benchmarks.

A mock of the API server would agree with whatever the operator believes; this package finds or
starts a real one, and stops everything it started.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.access import service_account_kubeconfig
from tests.cluster.audit import AuditEvent, audit_events
from tests.cluster.binaries import ensure_binaries
from tests.cluster.commands import KubectlError, apply, kubectl
from tests.cluster.control_plane import ControlPlane, start_control_plane
from tests.cluster.errors import ClusterError
from tests.cluster.given import use_given_cluster
from tests.cluster.kind import start_kind
from tests.cluster.model import Cluster
from tests.cluster.provider import Choice, Provider, choose

__all__ = [
    "AuditEvent",
    "Choice",
    "Cluster",
    "ClusterError",
    "ControlPlane",
    "KubectlError",
    "Provider",
    "apply",
    "audit_events",
    "choose",
    "cluster",
    "ensure_binaries",
    "kubectl",
    "service_account_kubeconfig",
    "start",
]


def start(audit: bool = False, workdir: Path | None = None) -> Cluster:
    """Give a cluster whose API server answers, by the provider that `choose` names.

    Args:
        audit: write one JSON line for each request to `Cluster.audit_log` (not possible for a
            given kubeconfig, where `audit_log` stays None).
        workdir: where certificates, logs and data go; it is kept. Without it a temporary folder
            is used and removed by `stop`.

    Raises:
        ClusterError: no cluster can be had; the text says what is missing.
    """
    choice = choose(os.environ)
    match choice.provider:
        case Provider.KUBECONFIG:
            return use_given_cluster(Path(os.environ["SIM_OPERATOR_KUBECONFIG"]))
        case Provider.KIND:
            return start_kind(audit=audit, workdir=workdir)
        case Provider.BINARIES | Provider.BUILD:
            binaries = ensure_binaries(choice.provider, os.environ)
            return start_control_plane(
                binaries, provider=choice.provider, audit=audit, workdir=workdir
            )


@contextmanager
def cluster(audit: bool = False, workdir: Path | None = None) -> Iterator[Cluster]:
    """Give a cluster as `start` does, and stop it however the block ends."""
    started = start(audit=audit, workdir=workdir)
    try:
        yield started
    finally:
        started.stop()
