from pathlib import Path

import pytest

from tests.cluster.node import cgroups


def _hierarchy(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cgroup.procs").touch()
    return folder


def test_version_2_has_one_hierarchy(tmp_path: Path) -> None:
    _hierarchy(tmp_path)
    _hierarchy(tmp_path / "system.slice")
    assert cgroups.hierarchies(tmp_path) == (tmp_path,)


def test_version_1_has_one_for_each_controller_and_names_for_pairs(tmp_path: Path) -> None:
    memory, both = _hierarchy(tmp_path / "memory"), _hierarchy(tmp_path / "cpu,cpuacct")
    (tmp_path / "cpu").symlink_to(both)
    (tmp_path / "not-mounted").mkdir()
    assert cgroups.hierarchies(tmp_path) == (both, memory)


def test_a_branch_is_made_and_removed_with_all_that_grew_on_it(tmp_path: Path) -> None:
    hierarchies = [_hierarchy(tmp_path / name) for name in ("memory", "pids")]
    cgroups.make("sim-op-x", tmp_path)
    (hierarchies[0] / "sim-op-x" / "kubepods" / "pod").mkdir(parents=True)
    (hierarchies[1] / "another").mkdir()
    assert cgroups.branches("sim-op-x", tmp_path) == tuple(one / "sim-op-x" for one in hierarchies)
    cgroups.remove("sim-op-x", tmp_path)
    assert cgroups.branches("sim-op-x", tmp_path) == ()
    assert (hierarchies[1] / "another").is_dir()


def test_a_branch_in_which_something_runs_is_an_error(tmp_path: Path) -> None:
    _hierarchy(tmp_path / "memory")
    cgroups.make("sim-op-x", tmp_path)
    (tmp_path / "memory" / "sim-op-x" / "process").touch()
    with pytest.raises(OSError, match="sim-op-x"):
        cgroups.remove("sim-op-x", tmp_path, limit=0.0)
