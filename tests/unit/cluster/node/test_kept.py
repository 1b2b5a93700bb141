import os
from pathlib import Path

import pytest

from tests.cluster import ClusterError
from tests.cluster.node.kept import KEPT, KEY_LENGTH, kept, key_of, key_of_files, size_of


def _write(path: Path) -> None:
    path.write_text("made", encoding="utf-8")


def test_a_key_changes_with_each_part_and_with_where_parts_end() -> None:
    keys = {key_of(("ab", "c")), key_of(("a", "bc")), key_of(("abc",)), key_of((b"abc", ""))}
    assert len(keys) == 4
    assert {len(key) for key in keys} == {KEY_LENGTH}


def test_a_key_of_files_changes_with_a_name_as_with_a_content(tmp_path: Path) -> None:
    first = tmp_path / "first"
    first.write_text("one", encoding="utf-8")
    before = key_of_files(tmp_path, [first])
    renamed = first.rename(tmp_path / "second")
    assert key_of_files(tmp_path, [renamed]) != before
    renamed.rename(first)
    assert key_of_files(tmp_path, [first]) == before
    first.write_text("two", encoding="utf-8")
    assert key_of_files(tmp_path, [first]) != before


def test_a_file_is_made_once(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(path: Path) -> None:
        made.append(path)
        _write(path)

    key = "0" * KEY_LENGTH
    assert kept(tmp_path, "image", key, make) == kept(tmp_path, "image", key, make)
    assert len(made) == 1
    assert made[0].name != f"image-{key}.tar"


def test_a_file_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    def fail(path: Path) -> None:
        _write(path)
        raise ClusterError("no")

    with pytest.raises(ClusterError, match="no"):
        kept(tmp_path, "image", "0" * KEY_LENGTH, fail)
    assert list(tmp_path.glob("*.tar*")) == []


def test_of_one_kind_only_the_newest_are_kept(tmp_path: Path) -> None:
    other = kept(tmp_path, "other", "f" * KEY_LENGTH, _write)
    for number in range(KEPT + 2):
        file = kept(tmp_path, "image", f"{number:0{KEY_LENGTH}}", _write)
        os.utime(file, (number, number))
    kept(tmp_path, "image", f"{0:0{KEY_LENGTH}}", _write)
    found = sorted(int(file.stem.removeprefix("image-")) for file in tmp_path.glob("image-*.tar"))
    assert found == [0, KEPT, KEPT + 1]
    assert other.exists()


def test_the_size_of_a_folder_counts_what_lies_deeper(tmp_path: Path) -> None:
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "deep" / "deeper" / "file").write_bytes(b"12345")
    (tmp_path / "file").write_bytes(b"123")
    assert size_of(tmp_path) == 8
