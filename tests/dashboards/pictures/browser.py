"""A headless Chromium that takes pictures of pages, and pngquant, which makes them small."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.debian import install

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PACKAGES = ("chromium", "fonts-dejavu-core", "pngquant")
_PICTURE_SECONDS = 120.0
_BUDGET_MILLISECONDS = 20_000


class BrowserError(Exception):
    """A program is missing, or gave no picture; the text says what to do, or what it said."""


@dataclass(frozen=True, slots=True)
class Browser:
    """The two programs."""

    chromium: Path
    pngquant: Path


def installed(environ: Mapping[str, str]) -> Browser:
    """Both programs, installed where one is missing and apt may install.

    Raises:
        NotInstallableError: one is missing, and nobody may install it here.
        InstallationError: it could not be installed.
        BrowserError: they are installed, and not on the path.
    """
    found = _found(environ)
    if found is not None:
        return found
    install(environ, *_PACKAGES)
    found = _found(environ)
    if found is None:
        raise BrowserError(f"{' '.join(_PACKAGES)} are installed, and not on the path")
    return found


def _found(environ: Mapping[str, str]) -> Browser | None:
    path = environ.get("PATH")
    browsers = [found for name in _NAMES if (found := shutil.which(name, path=path))]
    pngquant = shutil.which("pngquant", path=path)
    return Browser(Path(browsers[0]), Path(pngquant)) if browsers and pngquant else None


def take(browser: Browser, url: str, size: tuple[int, int], picture: Path) -> None:
    """Open a page, let everything in it come to rest, and save how it looks as a PNG.

    Raises:
        BrowserError: no picture was taken.
    """
    width, height = size
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [
                browser.chromium,
                "--headless=new",
                # Root has no sandbox of Chromium's; what is opened is our own page on loopback.
                *(["--no-sandbox"] if os.geteuid() == 0 else []),
                "--disable-gpu",
                "--disable-background-networking",
                "--hide-scrollbars",
                f"--user-data-dir={profile}",
                f"--window-size={width},{height}",
                f"--virtual-time-budget={_BUDGET_MILLISECONDS}",
                f"--screenshot={picture}",
                url,
            ],
            capture_output=True,
            text=True,
            timeout=_PICTURE_SECONDS,
            check=False,
        )
    if done.returncode != 0 or not picture.exists():
        raise BrowserError(f"Chromium took no picture of {url}:\n{done.stderr}")
    squeeze: list[str | Path] = [
        browser.pngquant,
        "--force",
        "--strip",
        "--speed=1",
        "--output",
        picture,
        picture,
    ]
    done = subprocess.run(
        squeeze, capture_output=True, text=True, timeout=_PICTURE_SECONDS, check=False
    )
    if done.returncode != 0:
        raise BrowserError(f"pngquant: {done.stderr}")
