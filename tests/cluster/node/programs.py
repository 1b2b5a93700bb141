"""The programs of a node that no other part of this project needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.binaries import ensure_built
from tests.cluster.compile import Part
from tests.cluster.tools import COREDNS, KUBE_PROXY, KUBE_SCHEDULER, KUBELET

# Of what it can do only its firewall is used, which enforces NetworkPolicies.
KUBE_ROUTER: Final = Part(
    "kube-router", "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router", "kube-router"
)
# As an image: the distribution's cannot find targets in Kubernetes.
PROMETHEUS: Final = Part(
    "prometheus", "github.com/prometheus/prometheus/cmd/prometheus", "prometheus"
)
# Targets are found in Kubernetes or by DNS; the clouds would be most of the build.
PROMETHEUS_TAGS: Final = "remove_all_sd,enable_dns_sd,enable_kubernetes_sd"


@dataclass(frozen=True, slots=True)
class Programs:
    """What runs on the node beside the control plane."""

    kubelet: Path
    scheduler: Path
    proxy: Path
    coredns: Path
    router: Path


def ensure_programs(environ: Mapping[str, str]) -> Programs:
    """Give the programs, built where the cache lacks them, for minutes perhaps.

    Raises:
        ClusterError: one cannot be built.
    """
    return Programs(
        kubelet=ensure_built(KUBELET, environ),
        scheduler=ensure_built(KUBE_SCHEDULER, environ),
        proxy=ensure_built(KUBE_PROXY, environ),
        coredns=ensure_built(COREDNS, environ),
        router=ensure_built(KUBE_ROUTER, environ),
    )


def ensure_prometheus(environ: Mapping[str, str]) -> Path:
    """Give Prometheus, built where the cache lacks it, for minutes perhaps.

    It has no web pages, which are not in the Go module; its API has everything.

    Raises:
        ClusterError: it cannot be built.
    """
    flags = f"{environ.get('GOFLAGS', '')} -tags={PROMETHEUS_TAGS}".strip()
    return ensure_built(PROMETHEUS, {**environ, "GOFLAGS": flags})
