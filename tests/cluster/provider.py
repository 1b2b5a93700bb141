"""Which cluster is used: the order is fixed, and each one passed over leaves its reason."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from tests.cluster.errors import ClusterError

DOCKER_TIMEOUT_SECONDS: Final = 20
CONTROL_PLANE: Final = ("kube-apiserver", "etcd")


class Provider(StrEnum):
    """Where a cluster comes from, in the order in which they are tried."""

    KUBECONFIG = "kubeconfig"
    KIND = "kind"
    BINARIES = "binaries"
    BUILD = "build"


@dataclass(frozen=True, slots=True)
class Choice:
    """The provider that is used, why, and why not those before it."""

    provider: Provider
    why: str
    passed_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Verdict:
    usable: bool
    why: str


def choose(environ: Mapping[str, str]) -> Choice:
    """Choose by `SIM_OPERATOR_CLUSTER`, else the first provider that can be had.

    Raises:
        ClusterError: the forced provider cannot be had, or a variable names something that is
            not there (falling through would test another cluster than the one asked for).
    """
    forced = environ.get("SIM_OPERATOR_CLUSTER", "")
    if forced:
        return _forced(forced, environ)
    passed_over: list[str] = []
    for provider in Provider:
        verdict = _verdict(provider, environ)
        if verdict.usable:
            return Choice(provider, verdict.why, tuple(passed_over))
        passed_over.append(f"{provider}: {verdict.why}")
    raise ClusterError("no cluster can be had. " + "; ".join(passed_over))


def _forced(name: str, environ: Mapping[str, str]) -> Choice:
    if name not in set(Provider):
        known = "|".join(Provider)
        raise ClusterError(f"SIM_OPERATOR_CLUSTER={name} is not one of {known}")
    verdict = _verdict(Provider(name), environ)
    if not verdict.usable:
        raise ClusterError(f"SIM_OPERATOR_CLUSTER={name} cannot be had: {verdict.why}")
    return Choice(Provider(name), f"SIM_OPERATOR_CLUSTER={name}; {verdict.why}")


def _verdict(provider: Provider, environ: Mapping[str, str]) -> _Verdict:
    match provider:
        case Provider.KUBECONFIG:
            return _kubeconfig(environ)
        case Provider.KIND:
            return _kind(environ)
        case Provider.BINARIES:
            return _binaries(environ)
        case Provider.BUILD:
            return _Verdict(True, "the control plane is built from Go modules, or is built already")


def _kubeconfig(environ: Mapping[str, str]) -> _Verdict:
    given = environ.get("SIM_OPERATOR_KUBECONFIG", "")
    if not given:
        return _Verdict(False, "SIM_OPERATOR_KUBECONFIG is not set")
    if not Path(given).is_file():
        raise ClusterError(f"SIM_OPERATOR_KUBECONFIG={given} is not a file")
    return _Verdict(True, f"SIM_OPERATOR_KUBECONFIG={given}")


def _kind(environ: Mapping[str, str]) -> _Verdict:
    path = environ.get("PATH", "")
    docker, kind = shutil.which("docker", path=path), shutil.which("kind", path=path)
    if docker is None:
        return _Verdict(False, "there is no docker on PATH")
    if not _answers(docker, environ):
        return _Verdict(False, "docker is on PATH, but its daemon does not answer")
    if kind is None:
        return _Verdict(False, "Docker answers, but there is no kind on PATH (install kind)")
    return _Verdict(True, "Docker answers and kind is on PATH")


def _answers(docker: str, environ: Mapping[str, str]) -> bool:
    try:
        asked = subprocess.run(
            [docker, "version", "--format", "{{.Server.Version}}"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=DOCKER_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


def _binaries(environ: Mapping[str, str]) -> _Verdict:
    variables = ("KUBEBUILDER_ASSETS", *(asset_variable(name) for name in CONTROL_PLANE))
    if not any(environ.get(variable) for variable in variables):
        return _Verdict(False, "neither KUBEBUILDER_ASSETS nor TEST_ASSET_* is set")
    missing = [name for name in CONTROL_PLANE if given_binary(name, environ) is None]
    if missing:
        raise ClusterError(
            f"KUBEBUILDER_ASSETS or TEST_ASSET_* is set, but {' and '.join(missing)} "
            "is not to be found there; set it right or unset it"
        )
    return _Verdict(True, "kube-apiserver and etcd are given by KUBEBUILDER_ASSETS or TEST_ASSET_*")


def asset_variable(name: str) -> str:
    """Give the variable that names one binary: TEST_ASSET_KUBE_APISERVER."""
    return "TEST_ASSET_" + name.upper().replace("-", "_")


def given_binary(name: str, environ: Mapping[str, str]) -> Path | None:
    """Find a binary by its TEST_ASSET variable, then in KUBEBUILDER_ASSETS; None if neither."""
    single = environ.get(asset_variable(name), "")
    if single:
        return Path(single) if Path(single).is_file() else None
    folder = environ.get("KUBEBUILDER_ASSETS", "")
    if folder and (Path(folder) / name).is_file():
        return Path(folder) / name
    return None
