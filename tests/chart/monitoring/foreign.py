"""CustomResourceDefinitions of others, as their projects publish them.

They are read from the projects' Go modules, which Go keeps in its own cache, so that none of their
files has to lie in this checkout. Version and checksum are pinned.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tests.cluster import Cluster, apply, kubectl

_SECONDS: Final = 240.0


@dataclass(frozen=True, slots=True)
class Module:
    """A Go module, its checksum as go.sum has it, and the files in it."""

    path: str
    version: str
    checksum: str
    files: tuple[str, ...]


MODULES: Final = (
    Module(
        "github.com/prometheus-operator/prometheus-operator",
        "v0.85.0",
        "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        tuple(
            f"example/prometheus-operator-crd/monitoring.coreos.com_{plural}.yaml"
            for plural in ("servicemonitors", "podmonitors", "prometheusrules")
        ),
    ),
    Module(
        "github.com/grafana/grafana-operator/v5",
        "v5.18.0",
        "h1:ei7N2VfjsRjY8iprenH1IDV783WeV7CP5VNp//sB4hI=",
        ("config/crd/bases/grafana.integreatly.org_grafanadashboards.yaml",),
    ),
    Module(
        "sigs.k8s.io/gateway-api",
        "v1.4.0",
        "h1:ZwlNM6zOHq0h3WUX2gfByPs2yAEsy/EenYJB78jpQfQ=",
        ("config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",),
    ),
)


class UnavailableError(Exception):
    """A module is not to be had; the text is what Go said."""


def folder_of(module: Module) -> Path:
    """Where Go has unpacked a module; downloaded where it is not there yet.

    Raises:
        UnavailableError: it cannot be downloaded, or is not the one that is pinned.
    """
    done = subprocess.run(
        ["go", "mod", "download", "-json", f"{module.path}@{module.version}"],
        cwd="/",  # outside of any module, whose go.mod would have a say
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    told: dict[str, Any] = json.loads(done.stdout) if done.stdout else {}
    if "Dir" not in told:
        raise UnavailableError(told.get("Error") or done.stderr)
    if told["Sum"] != module.checksum:
        raise UnavailableError(f"{module.path}@{module.version} has the checksum {told['Sum']}")
    return Path(told["Dir"])


def established(cluster: Cluster) -> tuple[str, ...]:
    """Install all of them and wait until the API server serves them; their names."""
    files = [folder_of(module) / file for module in MODULES for file in module.files]
    names = []
    for file in files:
        names.append(yaml.safe_load(file.read_text(encoding="utf-8"))["metadata"]["name"])
        apply(cluster.kubeconfig, file)
    which = [f"customresourcedefinition/{name}" for name in names]
    wait = ("wait", "--for=condition=Established", "--timeout=30s")
    kubectl(cluster.kubeconfig, *wait, *which)
    return tuple(names)
