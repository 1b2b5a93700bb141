"""Before the story: whatever ends a node of this machine, nothing of it stays."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from tests.cluster.node import footprint, leftovers, look_at_machine
from tests.cluster.node.images import ROOT
from tests.cluster.node.place import Place
from tests.e2e.ground import is_kind, prepare

START_LIMIT_SECONDS = 120
END_LIMIT_SECONDS = 45
Found = TypeVar("Found")

pytestmark = pytest.mark.skipif(is_kind(os.environ), reason="kind gives the node")


@pytest.mark.parametrize(
    ("number", "when_ready", "because"),
    [
        (signal.SIGTERM, True, "an orderly end"),
        (signal.SIGKILL, True, "its owner is killed and cleans nothing up"),
        (signal.SIGKILL, False, "it is killed half-started"),
    ],
)
def test_a_node_leaves_nothing_behind_however_its_owner_ends(
    tmp_path: Path, number: signal.Signals, when_ready: bool, because: str
) -> None:
    prepare()
    before = look_at_machine()
    command = [sys.executable, "-m", "tests.cluster.node", "up", "--workdir", str(tmp_path)]
    owner = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL)
    try:
        place = _wait(lambda: _place(tmp_path), owner, "its first process runs")
        if when_ready:
            _wait(place.ready.exists, owner, "it is ready")
        of = footprint(place, before)
        assert leftovers(of, time.time()), "a node that runs has to be seen"
        stopped_at = time.time()
        owner.send_signal(number)
        owner.wait(END_LIMIT_SECONDS)
    finally:
        if owner.poll() is None:
            owner.terminate()
            owner.wait(END_LIMIT_SECONDS)
    # A folder that was asked for is kept; all else has to go, a killed owner's within seconds.
    elsewhere = replace(of, folder=tmp_path / "nowhere")
    deadline = time.monotonic() + END_LIMIT_SECONDS
    while (left := leftovers(elsewhere, stopped_at)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == (), because
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    assert str(tmp_path) not in mounts


def _place(workdir: Path) -> Place | None:
    for pid in workdir.glob("*/pid"):
        if pid.read_text(encoding="ascii"):
            return Place(pid.parent)
    return None


def _wait(found: Callable[[], Found | None], owner: subprocess.Popen[bytes], what: str) -> Found:
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while not (it := found()):
        assert owner.poll() is None, f"the owner ended with code {owner.returncode}"
        assert time.monotonic() < deadline, f"not within {START_LIMIT_SECONDS} s: {what}"
        time.sleep(0.1)
    return it
