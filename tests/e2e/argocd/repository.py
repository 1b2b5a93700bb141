"""A Git repository on this machine, as a team has one: the chart, and manifests beside it."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

GIT_LIMIT_SECONDS: Final = 60.0
BRANCH: Final = "main"
PERSON: Final = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "A person"), ("EMAIL", "person@example.com"))
}
# Neither the settings of who runs the tests nor those of the machine.
ALONE: Final = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


class Repository:
    """Files are written and removed, then committed."""

    def __init__(self, folder: Path) -> None:
        """Make an empty one."""
        self.folder = folder
        folder.mkdir(parents=True)
        self._git("init", "--quiet", f"--initial-branch={BRANCH}")

    @property
    def url(self) -> str:
        """What Argo CD takes for its address."""
        return f"file://{self.folder}"

    def copy(self, source: Path, destination: str) -> None:
        """A folder with all that is in it."""
        shutil.copytree(source, self.folder / destination)

    def write(self, files: Mapping[str, str]) -> None:
        """Files by their path and content."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")

    def remove(self, *names: str) -> None:
        """Files that are there."""
        for name in names:
            (self.folder / name).unlink()

    def commit(self, subject: str) -> str:
        """Commit everything; the revision."""
        self._git("add", "--all")
        self._git("commit", "--quiet", f"--message={subject}")
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **PERSON, **ALONE},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GIT_LIMIT_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
        return done.stdout
