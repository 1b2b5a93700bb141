"""Names, addresses and files of the node, as those inside and outside of it agree on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.certificates import KeyPair

HOST_NAME: Final = "node"
ADDRESS: Final = "10.244.0.1"
API_PORT: Final = 6443
DNS_ADDRESS: Final = "10.96.0.10"
CNI_PROGRAMS: Final = Path("/usr/lib/cni")


@dataclass(frozen=True, slots=True)
class Place:
    """Files of one node; its name is that of its folder and of its control groups."""

    folder: Path

    @property
    def name(self) -> str:
        """What its control groups are called."""
        return self.folder.name

    @property
    def log(self) -> Path:
        """What the node says of itself."""
        return self.folder / "node.log"

    @property
    def ready(self) -> Path:
        """File that appears when the node is ready."""
        return self.folder / "ready"

    @property
    def pid(self) -> Path:
        """File with the id of the first process of the namespaces, as seen from outside."""
        return self.folder / "pid"

    @property
    def admin(self) -> Path:
        """Kubeconfig of the administrator."""
        return self.folder / "admin.kubeconfig"

    @property
    def audit_log(self) -> Path:
        """Audit log of the API server, where one is kept."""
        return self.folder / "audit.log"

    @property
    def runtime_socket(self) -> Path:
        """Socket of containerd; it can be used from outside as well."""
        return self.folder / "containerd.sock"

    @property
    def networks(self) -> Path:
        """Folder of the CNI configuration."""
        return self.folder / "cni"

    def kubeconfig(self, part: str) -> Path:
        """Kubeconfig of one part of the node."""
        return self.folder / f"{part}.kubeconfig"

    def file(self, name: str, content: str) -> Path:
        """Write a file of configuration."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path


@dataclass(frozen=True, slots=True)
class Identity:
    """How the kubelet shows itself to those who call it."""

    authority: Path
    serving: KeyPair
