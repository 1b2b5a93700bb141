"""The build cache, with a program in place of Go: a real build takes minutes."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.cluster import ClusterError
from tests.cluster.binaries import cache_folder, cache_root, ensure_built
from tests.cluster.compile import PARTS

ROOT: Final = Path(__file__).parents[3]
FAKE_GO: Final = """#!/bin/sh
case "$1" in
env) echo VERSION ;;
list) echo "one/package (to compile)" ;;
build)
    while [ "$1" != -o ]; do shift; done
    echo "$2" >> "$BUILDS"
    sleep 1
    CODE
    echo binary > "$2" ;;
esac
"""


def environment(folder: Path, version: str = "go1.99.0", code: str = ":") -> dict[str, str]:
    programs = folder / "bin"
    programs.mkdir()
    go = programs / "go"
    go.write_text(FAKE_GO.replace("VERSION", version).replace("CODE", code), encoding="utf-8")
    go.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{programs}:{os.defpath}",
        "XDG_CACHE_HOME": str(folder / "cache"),
        "SIM_OPERATOR_CLUSTER": "build",
        "BUILDS": str(folder / "builds"),
    }


def test_two_runs_at_once_build_once_and_the_second_says_that_it_waits(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.cluster", "build"],
            cwd=ROOT,
            env=environ,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [run.communicate(timeout=120)[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    builds = (tmp_path / "builds").read_text(encoding="utf-8").splitlines()
    assert len(builds) == len(PARTS)
    assert any("another run makes etcd, waiting for it" in text for text in said)


def test_a_build_that_fails_leaves_no_binary_and_shows_why(tmp_path: Path) -> None:
    environ = environment(tmp_path, code="echo broken beyond repair; exit 1")
    with pytest.raises(ClusterError, match="broken beyond repair"):
        ensure_built(PARTS[0], environ)
    assert not (cache_folder(PARTS[0], environ) / PARTS[0].name).exists()


def test_what_a_killed_build_left_behind_is_removed_by_the_next(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    folder = cache_folder(PARTS[0], environ)
    folder.mkdir(parents=True)
    (folder / "etcd.unfinished-1").touch()
    binary = ensure_built(PARTS[0], environ)
    assert binary.read_text(encoding="utf-8") == "binary\n"
    assert {path.name for path in folder.iterdir()} == {"etcd", "etcd.lock"}


def test_a_missing_go_is_named_with_the_version_that_is_needed(tmp_path: Path) -> None:
    environ = environment(tmp_path)
    (tmp_path / "bin" / "go").unlink()
    environ["PATH"] = str(tmp_path / "bin")
    with pytest.raises(ClusterError, match=r"needs Go 1\.\d+\.\d+ or newer, and there is no go"):
        ensure_built(PARTS[0], environ)


def test_a_go_that_is_too_old_is_named_with_its_version(tmp_path: Path) -> None:
    environ = environment(tmp_path, version="go1.19.8")
    with pytest.raises(ClusterError, match=r"or newer, and .* is go1\.19\.8"):
        ensure_built(PARTS[0], environ)


def test_a_relative_cache_folder_is_ignored(tmp_path: Path) -> None:
    environ = {"XDG_CACHE_HOME": "relative", "HOME": str(tmp_path)}
    assert cache_root(environ) == tmp_path / ".cache" / "sim-operator"
