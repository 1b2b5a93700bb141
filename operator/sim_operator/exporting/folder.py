"""An export as files of a folder, which may hold other people's files too.

A folder that is new appears complete, by one rename. One that holds an earlier export is replaced
file by file, and only those files that a list in it says were exported, as they were exported:
what somebody edited or added is theirs. All new files lie in the folder before the first one takes
its place; a replacement that was interrupted is completed by repeating it.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sim_operator.exporting.complaints import BadInputError

MARKER: Final = ".sim-operator-export.json"
_STAGE: Final = ".sim-operator-export.new"
_SHOWN: Final = 5

Files = Mapping[str, str]
"""Texts by path."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a write came to."""

    written: int
    unchanged: int
    removed: int


@dataclass(slots=True)
class _Marker:
    """Which files were exported: the hashes of their contents by path.

    Two while a replacement is under way, and both are ours.
    """

    files: dict[str, list[str]] = field(default_factory=dict)

    def text(self) -> str:
        """As it stands in the folder; nothing of it moves by itself."""
        files = {path: " ".join(hashes) for path, hashes in sorted(self.files.items())}
        told = {"writtenBy": "sim-operator export", "files": files}
        return json.dumps(told, indent=1) + "\n"


def write(folder: Path, files: Files, *, force: bool) -> Written:
    """Make the folder hold these files.

    Raises:
        BadInputError: something is in the way that was not exported, or may not be replaced.
        OSError: the folder cannot be written.
    """
    folder = folder.resolve()
    if folder.exists() and not folder.is_dir():
        raise BadInputError(f"{folder} is not a folder.")
    if not folder.is_dir():
        _appear(folder, files)
        return Written(len(files), 0, 0)
    if not any(folder.iterdir()):
        # Not by a rename: somebody may stand in it.
        _swap(folder, files, (), _Marker(), _marker_of(files))
        return Written(len(files), 0, 0)
    return _replace(folder, files, force=force)


def _appear(folder: Path, files: Files) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as aside:
        made = Path(aside) / folder.name
        made.mkdir()
        _put(made, {**files, MARKER: _marker_of(files).text()})
        made.rename(folder)


def _replace(folder: Path, files: Files, *, force: bool) -> Written:
    before = _read_marker(folder)
    if before is None:
        raise BadInputError(
            f"{folder} holds files that are no export: name a folder that is new or empty."
        )
    if not force:
        raise BadInputError(
            f"{folder} holds an export already: --force replaces the files of that export, and no "
            "other."
        )
    old = {path: hash_ for path in before.files if (hash_ := _hash_of(folder, path)) is not None}
    after = _marker_of(files)
    _refuse(
        (
            path
            for path, hash_ in old.items()
            if hash_ not in (*before.files[path], *after.files.get(path, ()))
        ),
        f"{folder}: changed since they were exported, and so not replaced",
    )
    _refuse(
        (path for path in files if path not in before.files and _is_there(folder, path)),
        f"{folder}: in the way, and not exported by this command",
    )
    changed = {path: text for path, text in files.items() if old.get(path) != after.files[path][0]}
    gone = [path for path in old if path not in files]
    if changed or gone or before != after:
        _swap(folder, changed, gone, before, after)
    return Written(len(changed), len(files) - len(changed), len(gone))


def _swap(
    folder: Path, changed: Files, gone: Iterable[str], before: _Marker, after: _Marker
) -> None:
    stage = folder / _STAGE
    shutil.rmtree(stage, ignore_errors=True)
    try:
        stage.mkdir()
        both = {
            path: sorted({*before.files.get(path, ()), *after.files.get(path, ())})
            for path in before.files.keys() | after.files.keys()
        }
        _put(stage, {**changed, f"{MARKER}.both": _Marker(both).text(), MARKER: after.text()})
        (stage / f"{MARKER}.both").replace(folder / MARKER)
        for path in changed:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (stage / path).replace(folder / path)
        for path in gone:
            (folder / path).unlink()
            _tidy(folder, path)
        (stage / MARKER).replace(folder / MARKER)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _put(folder: Path, files: Files) -> None:
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)


def _tidy(folder: Path, path: str) -> None:
    """Remove the folders that lost their last file."""
    for parent in list((folder / path).relative_to(folder).parents)[:-1]:
        if any((folder / parent).iterdir()):
            return
        (folder / parent).rmdir()


def _marker_of(files: Files) -> _Marker:
    return _Marker({path: [_hash(text.encode())] for path, text in files.items()})


def _read_marker(folder: Path) -> _Marker | None:
    try:
        told: Any = json.loads((folder / MARKER).read_text(encoding="utf-8"))
        files = {str(path): str(hashes).split() for path, hashes in told["files"].items()}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInputError(
            f"{folder / MARKER} cannot be read, so nobody knows which files were exported: name "
            "another folder."
        ) from error
    _refuse(
        (path for path in files if not _is_inside(path)), f"{folder / MARKER}: not in this folder"
    )
    return _Marker(files)


def _is_inside(path: str) -> bool:
    pure = PurePosixPath(path)
    return bool(path) and not pure.is_absolute() and ".." not in pure.parts


def _is_there(folder: Path, path: str) -> bool:
    """Whether something stands at a path, or at what would have to be a folder of it."""
    pure = PurePosixPath(path)
    if os.path.lexists(folder / pure):
        return True
    above = [folder / parent for parent in pure.parents][:-1]
    return any(os.path.lexists(one) and (one.is_symlink() or not one.is_dir()) for one in above)


def _hash_of(folder: Path, path: str) -> str | None:
    """Of a file that is there; None where it is not. A link is nobody's export."""
    target = folder / path
    if any((folder / parent).is_symlink() for parent in [PurePosixPath(path), *_above(path)]):
        return ""
    return _hash(target.read_bytes()) if target.is_file() else None


def _above(path: str) -> Iterator[PurePosixPath]:
    yield from list(PurePosixPath(path).parents)[:-1]


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _refuse(paths: Iterable[str], why: str) -> None:
    found = sorted(paths)
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise BadInputError(f"{why}: {', '.join(found[:_SHOWN])}{more}. Move or delete them first.")
