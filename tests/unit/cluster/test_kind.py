"""The wiring of kind, with a program in its place that notes how it was called."""

from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.cluster import ClusterError
from tests.cluster.kind import start_kind

FAKE_KIND: Final = """#!/bin/sh
echo "$*" >> "$CALLS"
[ "$1" = create ] || exit 0
CODE
while [ "$1" != --kubeconfig ]; do shift; done
echo '{}' > "$2"
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    noted = tmp_path / "calls"
    monkeypatch.setenv("CALLS", str(noted))
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return noted


def install_kind(folder: Path, code: str = ":") -> None:
    kind = folder / "kind"
    kind.write_text(FAKE_KIND.replace("CODE", code), encoding="utf-8")
    kind.chmod(0o755)


def test_the_cluster_that_was_created_and_no_other_is_deleted(calls: Path, tmp_path: Path) -> None:
    install_kind(tmp_path)
    cluster = start_kind(audit=False, workdir=tmp_path / "work")
    assert cluster.failure() is None
    cluster.stop()
    created, deleted = calls.read_text(encoding="utf-8").splitlines()
    assert created.startswith(f"create cluster --name {cluster.name} --config ")
    assert deleted == f"delete cluster --name {cluster.name}"


def test_a_kind_that_fails_is_shown_with_what_it_said(calls: Path, tmp_path: Path) -> None:
    install_kind(tmp_path, code="echo no space left; exit 1")
    with pytest.raises(ClusterError, match="no space left"):
        start_kind(audit=False, workdir=tmp_path / "work")


def test_an_audit_log_is_mounted_from_the_node(calls: Path, tmp_path: Path) -> None:
    install_kind(tmp_path)
    work = tmp_path / "work"
    cluster = start_kind(audit=True, workdir=work)
    cluster.stop()
    node = yaml.safe_load((work / "kind.yaml").read_text(encoding="utf-8"))["nodes"][0]
    assert node["extraMounts"][0]["hostPath"] == str(work / "audit")
    patch = yaml.safe_load(node["kubeadmConfigPatches"][0])
    log = patch["apiServer"]["extraArgs"]["audit-log-path"]
    assert log == f"{node['extraMounts'][0]['containerPath']}/audit.log"
    assert cluster.audit_log == work / "audit" / "audit.log"


def test_another_node_image_can_be_asked_for(
    calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_kind(tmp_path)
    monkeypatch.setenv("SIM_OPERATOR_KIND_IMAGE", "kindest/node:v1.99.0")
    start_kind(audit=False, workdir=tmp_path / "work").stop()
    config = yaml.safe_load((tmp_path / "work" / "kind.yaml").read_text(encoding="utf-8"))
    assert [node["image"] for node in config["nodes"]] == ["kindest/node:v1.99.0"]
