"""Command line: `python -m tests.cluster up|build|tool|provider`."""

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import NoReturn

from tests.cluster import Cluster, ClusterError, Provider, choose, ensure_binaries, start
from tests.cluster.binaries import ensure_built
from tests.cluster.certificates import write_private
from tests.cluster.kubeconfig import CONTEXT, current_context
from tests.cluster.progress import say
from tests.cluster.tools import TOOLS

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Do what the arguments say; give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    up = verbs.add_parser("up", help="run a cluster until Ctrl-C or SIGTERM")
    up.add_argument("--kubeconfig", type=Path, required=True, help="file to write")
    up.add_argument("--workdir", type=Path, help="keep certificates, logs and data here")
    up.add_argument("--audit", action="store_true", help="write an audit log")
    verbs.add_parser("build", help="only build what the control plane needs")
    tool = verbs.add_parser("tool", help="build programs that are missing; print where they are")
    tool.add_argument("names", nargs="+", choices=sorted(TOOLS), metavar="NAME")
    verbs.add_parser("provider", help="say which cluster would be used, and why")
    options = parser.parse_args()
    try:
        match options.verb:
            case "up":
                return _up(options.kubeconfig, options.workdir, options.audit)
            case "build":
                return _build()
            case "tool":
                return _tools(options.names)
            case _:
                return _provider()
    except ClusterError as error:
        say(str(error))
        return 1


def _provider() -> int:
    choice = choose(os.environ)
    print(f"{choice.provider}: {choice.why}")
    for reason in choice.passed_over:
        print(f"  not {reason}")
    return 0


def _build() -> int:
    choice = choose(os.environ)
    if choice.provider in {Provider.BINARIES, Provider.BUILD}:
        binaries = ensure_binaries(choice.provider, os.environ)
        say(f"the control plane is in {binaries.controller_manager.parent}")
    else:
        say(f"nothing to build, the cluster comes from {choice.provider}")
    return 0


def _tools(names: list[str]) -> int:
    for name in names:
        print(ensure_built(TOOLS[name], os.environ))
    return 0


def _up(kubeconfig: Path, workdir: Path | None, audit: bool) -> int:
    _refuse_to_overwrite(kubeconfig)
    for number in ENDS:
        signal.signal(number, _end)
    cluster: Cluster | None = None
    try:
        cluster = start(audit=audit, workdir=workdir)
        kubeconfig.parent.mkdir(parents=True, exist_ok=True)
        write_private(kubeconfig, cluster.kubeconfig.read_bytes())
        say(f"export KUBECONFIG={kubeconfig.resolve()}")
        if cluster.audit_log is not None:
            say(f"audit log: {cluster.audit_log}")
        say("running until Ctrl-C")
        return _watch(cluster)
    finally:
        for number in ENDS:
            signal.signal(number, signal.SIG_IGN)
        if cluster is not None:
            say("stopping")
            cluster.stop()
            kubeconfig.unlink(missing_ok=True)
            say("stopped")


def _watch(cluster: Cluster) -> int:
    while (failure := cluster.failure()) is None:
        time.sleep(1)
    say(failure)
    return 1


def _refuse_to_overwrite(kubeconfig: Path) -> None:
    """A kubeconfig that a person wrote may hold the only way to a cluster."""
    own = CONTEXT.removesuffix("-test")
    if kubeconfig.exists() and own not in current_context(kubeconfig):
        raise ClusterError(f"{kubeconfig} exists and is not of this package; name another file")
    given = os.environ.get("SIM_OPERATOR_KUBECONFIG")
    if given and kubeconfig.exists() and kubeconfig.samefile(given):
        raise ClusterError(f"{kubeconfig} is the given kubeconfig; name another file")


def _end(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
