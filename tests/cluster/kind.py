"""A cluster of kind, for machines with Docker: created under a name of its own, deleted with it.

One shell on a leash creates and deletes, so that the cluster goes also when this run is killed.
"""

import os
import secrets
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import yaml

from tests.cluster.commandlines import AUDIT_POLICY
from tests.cluster.errors import ClusterError
from tests.cluster.kubeconfig import current_cluster
from tests.cluster.processes import LeashedProcess
from tests.cluster.progress import Progress
from tests.cluster.provider import Provider

CONFIG: Final = Path(__file__).with_name("kind.yaml")
IMAGE_VARIABLE: Final = "SIM_OPERATOR_KIND_IMAGE"
CREATE_LIMIT_SECONDS: Final = 900.0
DELETE_LIMIT_SECONDS: Final = 120.0
POLL_SECONDS: Final = 0.5
NODE_AUDIT_FOLDER: Final = "/var/log/sim-operator-audit"
KEEPER: Final = """
name=$1 config=$2 kubeconfig=$3 ready=$4
trap 'trap "" TERM; kind delete cluster --name "$name"; exit 0' TERM
kind create cluster --name "$name" --config "$config" --kubeconfig "$kubeconfig" --wait 180s &
wait $! || exit 1
: > "$ready"
while :; do sleep 3600 & wait $!; done
"""


class KindCluster:
    """A cluster of kind; see `Cluster`."""

    def __init__(self, folder: Path, *, audit: bool, temporary: bool) -> None:
        """Begin to create a cluster under a name that no other has."""
        self.provider = Provider.KIND
        self.name = f"sim-operator-{secrets.token_hex(4)}"
        self.kubeconfig = folder / "admin.kubeconfig"
        self.audit_log = folder / "audit" / "audit.log" if audit else None
        self._folder = folder
        self._temporary = temporary
        self._ready = folder / "ready"
        config = folder / "kind.yaml"
        config.write_text(yaml.safe_dump(_config(folder if audit else None)), encoding="utf-8")
        files = (config, self.kubeconfig, self._ready)
        self._keeper = LeashedProcess(
            ["sh", "-c", KEEPER, "kind-keeper", self.name, *files],
            folder / "kind.log",
            grace=DELETE_LIMIT_SECONDS,
            sweep=folder if temporary else None,
        )

    @property
    def server(self) -> str:
        """URL of the API server."""
        return str(current_cluster(self.kubeconfig)["server"])

    def wait(self) -> None:
        """Wait until the cluster is there.

        Raises:
            ClusterError: kind fails; the text has the end of its output.
        """
        progress = Progress(f"kind creates the cluster {self.name}")
        while not self._ready.exists():
            if self._keeper.code is not None or progress.elapsed() > CREATE_LIMIT_SECONDS:
                raise ClusterError(f"kind did not create a cluster:\n{self._keeper.tail()}")
            progress.tick("not ready yet")
            time.sleep(POLL_SECONDS)
        self.kubeconfig.chmod(0o600)
        progress.done()

    def failure(self) -> str | None:
        """What has ended by itself."""
        if self._keeper.code is None:
            return None
        return f"the keeper of {self.name} has ended:\n{self._keeper.tail()}"

    def restart_apiserver(self) -> None:
        """Refuse: it is a static pod of the kubelet in the node's container."""
        raise ClusterError("the API server of a kind cluster is not restarted by this package")

    def stop(self) -> None:
        """Delete the cluster."""
        self._keeper.stop()
        if self._temporary:
            shutil.rmtree(self._folder, ignore_errors=True)


def start_kind(*, audit: bool, workdir: Path | None) -> KindCluster:
    """Create a cluster and wait until it is ready.

    Raises:
        ClusterError: kind fails.
    """
    folder = Path(tempfile.mkdtemp(prefix="sim-op-")) if workdir is None else workdir.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ready").unlink(missing_ok=True)
    cluster = KindCluster(folder, audit=audit, temporary=workdir is None)
    try:
        cluster.wait()
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _config(audit_folder: Path | None) -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    if image := os.environ.get(IMAGE_VARIABLE):
        for node in config["nodes"]:
            node["image"] = image
    if audit_folder is None:
        return config
    logs = audit_folder / "audit"
    logs.mkdir(exist_ok=True)
    shutil.copy(AUDIT_POLICY, logs / "policy.yaml")
    control_plane = config["nodes"][0]
    control_plane["extraMounts"] = [{"hostPath": str(logs), "containerPath": NODE_AUDIT_FOLDER}]
    patch = {
        "kind": "ClusterConfiguration",
        "apiServer": {
            "extraArgs": {
                "audit-policy-file": f"{NODE_AUDIT_FOLDER}/policy.yaml",
                "audit-log-path": f"{NODE_AUDIT_FOLDER}/audit.log",
                "audit-log-maxsize": "4096",
            },
            "extraVolumes": [
                {
                    "name": "audit",
                    "hostPath": NODE_AUDIT_FOLDER,
                    "mountPath": NODE_AUDIT_FOLDER,
                    "pathType": "Directory",
                    "readOnly": False,
                }
            ],
        },
    }
    control_plane["kubeadmConfigPatches"] = [yaml.safe_dump(patch)]
    return config
