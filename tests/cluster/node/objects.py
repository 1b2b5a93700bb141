"""What a node's own parts need in the cluster: the Service of DNS, and rights to read."""

from typing import Any, Final

from tests.cluster.node.place import ADDRESS, DNS_ADDRESS

RBAC: Final = "rbac.authorization.k8s.io"
Object = dict[str, Any]


def of_names(user: str) -> list[Object]:
    """Give what makes CoreDNS known to pods, and lets it read what it answers from."""
    metadata = {"name": "kube-dns", "namespace": "kube-system"}
    ports = [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
    ]
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {**metadata, "labels": {"k8s-app": "kube-dns"}},
            "spec": {"clusterIP": DNS_ADDRESS, "ports": ports},
        },
        {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {**metadata, "labels": {"kubernetes.io/service-name": "kube-dns"}},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [ADDRESS], "conditions": {"ready": True}}],
            "ports": ports,
        },
        *_rights(
            user,
            _readable("", "services", "pods", "namespaces"),
            _readable("discovery.k8s.io", "endpointslices"),
        ),
    ]


def of_policies(user: str) -> list[Object]:
    """Give what lets kube-router read NetworkPolicies and those whom they are about."""
    return _rights(
        user,
        _readable("", "services", "endpoints", "pods", "namespaces", "nodes"),
        _readable("networking.k8s.io", "networkpolicies"),
        _readable("discovery.k8s.io", "endpointslices"),
    )


def _rights(user: str, *rules: Object) -> list[Object]:
    metadata = {"name": user}
    return [
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "ClusterRole",
            "metadata": metadata,
            "rules": list(rules),
        },
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", **metadata},
            "subjects": [{"apiGroup": RBAC, "kind": "User", "name": user}],
        },
    ]


def _readable(group: str, *resources: str) -> Object:
    return {"apiGroups": [group], "resources": list(resources), "verbs": ["get", "list", "watch"]}
