"""Before a real API server: resources of others by their own schemas, and a password that stays."""

from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml

from tests.chart.cases import GATEWAY
from tests.chart.monitoring.bundled import BUNDLED
from tests.chart.rendering import CHART, Manifest, helm, render
from tests.cluster import Cluster, KubectlError, kubectl
from tests.integration.world import reader_of

_MONITORING: dict[str, Any] = {
    "alerts": {"enabled": True, "labels": {"release": "prometheus"}},
    "dashboards": {"enabled": True, "grafanaDashboards": {"enabled": True}},
    **GATEWAY,
}
_RELABELLING: dict[str, Any] = {
    "enabled": True,
    "relabelings": [{"targetLabel": "cluster", "replacement": "north", "action": "replace"}],
    "metricRelabelings": [{"sourceLabels": ["__name__"], "regex": "sim_info", "action": "drop"}],
}
CASES = {
    "ServiceMonitor": _MONITORING | {"metrics": {"serviceMonitor": _RELABELLING}},
    "PodMonitor": _MONITORING | {"metrics": {"podMonitor": _RELABELLING}},
    "PrometheusRule": _MONITORING,
    "GrafanaDashboard": _MONITORING,
    "HTTPRoute": _MONITORING | BUNDLED,
}


def judge(cluster: Cluster, namespace: str, manifests: list[Manifest]) -> None:
    """Have the API server judge objects; an unknown field is an error.

    Raises:
        KubectlError: it would not take them.
    """
    for one in manifests:
        one["metadata"]["namespace"] = namespace
    flags = ("--dry-run=server", "--validate=strict", "--warnings-as-errors")
    kubectl(cluster.kubeconfig, "apply", *flags, "-f", "-", stdin=yaml.safe_dump_all(manifests))


@pytest.mark.parametrize("kind", CASES)
def test_resources_of_others_are_as_their_own_projects_want_them(
    kind: str, cluster: Cluster, crds_of_others: tuple[str, ...], namespace: str
) -> None:
    found = render(CASES[kind]).of(kind)
    assert found
    judge(cluster, namespace, found)


@pytest.mark.parametrize(
    ("kind", "slip"),
    [
        ("ServiceMonitor", lambda spec: spec["endpoints"][0].update(honourLabels=True)),
        ("PrometheusRule", lambda spec: spec["groups"][0]["rules"][0].update(sinceWhen="5m")),
        ("GrafanaDashboard", lambda spec: spec.update(folders="SIM operator")),
    ],
)
def test_a_slip_in_them_would_be_noticed(
    kind: str,
    slip: Callable[[dict[str, Any]], None],
    cluster: Cluster,
    crds_of_others: tuple[str, ...],
    namespace: str,
) -> None:
    found = render(CASES[kind]).of(kind)
    slip(found[0]["spec"])
    with pytest.raises(KubectlError, match="unknown field"):
        judge(cluster, namespace, found)


@pytest.fixture
def grafana_release(cluster: Cluster, namespace: str) -> Iterator[Callable[..., str]]:
    """Installs, then upgrades, a release with Grafana; the password that it has then."""
    kubeconfig = f"--kubeconfig={cluster.kubeconfig}"
    name = f"sim-operator-{namespace.rpartition('-')[2]}"
    where = (f"--namespace={namespace}", kubeconfig)
    values = {
        **BUNDLED,
        "crds": {"enabled": False},
        "rbac": {"aggregate": False},
        "watchNamespaces": [namespace],
    }

    def installed(**grafana: Any) -> str:
        given = yaml.safe_dump(values | {"grafana": {"enabled": True, **grafana}})
        helm("upgrade", "--install", name, str(CHART), *where, "--values=-", stdin=given)
        path = f"/api/v1/namespaces/{namespace}/secrets/{name}-grafana"
        secret = reader_of(cluster.kubeconfig).get(path)
        assert secret is not None
        return b64decode(secret["data"]["admin-password"]).decode()

    yield installed
    helm("uninstall", name, *where, "--ignore-not-found")


def test_the_password_that_was_made_by_chance_survives_upgrades(
    grafana_release: Callable[..., str],
) -> None:
    first = grafana_release()
    assert len(first) == 32
    assert grafana_release() == first
    assert grafana_release(path="/charts") == first
