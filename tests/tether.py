"""Runs a command that ends with its parent, also when that is killed: same process id, one exec.

For Python processes that need no folder swept and no grace; `tests/cluster/leash.py` does more. The
signal follows the thread that started the command, so start it from the main one.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

PR_SET_PDEATHSIG = 1


def tethered(command: Sequence[str]) -> list[str]:
    """The command, tied to whoever starts it."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *command]


def main() -> None:
    """Tie this process to its parent and become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            sys.exit("the parent is gone already")
    os.execvp(command[0], command)  # noqa: S606 - what a tether is for


if __name__ == "__main__":
    main()
