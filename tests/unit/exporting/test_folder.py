"""An export in a folder: complete, and never over what is not an export."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sim_operator.exporting.complaints import BadInputError
from sim_operator.exporting.folder import MARKER, Written, write

FILES = {"README.md": "a\n", "plant-a/sims/pump.yaml": "b\n", "plant-a/sims/gate.yaml": "ü\n"}


def _there(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file() and path.name != MARKER
    }


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A folder with an export."""
    write(tmp_path / "export", FILES, force=False)
    return tmp_path / "export"


def test_a_new_folder_appears_with_all_of_it_and_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "backups" / "today"
    assert write(folder, FILES, force=False) == Written(3, 0, 0)
    assert _there(folder) == FILES
    assert [one.name for one in folder.parent.iterdir()] == ["today"]


def test_an_empty_folder_is_filled_in_its_place(tmp_path: Path) -> None:
    before = tmp_path.stat().st_ino
    write(tmp_path, FILES, force=False)
    assert _there(tmp_path) == FILES
    assert tmp_path.stat().st_ino == before


def test_files_of_somebody_else_are_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    for force in (False, True):
        with pytest.raises(BadInputError, match="no export"):
            write(tmp_path, FILES, force=force)
    assert _there(tmp_path) == {"notes.txt": "mine"}
    with pytest.raises(BadInputError, match="not a folder"):
        write(tmp_path / "notes.txt", FILES, force=True)


def test_an_export_is_replaced_only_by_force_and_what_it_lost_goes(export: Path) -> None:
    with pytest.raises(BadInputError, match="--force"):
        write(export, FILES, force=False)
    fewer = {"README.md": "a\n", "plant-b/sims/new.yaml": "c\n"}
    assert write(export, fewer, force=True) == Written(1, 1, 2)
    assert _there(export) == fewer
    assert not (export / "plant-a").exists()


def test_an_export_that_is_the_same_touches_no_file(export: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in export.rglob("*")}
    assert write(export, FILES, force=True) == Written(0, 3, 0)
    assert {path: path.stat().st_mtime_ns for path in export.rglob("*")} == before


def test_files_that_people_added_stay_and_their_folders_too(export: Path) -> None:
    added = {".git/HEAD": "ref", "overlay/kustomization.yaml": "x", "plant-a/sims/OWNERS": "me"}
    for path, text in added.items():
        (export / path).parent.mkdir(exist_ok=True)
        (export / path).write_text(text, encoding="utf-8")
    write(export, {"README.md": "new\n"}, force=True)
    assert _there(export) == {"README.md": "new\n", **added}


def test_a_file_that_people_edited_is_not_replaced_unless_it_is_what_would_be_written(
    export: Path,
) -> None:
    edited = export / "plant-a/sims/pump.yaml"
    edited.write_text("edited\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=r"changed since.*plant-a/sims/pump\.yaml"):
        write(export, {"README.md": "new\n"}, force=True)
    assert _there(export)["README.md"] == "a\n"
    write(export, {**FILES, "plant-a/sims/pump.yaml": "edited\n"}, force=True)
    assert _there(export)["plant-a/sims/pump.yaml"] == "edited\n"


def test_a_file_in_the_way_of_a_new_one_is_refused(export: Path) -> None:
    (export / "plant-b").write_text("a file\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=r"in the way.*plant-b/sims/new\.yaml"):
        write(export, {**FILES, "plant-b/sims/new.yaml": "c\n"}, force=True)


def test_a_link_is_followed_nowhere(export: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "pump.yaml").write_text("b\n", encoding="utf-8")
    (outside / "gate.yaml").write_text("ü\n", encoding="utf-8")
    for file in (export / "plant-a/sims").iterdir():
        file.unlink()
    (export / "plant-a/sims").rmdir()
    (export / "plant-a/sims").symlink_to(outside)
    with pytest.raises(BadInputError, match="changed since"):
        write(export, {"README.md": "a\n"}, force=True)
    (export / "plant-a").rename(export / "plant-b")
    with pytest.raises(BadInputError, match="in the way"):
        write(export, {"plant-b/sims/new.yaml": "c\n"}, force=True)
    assert sorted(one.name for one in outside.iterdir()) == ["gate.yaml", "pump.yaml"]


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("no json", "cannot be read"),
        ('{"files": []}', "cannot be read"),
        ('{"files": {"../outside": "x"}}', "not in this folder"),
        ('{"files": {"/etc/passwd": "x"}}', "not in this folder"),
    ],
)
def test_a_list_of_files_that_cannot_be_believed_is_refused(
    export: Path, marker: str, said: str
) -> None:
    (export / MARKER).write_text(marker, encoding="utf-8")
    with pytest.raises(BadInputError, match=said):
        write(export, {}, force=True)
    assert _there(export) == FILES


NEW = {"README.md": "new\n", "plant-b/sims/new.yaml": "c\n", "plant-b/sims/other.yaml": "d\n"}


@pytest.mark.parametrize("survived", range(20))
def test_a_replacement_that_was_cut_short_is_completed_by_repeating_it(
    export: Path, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    steps = [0]

    def counted(act: Callable[..., object]) -> Callable[..., object]:
        def step(*args: object, **kwargs: object) -> object:
            steps[0] += 1
            if steps[0] > survived:
                raise OSError("no space left on the device")
            return act(*args, **kwargs)

        return step

    with monkeypatch.context() as patched:
        for name in ("replace", "unlink", "mkdir"):
            patched.setattr(Path, name, counted(getattr(Path, name)))
        try:
            write(export, NEW, force=True)
        except OSError:
            assert steps[0] > survived
    # Whatever is there is whole: an old file or a new one.
    for path, text in _there(export).items():
        assert text in (FILES.get(path), NEW.get(path))
    write(export, NEW, force=True)
    assert _there(export) == NEW
    write(export.parent / "fresh", NEW, force=False)
    assert (export / MARKER).read_bytes() == (export.parent / "fresh" / MARKER).read_bytes()
    assert not list(export.glob(".sim-operator-export.new*"))


def test_files_have_the_rights_that_the_user_gives_new_files(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "export", FILES, force=False)
    finally:
        os.umask(before)
    assert (tmp_path / "export").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "export/README.md").stat().st_mode & 0o777 == 0o640
