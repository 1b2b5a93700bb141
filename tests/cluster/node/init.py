"""The first process of the node's namespaces: makes them fit, runs one command, reaps orphans.

Started by `keeper.py` as a script of its own. When it ends, all that runs in the namespaces ends.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

ENDS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# Programs of a node write to fixed places: each gets a folder of the node's own there.
OWN_FOLDERS: Final = {"lib": "/var/lib", "log": "/var/log"}


def run(*command: str) -> None:
    """Run a command that has to succeed."""
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def make_mounts(folder: Path) -> None:
    """Mount what must not be the machine's."""
    run("mount", "-t", "proc", "proc", "/proc")
    for name, place in OWN_FOLDERS.items():
        (folder / name).mkdir(exist_ok=True)
        run("mount", "--bind", str(folder / name), place)
    run("mount", "-t", "tmpfs", "-o", "mode=755", "node-run", "/run")
    # Volumes that the kubelet mounts later have to be seen by containers.
    run("mount", "--make-rshared", "/")


def make_network(address: str, services: str) -> None:
    """Give the node an address that pods reach; every packet between pods is routed by it."""
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", f"{address}/32", "dev", "lo")
    # Addresses of Services are nowhere: a route lets the firewall see what goes there.
    run("ip", "route", "add", services, "dev", "lo", "src", address)
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="ascii")


def reap_until(pid: int) -> int:
    """Wait for every child, adopted ones too, until the one with this id ends; its exit code."""
    while True:
        ended, status = os.wait()
        if ended == pid:
            return max(os.waitstatus_to_exitcode(status), -1) % 256


def main() -> int:
    """Make the namespaces fit and run the command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, required=True, help="where the node keeps its files")
    parser.add_argument("--host-name", required=True)
    parser.add_argument("--address", required=True, help="of the node")
    parser.add_argument("--services", required=True, help="range of the addresses of Services")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    folder, command = options.folder, options.command
    for number in ENDS:
        signal.signal(number, signal.SIG_IGN)  # the keeper decides
    # /proc is still the machine's: this is the id by which others can enter the namespaces.
    (folder / "pid").write_text(str(Path("/proc/self").readlink()), encoding="ascii")
    socket.sethostname(options.host_name)
    make_mounts(folder)
    make_network(options.address, options.services)
    return reap_until(os.posix_spawnp(command[0], command, os.environ, setsigdef=ENDS))


if __name__ == "__main__":
    sys.exit(main())
