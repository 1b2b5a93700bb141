"""Command lines of the control plane, and the files they share."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.certificates import KeyPair

AUDIT_POLICY: Final = Path(__file__).with_name("audit-policy.yaml")
SERVICE_RANGE: Final = "10.96.0.0/16"
ISSUER: Final = "https://kubernetes.default.svc.cluster.local"
NOWHERE: Final = "http://127.0.0.1:0"
# What makes namespaces go, owners take their dependants along, and aggregated roles fill.
CONTROLLERS: Final = (
    "clusterrole-aggregation-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
)
LOOPBACK: Final = "127.0.0.1"
POD_RANGE: Final = "10.244.0.0/24"


@dataclass(frozen=True, slots=True)
class Layout:
    """Files of one control plane."""

    folder: Path
    authority: Path
    serving: KeyPair
    controllers: KeyPair
    service_accounts: KeyPair
    audit: bool
    address: str = LOOPBACK
    kubelet_client: KeyPair | None = None
    """How the API server logs in to kubelets; None where there are no nodes."""

    @property
    def etcd_socket(self) -> Path:
        """Socket that only the owner of the folder can reach."""
        return self.folder / "etcd.sock"

    @property
    def controllers_kubeconfig(self) -> Path:
        """Kubeconfig of the controllers."""
        return self.folder / "controllers.kubeconfig"

    @property
    def audit_log(self) -> Path | None:
        """File of the audit log, None when not asked for."""
        return self.folder / "audit.log" if self.audit else None


def etcd(program: Path, layout: Layout) -> list[str]:
    """Give the command line of a single etcd on a socket; it keeps nothing that must last."""
    # The member has no peers, but etcd insists on addresses for them.
    return [
        str(program),
        "--name=only",
        f"--data-dir={layout.folder / 'etcd'}",
        f"--listen-client-urls=unix://{layout.etcd_socket}",
        f"--advertise-client-urls={NOWHERE}",
        f"--listen-peer-urls={NOWHERE}",
        f"--initial-advertise-peer-urls={NOWHERE}",
        f"--initial-cluster=only={NOWHERE}",
        "--unsafe-no-fsync",
        "--quota-backend-bytes=8589934592",
        "--log-level=warn",
    ]


def apiserver(program: Path, layout: Layout, port: int) -> list[str]:
    """Give the command line of an API server on a port of the layout's address."""
    accounts = layout.service_accounts
    command = [
        str(program),
        f"--etcd-servers=unix://{layout.etcd_socket}",
        f"--bind-address={layout.address}",
        f"--advertise-address={layout.address}",
        f"--secure-port={port}",
        f"--cert-dir={layout.folder}",
        f"--tls-cert-file={layout.serving.certificate}",
        f"--tls-private-key-file={layout.serving.key}",
        f"--client-ca-file={layout.authority}",
        "--authorization-mode=Node,RBAC",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        f"--service-account-issuer={ISSUER}",
        f"--service-account-key-file={accounts.certificate}",
        f"--service-account-signing-key-file={accounts.key}",
    ]
    if layout.kubelet_client is None:
        # Without nodes nobody uses the endpoints of the kubernetes Service.
        command.append("--endpoint-reconciler-type=none")
    else:
        command += [
            f"--kubelet-client-certificate={layout.kubelet_client.certificate}",
            f"--kubelet-client-key={layout.kubelet_client.key}",
            "--kubelet-preferred-address-types=InternalIP",
        ]
    if layout.audit:
        command += [
            f"--audit-policy-file={AUDIT_POLICY}",
            f"--audit-log-path={layout.audit_log}",
            "--audit-log-mode=blocking",  # a request that was answered is in the log
            "--audit-log-maxsize=4096",  # a rotated log would hide what it moved away
        ]
    return command


def controller_manager(program: Path, layout: Layout) -> list[str]:
    """Give the command line of the controllers; they open no port."""
    # With nodes there is work for all of them: pods are made, Services find their endpoints.
    workload = layout.kubelet_client is not None
    return [
        str(program),
        f"--kubeconfig={layout.controllers_kubeconfig}",
        f"--controllers={'*' if workload else ','.join(CONTROLLERS)}",
        *([f"--cluster-cidr={POD_RANGE}"] if workload else []),
        # By default it makes a folder for plugins in /usr.
        *([f"--flex-volume-plugin-dir={layout.folder / 'plugins'}"] if workload else []),
        "--leader-elect=false",
        "--secure-port=0",
        "--use-service-account-credentials=true",
        f"--service-account-private-key-file={layout.service_accounts.key}",
        f"--root-ca-file={layout.authority}",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        "--concurrent-namespace-syncs=20",
    ]
