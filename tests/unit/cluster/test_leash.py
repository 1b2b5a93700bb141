"""A command on a leash ends with its owner, whatever it does against that."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
import pytest

from tests.cluster.processes import LeashedProcess

ROOT: Final = Path(__file__).parents[3]
LIMIT_SECONDS: Final = 60.0
STUBBORN: Final = 'trap "" TERM; echo $$ > "$0.part"; mv "$0.part" "$0"; while :; do sleep 1; done'
OWNER: Final = """
import sys, time
from pathlib import Path
from tests.cluster.processes import LeashedProcess
pid, folder = sys.argv[1:]
leash = LeashedProcess(
    ["sh", "-c", sys.argv[0] and STUBBORN, pid],
    Path(folder, "log"), grace=0.2, sweep=Path(folder),
)
time.sleep(600)
"""


def read_pid(file: Path) -> int:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not file.exists():
        assert time.monotonic() < deadline, "the command has not started"
        time.sleep(0.05)
    return int(file.read_text(encoding="utf-8"))


@pytest.fixture
def stubborn(tmp_path: Path) -> Iterator[tuple[LeashedProcess, int]]:
    pid_file = tmp_path / "pid"
    command = ["sh", "-c", STUBBORN, str(pid_file)]
    process = LeashedProcess(command, tmp_path / "log", grace=0.2)
    yield process, read_pid(pid_file)
    process.stop()


def test_a_command_that_ignores_the_request_to_end_is_killed(
    stubborn: tuple[LeashedProcess, int],
) -> None:
    process, pid = stubborn
    process.stop()
    assert process.code is not None
    assert not psutil.pid_exists(pid)


def test_a_command_ends_when_its_leash_is_killed(stubborn: tuple[LeashedProcess, int]) -> None:
    process, pid = stubborn
    command = psutil.Process(pid)
    leash = command.parent()
    assert leash is not None
    leash.kill()
    assert psutil.wait_procs([command], timeout=LIMIT_SECONDS)[1] == []
    process.stop()


def test_a_command_ends_and_its_folder_goes_when_the_owner_is_killed(tmp_path: Path) -> None:
    pid_file, folder = tmp_path / "pid", tmp_path / "swept"
    folder.mkdir()
    script = OWNER.replace("sys.argv[0] and STUBBORN", repr(STUBBORN))
    command = [sys.executable, "-c", script, str(pid_file), str(folder)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ}) as owner:
        started = psutil.Process(read_pid(pid_file))
        leash = started.parent()
        assert leash is not None
        owner.kill()
    assert psutil.wait_procs([started, leash], timeout=LIMIT_SECONDS)[1] == []
    assert not folder.exists()


def test_a_program_that_is_not_there_is_named_in_the_log(tmp_path: Path) -> None:
    process = LeashedProcess(["no-such-program"], tmp_path / "log")
    deadline = time.monotonic() + LIMIT_SECONDS
    while process.code is None and time.monotonic() < deadline:
        time.sleep(0.05)
    process.stop()
    assert process.code == 127
    assert "no-such-program: No such file" in process.tail()
