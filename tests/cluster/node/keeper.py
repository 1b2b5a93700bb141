"""Keeps the namespaces of one node, and takes away what they leave.

`python -m tests.cluster.node.keeper ...`, on a leash. The node lives in process, mount, network,
host name and IPC namespaces of its own: when the first process of these is killed, the kernel ends
all others, unmounts all mounts and removes all links and firewall rules.
"""

import argparse
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Final

from tests.cluster.commandlines import SERVICE_RANGE
from tests.cluster.node import cgroups
from tests.cluster.node.place import ADDRESS, HOST_NAME

INIT: Final = Path(__file__).with_name("init.py")
NAMESPACES: Final = (
    *("setpriv", "--pdeathsig", "KILL"),  # it ends with this process, also when that is killed
    *("unshare", "--mount", "--propagation", "private", "--net", "--uts", "--ipc"),
    *("--pid", "--fork", "--kill-child=KILL", "--"),
)


class ToldToEndError(Exception):
    """This process was told to end."""


def end(number: int, frame: FrameType | None) -> None:
    """Leave what is being waited for."""
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise ToldToEndError


def _init(folder: str) -> list[str]:
    return [
        *(sys.executable, "-I", "-S", str(INIT)),
        *("--folder", folder, "--host-name", HOST_NAME),
        *("--address", ADDRESS, "--services", SERVICE_RANGE),
    ]


def main() -> int:
    """Run a command as the only one that the node's first process starts; give its exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--name", required=True, help="of the node's control groups")
    parser.add_argument("--folder", required=True, help="where the node keeps its files")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    first: subprocess.Popen[bytes] | None = None
    code = 0
    try:
        cgroups.make(options.name)
        first = subprocess.Popen([*NAMESPACES, *_init(options.folder), "--", *options.command])
        code = first.wait()
    except ToldToEndError:
        print("keeper: told to end", file=sys.stderr, flush=True)
    finally:
        if first is not None:
            first.kill()
            first.wait()
        cgroups.remove(options.name)
    return max(code, -1) % 256


if __name__ == "__main__":
    sys.exit(main())
