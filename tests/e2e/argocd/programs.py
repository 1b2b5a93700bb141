"""What a real Argo CD needs on this machine: its binary and manifests, Helm, Git, Redis."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster import ClusterError
from tests.cluster.binaries import ensure_built
from tests.cluster.node.packages import Package, ensure_packages, missing
from tests.cluster.tools import ARGOCD, HELM

ARGOCD_MODULE: Final = "github.com/argoproj/argo-cd/v3"
REDIS: Final = Package("redis-server", "redis-server")
PACKAGES: Final = (REDIS, Package("git", "git"))
SYSTEMD: Final = Path("/run/systemd/system")
DOWNLOAD_LIMIT_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Programs:
    """Paths of the programs, and the source of Argo CD: its CRDs, and a script of its image."""

    argocd: Path
    helm: Path
    redis: str
    source: Path


def prepare(environ: Mapping[str, str]) -> Programs:
    """Install and build what is missing; minutes, the first time.

    Raises:
        ClusterError: something cannot be had; the text says what to do.
    """
    is_new = REDIS.name in missing(PACKAGES)
    ensure_packages(PACKAGES)
    if is_new and SYSTEMD.is_dir():
        # The package has started a service that nobody asked for.
        subprocess.run(["systemctl", "disable", "--now", "redis-server"], check=True, timeout=60)
    redis = shutil.which("redis-server")
    if redis is None:
        raise ClusterError("redis-server is installed and not on PATH")
    return Programs(
        argocd=ensure_built(ARGOCD, environ),
        helm=ensure_built(HELM, environ),
        redis=redis,
        source=module_folder(ARGOCD_MODULE, ARGOCD.version),
    )


def module_folder(module: str, version: str) -> Path:
    """The files of a Go module, fetched where the module cache lacks them.

    Raises:
        ClusterError: there is no Go, or the module cannot be had.
    """
    go = shutil.which("go")
    if go is None:
        raise ClusterError(f"the manifests of {module} come with Go, and there is no go on PATH")
    with tempfile.TemporaryDirectory(prefix="sim-op-") as folder:
        done = subprocess.run(
            [go, "mod", "download", "-json", f"{module}@{version}"],
            cwd=folder,
            env={**os.environ, "GOWORK": "off", "GOFLAGS": "", "GO111MODULE": "on"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_LIMIT_SECONDS,
            check=False,
        )
    if done.returncode != 0:
        raise ClusterError(f"go mod download {module}@{version}: {done.stdout}{done.stderr}")
    return Path(json.loads(done.stdout)["Dir"])
