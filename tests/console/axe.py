"""axe-core, which finds what a screen reader or a person with weak sight would stumble over.

It is installed by npm at its pinned version into the user's cache, outside of the checkout, and
run by the browser's debugging protocol, which no policy of a page forbids.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.cluster.binaries import cache_root

_SOURCE = Path(__file__).parent / "axe"
_SECONDS = 300.0
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class AxeError(Exception):
    """It cannot be installed; the text says what to do, or what npm said."""


@cache
def script() -> str:
    """The text of axe-core.

    Raises:
        AxeError: there is no npm, or it failed.
    """
    if shutil.which("npm") is None:
        raise AxeError("There is no npm, which axe-core comes by: install Node.js 20 or newer.")
    lock = (_SOURCE / "package-lock.json").read_bytes()
    folder = cache_root(os.environ) / f"axe-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "node_modules/axe-core/axe.min.js"
    with (folder / "lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not file.exists():
            for one in ("package.json", "package-lock.json"):
                shutil.copy(_SOURCE / one, folder / one)
            done = subprocess.run(
                ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
            if done.returncode != 0:
                raise AxeError(f"npm ci failed:\n{done.stdout}{done.stderr}")
    return file.read_text(encoding="utf-8")


def complaints(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is now: rule, why, and where."""
    page.evaluate(script())
    found: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", _TAGS
    )
    return [
        f"{one['id']}: {one['help']}: {node['html'][:200]} ({node.get('failureSummary', '')})"
        for one in found["violations"]
        for node in one["nodes"]
    ]
