"""Values with which the chart is rendered: what people install, and every corner of it."""

from collections.abc import Mapping
from typing import Any, Final

from sim_operator.api.account import SIMAccountSpec
from sim_operator.api.meta import WireModel
from sim_operator.api.names import ACCOUNT_KIND, POLICY_KIND, SIM_KIND
from sim_operator.api.policy import QuotaPolicySpec
from sim_operator.api.sim import SimSpec
from tests.chart.rendering import NAMESPACE

Values = Mapping[str, Any]

SPECS: Final[dict[str, type[WireModel]]] = {
    SIM_KIND: SimSpec,
    ACCOUNT_KIND: SIMAccountSpec,
    POLICY_KIND: QuotaPolicySpec,
}
OF_OTHERS: Final = {
    "gateway.networking.k8s.io",
    "grafana.integreatly.org",
    "monitoring.coreos.com",
}
"""API groups that are not Kubernetes's own: it has no schemas of theirs."""
ACCOUNT: Final[Values] = {"account": {"create": True, "allowedNamespaces": {"from": "All"}}}
CREDENTIALS: Final[Values] = {
    "credentials": {"create": True, "clientId": "demo-client", "clientSecret": "hunter-2"}
}
SIMULATOR: Final[Values] = {"simulator": {"enabled": True}}
WATCHED: Final[Values] = {"watchNamespaces": [NAMESPACE, "plant-a"]}
PEER: Final = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "edge"}}}
NETWORK: Final[Values] = {
    "networkPolicy": {"enabled": True, "metricsFrom": [PEER], "hooksFrom": [PEER]}
}
GATEWAY: Final[Values] = {
    "httpRoute": {
        "enabled": True,
        "parentRefs": [{"name": "public", "namespace": "gateways"}],
        "hostnames": ["sims.example.com"],
    }
}
INGRESS: Final[Values] = {
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "hosts": ["sims.example.com"],
        "tls": [{"secretName": "sims-tls", "hosts": ["sims.example.com"]}],
    }
}
UNSAFE_CRDS: Final[Values] = {"crds": {"keep": False}}
CONSOLE: Final[Values] = {"console": {"enabled": True}}
POSTGRESQL: Final[Values] = {
    "history": {"database": {"existingSecret": "history-url"}, "storage": {"enabled": False}}
}
BACKUP: Final[Values] = {"history": {"backup": {"enabled": True}, "storage": {"enabled": True}}}
BUNDLED: Final[Values] = {"prometheus": {"enabled": True}, "grafana": {"enabled": True}}

CASES: Final[dict[str, tuple[tuple[str, ...], Values]]] = {
    "nothing said": ((), {}),
    "demo": (("values-demo.yaml",), {}),
    "production": (("values-production.yaml",), {}),
    "one replica": ((), {"replicas": 1}),
    "no leader election": ((), {"replicas": 1, "settings": {"leaderElection": False}}),
    "some namespaces": ((), {**WATCHED, **ACCOUNT, **NETWORK}),
    "account and Secret": ((), {**ACCOUNT, **CREDENTIALS}),
    "simulator and clock": (
        (),
        {**ACCOUNT, **CREDENTIALS, **NETWORK, "simulator": {"enabled": True, "followClock": True}},
    ),
    "ways in": ((), {**INGRESS, **GATEWAY, **BUNDLED}),
    "no CRDs, no rights": (
        (),
        {
            "crds": {"enabled": False},
            "rbac": {"create": False, "aggregate": False},
            "serviceAccount": {"create": False, "name": "given"},
            "tests": {"enabled": False},
        },
    ),
    "CRDs that go": ((), {**UNSAFE_CRDS, **ACCOUNT}),
    "console": ((), {**CONSOLE, **BACKUP, **NETWORK}),
    "console without a history": ((), {**CONSOLE, "history": {"enabled": False}}),
    "history in PostgreSQL": (
        (),
        {
            **CONSOLE,
            **NETWORK,
            "history": {**BACKUP["history"], **POSTGRESQL["history"]},
        },
    ),
    "everything": (
        ("values-demo.yaml",),
        {
            **WATCHED,
            **NETWORK,
            **INGRESS,
            **GATEWAY,
            **BUNDLED,
            **UNSAFE_CRDS,
            **CONSOLE,
            **BACKUP,
            "replicas": 3,
            "argocd": {"healthChecks": True},
            "commonLabels": {"team": "iot"},
            "commonAnnotations": {"example.com/owner": "iot"},
            "podLabels": {"tier": "control"},
            "podAnnotations": {"example.com/log": "yes"},
            "imagePullSecrets": [{"name": "registry"}],
            "extraEnv": [{"name": "HTTPS_PROXY", "value": "http://proxy.example.com:3128"}],
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "tolerations": [{"key": "iot", "operator": "Exists"}],
            "affinity": {"nodeAffinity": {}},
            "priorityClassName": "system-cluster-critical",
            "rbac": {"secretNames": ["onence-credentials"]},
            "tests": {"sims": ["plant-a/pump-01"]},
        },
    ),
}
