"""Argo CD's own evaluator on real objects in every state."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.e2e.argocd.argo import HEALTH_CHECKS
from tests.e2e.argocd.programs import Programs
from tests.gitops.expected import STATES
from tests.gitops.lua import Health, health
from tests.integration.world import Json

ANSWER = re.compile(r"^STATUS: (.*)\nMESSAGE: (.*)$", re.MULTILINE)
LIMIT_SECONDS = 60.0
DELETING = Health("Progressing", "Pending deletion")


def evaluated(programs: Programs, obj: Json, folder: Path) -> Health:
    """What `argocd admin` says of an object, by the ConfigMap of the documentation."""
    file, nowhere = folder / "object.yaml", folder / "kubeconfig"
    file.write_text(yaml.safe_dump(obj), encoding="utf-8")
    nowhere.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config"}), encoding="utf-8")
    command = ["admin", "settings", "resource-overrides", "health", str(file)]
    done = subprocess.run(
        [str(programs.argocd), *command, f"--argocd-cm-path={HEALTH_CHECKS}"],
        env={"KUBECONFIG": str(nowhere), "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    answer = ANSWER.search(done.stdout)
    assert answer is not None, f"{done.stdout}\n{done.stderr}"
    return Health(answer[1], answer[2])


@pytest.mark.parametrize("title", STATES)
def test_argo_cd_says_of_each_state_what_a_person_would_say(
    title: str, objects: dict[str, Json], programs: Programs, tmp_path: Path
) -> None:
    found = evaluated(programs, objects[title], tmp_path)
    assert found.status == STATES[title].health, STATES[title].because
    deleting = "deletionTimestamp" in objects[title]["metadata"]
    assert found == (DELETING if deleting else health(objects[title]))


def test_the_chart_makes_the_same_checks_as_the_documentation_shows(
    health_checks: dict[str, str],
) -> None:
    assert health_checks == yaml.safe_load(HEALTH_CHECKS.read_text(encoding="utf-8"))["data"]
