"""Runs one command that must not outlive its owner, however the owner ends.

Started as a script of its own (`python -I -S leash.py ... -- COMMAND`). The owner holds the other
end of stdin: when that closes, also because the owner was killed, the command is ended. A parent
death signal in the owner would not do: it follows the thread that forked, not the process.
The command gets that signal from here, where there is one thread only, in case this is killed too.
"""

import argparse
import ctypes
import os
import select
import shutil
import signal
import sys
import time
from types import FrameType
from typing import Final, NoReturn

PR_SET_PDEATHSIG: Final = 1
POLL_SECONDS: Final = 0.05
LET_GO: Final = b"."
COULD_NOT_START: Final = 127


def become(command: list[str], leash_pid: int) -> NoReturn:
    """Turn this freshly forked process into the command."""
    try:
        os.setpgid(0, 0)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        if sys.platform == "linux":
            ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == leash_pid:
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.execvp(command[0], command)  # noqa: S606 (what a leash is for)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr, flush=True)
    os._exit(COULD_NOT_START)


def ended(pid: int) -> bool:
    """Tell whether the command has ended, and leave it to be reaped (its id stays its own)."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def signal_group(pid: int, number: int) -> None:
    """Signal the command and what it started."""
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        # Not yet a group leader, or (on some systems) already a zombie without a group.
        if not ended(pid):
            os.kill(pid, number)


def end(pid: int, grace: float) -> None:
    """Ask the command to end, wait for `grace` seconds, then kill what is left of its group."""
    signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while not ended(pid) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    signal_group(pid, signal.SIGKILL)


def watch(pid: int, wakeup: int) -> bool:
    """Wait until the command ends or has to; give whether the owner vanished."""
    while not ended(pid):
        readable, _, _ = select.select([0, wakeup], [], [])
        if 0 in readable:
            return os.read(0, 1) != LET_GO
        if signal.SIGTERM in os.read(wakeup, 64):
            return False
    return False


def noted(number: int, frame: FrameType | None) -> None:
    """Do nothing: the number arrives through the wakeup descriptor."""


def main() -> int:
    """Run the command to its end, or to that of the owner."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--grace", type=float, required=True, help="seconds between TERM and KILL")
    parser.add_argument("--sweep", help="folder to remove when the owner vanished")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    wakeup, note = os.pipe()
    os.set_blocking(note, False)
    signal.set_wakeup_fd(note, warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, noted)
    own = os.getpid()
    pid = os.fork()
    if pid == 0:
        become(options.command, own)
    orphaned = watch(pid, wakeup)
    end(pid, 0.0 if ended(pid) else options.grace)
    _, status = os.waitpid(pid, 0)
    if orphaned and options.sweep:
        shutil.rmtree(options.sweep, ignore_errors=True)
    return max(os.waitstatus_to_exitcode(status), -1) % 256


if __name__ == "__main__":
    sys.exit(main())
