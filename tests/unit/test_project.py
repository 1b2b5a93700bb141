"""Promises about the project itself that no other test would notice broken."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import sim_operator

ROOT = Path(__file__).resolve().parents[2]
LONGEST_MODULE = 300


def test_the_source_root_is_no_package_and_shadows_no_standard_module() -> None:
    assert not (ROOT / "operator" / "__init__.py").exists()
    script = "import operator, sys; print(operator.__file__)"
    found = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not found.stdout.startswith(str(ROOT))


def test_modules_stay_small() -> None:
    modules = Path(sim_operator.__file__).parents[1].rglob("*.py")
    long = {
        str(module.relative_to(ROOT)): lines
        for module in modules
        if (lines := len(module.read_text(encoding="utf-8").splitlines())) > LONGEST_MODULE
    }
    assert long == {}


def test_every_dependency_is_pinned_with_hashes_and_no_index_is_named() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=\[]", one)[0].lower() for one in project["dependencies"]}
    for name in ("run.txt", "dev.txt"):
        text = (ROOT / ".ci" / "requirements" / name).read_text(encoding="utf-8")
        pinned = dict(
            re.findall(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==([^ ;\\]+)", text, re.MULTILINE)
        )
        assert wanted <= pinned.keys(), f"{name} lacks {wanted - pinned.keys()}: make requirements"
        assert text.count("--hash=sha256:") >= len(pinned)
        assert "://" not in text


def test_the_changelog_speaks_of_the_present_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## Unreleased" in changelog
