import re
import tomllib
from pathlib import Path

from tests.cluster.node.images import INPUTS, ROOT, _operator_inputs

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LET_IN = [
    line.removeprefix("!")
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    if line.startswith("!")
]


def test_the_key_of_the_image_covers_every_file_that_a_build_can_see() -> None:
    covered = {str(file.relative_to(ROOT)) for file in _operator_inputs()}
    for name in LET_IN:
        files = [ROOT / name] if (ROOT / name).is_file() else _files(ROOT / name)
        assert files, f".dockerignore lets {name} in, which is not there"
        for file in files:
            assert str(file.relative_to(ROOT)) in covered
    assert set(LET_IN) | {"Dockerfile", ".dockerignore"} == {*INPUTS, "operator"}


def _files(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file() and "__pycache__" not in one.parts]


def test_the_version_in_the_labels_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"ARG VERSION={project['version']}\n" in DOCKERFILE
    assert f'description="{project["description"]}"' in DOCKERFILE


def test_the_image_runs_as_a_number_that_is_not_root_and_needs_no_shell() -> None:
    final = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER 65532:65532\n" in final
    assert '\nENTRYPOINT ["sim-operator"]\n' in final
    assert "\nRUN " not in final
    assert "HEALTHCHECK" not in DOCKERFILE


def test_every_stage_grows_on_the_base_that_can_be_replaced() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert bases == ["${BASE_IMAGE}", "dependencies", "${BASE_IMAGE}"]
    default = re.search(r"^ARG BASE_IMAGE=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert default is not None
    assert re.fullmatch(r"python:\d+\.\d+\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", default[1])


def test_the_file_that_a_default_copy_of_docker_would_need_is_not_asked_for() -> None:
    """A `# syntax=` line would fetch an image before the build begins."""
    assert "syntax=" not in DOCKERFILE
