"""What runs elsewhere, where nobody here would see it fail: workflows, hooks, update bots."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
HOOKS = ROOT / ".pre-commit-config.yaml"
TARGETS = set(
    re.findall(r"^([a-z0-9-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def steps(workflow: Path) -> Iterator[dict[str, Any]]:
    for job in read(workflow)["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS),
        ("vendor.dependabot", [ROOT / ".github" / "dependabot.yml"]),
    ],
    ids=["workflows", "dependabot"],
)
def test_the_files_are_what_their_reader_takes(schema: str, files: list[Path]) -> None:
    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_one_version(workflow: Path) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used
    assert [one for one in used if not re.fullmatch(r"[\w./-]+@v\d+\.\d+\.\d+", one)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_job_has_few_rights_and_an_end(workflow: Path) -> None:
    assert read(workflow)["permissions"] == {"contents": "read"}
    assert [
        name for name, job in read(workflow)["jobs"].items() if "timeout-minutes" not in job
    ] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_target_that_is_made_exists(workflow: Path) -> None:
    scripts = "\n".join(step.get("run", "") for step in steps(workflow))
    made = {
        target for line in re.findall(r"\bmake ([a-z0-9 -]+)", scripts) for target in line.split()
    }
    assert made <= TARGETS


def test_the_end_to_end_test_meets_three_versions_of_kubernetes_pinned_by_content() -> None:
    nodes = read(ROOT / ".github" / "workflows" / "ci.yaml")["jobs"]["e2e"]["strategy"]["matrix"]
    versions = [
        re.fullmatch(r"kindest/node:v1\.(\d+)\.\d+@sha256:[0-9a-f]{64}", one)
        for one in nodes["node"]
    ]
    minors = sorted(int(one[1]) for one in versions if one is not None)
    assert minors == list(range(minors[0], minors[0] + 3))


def test_hooks_run_the_targets_that_ci_runs() -> None:
    hooks = [hook for repo in read(HOOKS)["repos"] for hook in repo["hooks"]]
    assert hooks
    for hook in hooks:
        tool, target = hook["entry"].split()
        assert (tool, hook["language"]) == ("make", "system")
        assert target in TARGETS
        re.compile(hook["files"])
