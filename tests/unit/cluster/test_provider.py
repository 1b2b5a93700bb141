"""The order of the providers, on real folders with programs that stand for docker and kind."""

from pathlib import Path

import pytest

from tests.cluster import ClusterError, Provider, choose
from tests.cluster.provider import given_binary


def program(folder: Path, name: str, code: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def test_a_given_kubeconfig_comes_before_all_others(path: Path, tmp_path: Path) -> None:
    program(path, "docker")
    program(path, "kind")
    given = tmp_path / "config"
    given.touch()
    choice = choose({"PATH": str(path), "SIM_OPERATOR_KUBECONFIG": str(given)})
    assert choice.provider is Provider.KUBECONFIG
    assert choice.passed_over == ()


def test_a_given_kubeconfig_that_is_not_there_is_an_error(path: Path) -> None:
    with pytest.raises(ClusterError, match="SIM_OPERATOR_KUBECONFIG=/nowhere is not a file"):
        choose({"PATH": str(path), "SIM_OPERATOR_KUBECONFIG": "/nowhere"})


def test_kind_is_used_when_docker_answers(path: Path) -> None:
    program(path, "docker")
    program(path, "kind")
    assert choose({"PATH": str(path)}).provider is Provider.KIND


def test_a_docker_that_does_not_answer_is_passed_over(path: Path) -> None:
    program(path, "docker", code=1)
    program(path, "kind")
    choice = choose({"PATH": str(path)})
    assert choice.provider is Provider.BUILD
    assert any("daemon does not answer" in reason for reason in choice.passed_over)


def test_docker_without_kind_is_passed_over_and_says_what_to_install(path: Path) -> None:
    program(path, "docker")
    choice = choose({"PATH": str(path)})
    assert choice.provider is Provider.BUILD
    assert any("install kind" in reason for reason in choice.passed_over)


def test_given_binaries_come_before_a_build(path: Path, tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    program(assets, "etcd")
    program(assets, "kube-apiserver")
    choice = choose({"PATH": str(path), "KUBEBUILDER_ASSETS": str(assets)})
    assert choice.provider is Provider.BINARIES


def test_a_single_binary_may_be_named_by_its_own_variable(path: Path, tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    program(assets, "etcd")
    apiserver = program(tmp_path / "elsewhere", "apiserver-of-mine")
    environ = {
        "PATH": str(path),
        "KUBEBUILDER_ASSETS": str(assets),
        "TEST_ASSET_KUBE_APISERVER": str(apiserver),
    }
    assert choose(environ).provider is Provider.BINARIES
    assert given_binary("kube-apiserver", environ) == apiserver
    assert given_binary("kube-controller-manager", environ) is None


def test_assets_without_an_api_server_are_an_error(path: Path, tmp_path: Path) -> None:
    assets = tmp_path / "assets"
    program(assets, "etcd")
    with pytest.raises(ClusterError, match="kube-apiserver is not to be found"):
        choose({"PATH": str(path), "KUBEBUILDER_ASSETS": str(assets)})


def test_a_forced_provider_is_used_whatever_comes_before_it(path: Path, tmp_path: Path) -> None:
    given = tmp_path / "config"
    given.touch()
    environ = {"PATH": str(path), "SIM_OPERATOR_KUBECONFIG": str(given)}
    assert choose({**environ, "SIM_OPERATOR_CLUSTER": "build"}).provider is Provider.BUILD


@pytest.mark.parametrize(
    ("forced", "missing"),
    [
        ("kubeconfig", "SIM_OPERATOR_KUBECONFIG is not set"),
        ("kind", "no docker on PATH"),
        ("binaries", "neither KUBEBUILDER_ASSETS nor TEST_ASSET_"),
    ],
)
def test_a_forced_provider_that_cannot_be_had_says_what_is_missing(
    path: Path, forced: str, missing: str
) -> None:
    with pytest.raises(ClusterError, match=missing):
        choose({"PATH": str(path), "SIM_OPERATOR_CLUSTER": forced})


def test_an_unknown_forced_provider_is_refused_with_the_known_ones(path: Path) -> None:
    with pytest.raises(ClusterError, match=r"kubeconfig\|kind\|binaries\|build"):
        choose({"PATH": str(path), "SIM_OPERATOR_CLUSTER": "minikube"})
