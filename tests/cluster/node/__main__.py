"""Command line: `python -m tests.cluster.node up|build`."""

import argparse
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tests.cluster.errors import ClusterError
from tests.cluster.node import Node, operator_image, prepare_node, prometheus_image, start_node
from tests.cluster.node.images import pause_image
from tests.cluster.progress import say

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Do what the arguments say; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.node", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="run a node with the images until Ctrl-C or SIGTERM")
    up.add_argument("--workdir", type=Path, help="keep its files in a folder here")
    up.add_argument("--audit", action="store_true", help="keep an audit log")
    verbs.add_parser("build", help="only install and build what the node and the images need")
    options = parser.parse_args()
    try:
        if options.verb == "build":
            return _build()
        return _up(options.workdir, options.audit)
    except ClusterError as error:
        say(str(error))
        return 1


def _build() -> int:
    prepare_node()
    for image in (pause_image, operator_image, prometheus_image):
        print(image(os.environ).archive)
    return 0


def _up(workdir: Path | None, audit: bool) -> int:
    for number in ENDS:
        signal.signal(number, _end)
    node: Node | None = None
    try:
        prepare_node()
        images = (operator_image(os.environ), prometheus_image(os.environ))
        node = start_node(images, audit=audit, workdir=workdir)
        for image in images:
            say(f"image {image.name}")
        shell = node.inside(["env", f"KUBECONFIG={node.kubeconfig}", os.environ.get("SHELL", "sh")])
        say(f"a shell that reaches it: {shlex.join(shell)}")
        say("running until Ctrl-C")
        return _watch(node)
    finally:
        for number in ENDS:
            signal.signal(number, signal.SIG_IGN)
        if node is not None:
            say("stopping")
            node.stop()
            say("stopped")


def _watch(node: Node) -> int:
    while (failure := node.failure()) is None:
        time.sleep(1)
    say(failure)
    return 1


def _end(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
