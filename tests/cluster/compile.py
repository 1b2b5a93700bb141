"""Compiles one program with Go, and shows how far it is.

A first build takes minutes, on a machine that has only Go and the module proxy.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.cluster.errors import ClusterError
from tests.cluster.processes import LeashedProcess
from tests.cluster.progress import Progress

MODULES: Final = Path(__file__).with_name("build")
KUBERNETES_VERSION: Final = "k8s.io/component-base/version"
HELM_VERSION: Final = "helm.sh/helm/v3/internal/version"
HELM_CAPABILITIES: Final = "helm.sh/helm/v3/pkg/chartutil"
POLL_SECONDS: Final = 0.5
BUILD_LIMIT_SECONDS: Final = 3600.0
DOWNLOAD: Final = "go: downloading "
OTHERWISE: Final = (
    "Otherwise give a cluster: SIM_OPERATOR_KUBECONFIG, or Docker with kind, "
    "or KUBEBUILDER_ASSETS with kube-apiserver, etcd and kube-controller-manager."
)


@dataclass(frozen=True, slots=True)
class Part:
    """One program: its name, its Go package and the module that pins it."""

    name: str
    package: str
    module: str

    @property
    def folder(self) -> Path:
        """Folder of the Go module."""
        return MODULES / self.module

    @property
    def version(self) -> str:
        """What the Go module pins, as `v1.34.4`."""
        required = re.findall(r"^(?:require )?\s*(\S+) (v\S+)", _go_mod(self.module), re.MULTILINE)
        holding: list[tuple[str, str]] = [
            (path, it) for path, it in required if f"{self.package}/".startswith(f"{path}/")
        ]
        if not holding:
            raise ClusterError(f"build/{self.module}/go.mod does not require {self.package}")
        _, version = max(holding, key=lambda one: len(one[0]))
        return version


PARTS: Final = (
    Part("etcd", "go.etcd.io/etcd/server/v3", "etcd"),
    Part("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", "kubernetes"),
    Part("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", "kubernetes"),
)


def kubernetes_version() -> str:
    """Give the version of the control plane: v1.34.4."""
    return next(part.version for part in PARTS if part.module == "kubernetes")


def flags(part: Part) -> tuple[str, ...]:
    """Give the build flags of a part; built bare it would report a version that it is not."""
    settings = {}
    major, minor, _ = kubernetes_version().removeprefix("v").split(".", 2)
    match part.module:
        case "kubernetes":
            settings = {
                f"{KUBERNETES_VERSION}.gitVersion": part.version,
                f"{KUBERNETES_VERSION}.gitMajor": major,
                f"{KUBERNETES_VERSION}.gitMinor": minor,
            }
        case "helm":
            settings = {
                f"{HELM_VERSION}.version": part.version,
                f"{HELM_CAPABILITIES}.k8sVersionMajor": major,
                f"{HELM_CAPABILITIES}.k8sVersionMinor": minor,
            }
    linker = "".join(f" -X {key}={it}" for key, it in settings.items())
    return ("-trimpath", "-ldflags", f"-s -w{linker}")


def compile_part(part: Part, destination: Path, environ: Mapping[str, str]) -> None:
    """Compile a part into the file `destination`.

    Raises:
        ClusterError: Go is missing or too old, or the build fails (with the end of its output).
    """
    own = {**environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    # The result runs here, so a target set for other work must not reach it.
    own = {key: value for key, value in own.items() if key not in {"GOOS", "GOARCH"}}
    go = _go(part, own)
    log = destination.with_suffix(".log")
    log.unlink(missing_ok=True)
    common = ("-mod=readonly", *flags(part))
    # Lists the packages that the build cache lacks, so that progress has an end to count to.
    stale = "{{if .Stale}}{{.ImportPath}} (to compile){{end}}"
    counting = [go, "list", *common, "-deps", "-f", stale, part.package]
    lines = _watched(counting, part, own, log, Progress(f"reading the modules of {part.name}"), 0)
    total = sum(line.endswith(" (to compile)") for line in lines)
    log.unlink()
    building = [go, "build", "-v", "-buildvcs=false", *common, "-o", str(destination), part.package]
    _watched(building, part, own, log, Progress(f"building {part.name}"), total)
    log.unlink()


def _watched(
    command: list[str],
    part: Part,
    environ: Mapping[str, str],
    log: Path,
    progress: Progress,
    total: int,
) -> list[str]:
    process = LeashedProcess(command, log, environ=environ, folder=part.folder)
    try:
        while (code := process.code) is None:
            if progress.elapsed() > BUILD_LIMIT_SECONDS:
                raise ClusterError(f"{part.name} is not built after {BUILD_LIMIT_SECONDS:.0f} s")
            progress.tick(_so_far(log, total))
            time.sleep(POLL_SECONDS)
    finally:
        process.stop()
    if code != 0:
        raise ClusterError(f"{' '.join(command[:2])} {part.package} failed:\n{process.tail()}")
    progress.done()
    return log.read_text(encoding="utf-8", errors="replace").splitlines()


def _so_far(log: Path, total: int) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    fetched = sum(line.startswith(DOWNLOAD) for line in lines)
    if total == 0:
        return f"{fetched} modules fetched"
    compiled = sum(bool(line) and not line.startswith("go: ") for line in lines)
    return f"{min(compiled, total)} of {total} packages"


def _go(part: Part, environ: Mapping[str, str]) -> str:
    needed_text = re.search(r"^go (\S+)$", _go_mod(part.module), re.MULTILINE)
    if needed_text is None:
        raise ClusterError(f"build/{part.module}/go.mod names no Go version")
    needed = needed_text[1]
    go = shutil.which("go", path=environ.get("PATH", ""))
    if go is None:
        raise ClusterError(
            f"building {part.name} needs Go {needed} or newer, and there is no go on PATH. "
            f"Install Go from go.dev/dl or your distribution (golang-go). {OTHERWISE}"
        )
    asked = subprocess.run(
        [go, "env", "GOVERSION"],
        cwd=part.folder,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,  # an old Go may first fetch the toolchain that go.mod asks for
        check=False,
    )
    if asked.returncode != 0 or _numbers(asked.stdout) < _numbers(needed):
        present = asked.stdout.strip() or asked.stderr.strip()
        raise ClusterError(
            f"building {part.name} needs Go {needed} or newer, and {go} is {present}. "
            f"Install a newer Go from go.dev/dl. {OTHERWISE}"
        )
    return go


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _go_mod(module: str) -> str:
    return (MODULES / module / "go.mod").read_text(encoding="utf-8")
