"""What is made once and kept in the cache, outside the checkout: images and what they grow on."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from tests.cluster.binaries import UNFINISHED, cache_root, locked

KEPT: Final = 3
KEY_LENGTH: Final = 12
Maker = Callable[[Path], None]


def image_folder(environ: Mapping[str, str]) -> Path:
    """Give the folder of images in the cache; it is there."""
    folder = cache_root(environ) / "images"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def key_of(parts: Iterable[str | bytes]) -> str:
    """Give a key that changes with any of the parts."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()[:KEY_LENGTH]


def key_of_files(root: Path, files: Iterable[Path]) -> str:
    """Give a key that changes with the name or the content of any of the files below the root."""
    parts: list[str | bytes] = []
    for file in sorted(files):
        parts += [str(file.relative_to(root)), file.read_bytes()]
    return key_of(parts)


def kept(folder: Path, stem: str, key: str, make: Maker) -> Path:
    """Give the file `stem-key.tar` of the folder; made under a lock where it is missing.

    It appears complete or not at all, and of two runs at once one makes it. Of a stem the newest
    three are kept.

    Raises:
        ClusterError: it cannot be made.
    """
    file = folder / f"{stem}-{key}.tar"
    with locked(folder / f"{stem}.lock", file.name):
        if not file.exists():
            unfinished = folder / f"{file.name}{UNFINISHED}{os.getpid()}"
            try:
                make(unfinished)
                unfinished.replace(file)
            finally:
                unfinished.unlink(missing_ok=True)
        os.utime(file)
        _forget_old(folder, stem)
    return file


def _forget_old(folder: Path, stem: str) -> None:
    pattern = f"{stem}-{'?' * KEY_LENGTH}.tar"
    newest_first = sorted(folder.glob(pattern), key=lambda one: one.stat().st_mtime, reverse=True)
    for old in newest_first[KEPT:]:
        old.unlink()


def size_of(folder: Path) -> int:
    """Give the bytes of all files below a folder."""
    return sum(
        (Path(root) / name).lstat().st_size for root, _, names in os.walk(folder) for name in names
    )


def forget(folder: Path) -> None:
    """Remove a folder of the cache."""
    shutil.rmtree(folder, ignore_errors=True)
