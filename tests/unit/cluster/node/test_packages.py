from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cluster import ClusterError
from tests.cluster.node.packages import Package, ensure_packages, install_with_apt, missing


def _program(folder: Path, name: str) -> None:
    program = folder / name
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)


def test_a_package_is_missing_where_neither_its_program_nor_its_file_is_there(
    tmp_path: Path,
) -> None:
    _program(tmp_path, "runc")
    (tmp_path / "bridge").touch()
    packages = (
        Package("runc", "runc"),
        Package("containerd", "containerd"),
        Package("plugins", str(tmp_path / "bridge")),
        Package("more-plugins", str(tmp_path / "absent")),
    )
    assert missing(packages, str(tmp_path)) == ("containerd", "more-plugins")


def test_only_what_is_missing_is_installed(tmp_path: Path) -> None:
    proof = tmp_path / "installed"
    asked: list[tuple[str, ...]] = []

    def install(names: tuple[str, ...]) -> None:
        asked.append(names)
        proof.touch()

    packages = (Package("there", str(tmp_path)), Package("absent", str(proof)))
    ensure_packages(packages, install)
    ensure_packages(packages, install)
    assert asked == [("absent",)]


def test_a_package_that_installs_and_is_not_there_is_an_error(tmp_path: Path) -> None:
    package = Package("empty", str(tmp_path / "never"))
    with pytest.raises(ClusterError, match=r"yet not there: .*never of empty"):
        ensure_packages((package,), lambda _: None)


@pytest.mark.parametrize(
    ("which", "user", "said"),
    [
        (lambda *_, **__: None, 0, "install what your distribution calls them"),
        (lambda *_, **__: "/usr/bin/apt-get", 1000, "sudo apt-get install runc socat"),
    ],
)
def test_where_nothing_can_be_installed_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
    which: Callable[..., str | None],
    user: int,
    said: str,
) -> None:
    monkeypatch.setattr("shutil.which", which)
    monkeypatch.setattr("os.geteuid", lambda: user)
    with pytest.raises(ClusterError, match=said):
        install_with_apt(("runc", "socat"))
