"""What stands on the stage: control plane, simulator, operator.

All of it gone when the demo ends.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.cluster import Cluster, apply, cluster, kubectl, service_account_kubeconfig
from tests.demo.front import Front, console_process, delivery_token, person_token
from tests.simulated import START_TIME, SimulatorProcess
from tests.tether import tethered

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".demo"
_FILES = ROOT / "charts" / "sim-operator" / "files"
ROLE = _FILES / "clusterrole.yaml"
CONSOLE_ROLE = _FILES / "console-clusterrole.yaml"
EXAMPLES = ROOT / "docs" / "examples"
SIMULATOR_PORT = 8089
METRICS_PORT = 8080
HOOKS_PORT = 8081
CONSOLE_PORT = 8082
CONSOLE_METRICS_PORT = 8083
HOOKS_PATH = "/hooks/1nce/sim-operator/default"
STREAMER = {"username": "streamer", "password": "demo-password", "interval_seconds": 900}
"""What account.yaml lets in; 1NCE sends use every quarter of an hour."""
SIMS = 60
_EXAMPLE_URL = f"http://127.0.0.1:{SIMULATOR_PORT}"
_STOP_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that runs, and how to reach it."""

    cluster: Cluster
    kubeconfig: Path
    simulator: SimulatorProcess
    operator: subprocess.Popen[bytes]
    metrics_url: str
    hooks_port: int
    log: Path
    front: Front


@contextmanager
def stage(say: Callable[[str], None]) -> Iterator[Stage]:
    """Set everything up, one step after the other, and take it down in reverse."""
    FOLDER.mkdir(exist_ok=True)
    with ExitStack() as stack:
        say("Starting a Kubernetes API server (etcd, kube-apiserver, kube-controller-manager)")
        control_plane = stack.enter_context(cluster())
        kubeconfig = _copied(control_plane.kubeconfig)
        say(f"Starting a simulated 1NCE with {SIMS} SIMs")
        simulator = stack.enter_context(
            SimulatorProcess(
                port=_free(SIMULATOR_PORT), sims=SIMS, seed=1, speed=60, start_time=START_TIME
            )
        )
        # 1NCE's documents list daily use for version 2; its published specification does not.
        simulator.quirks(v2_usage=True)
        say("Installing the CustomResourceDefinitions and the operator's own rights")
        apply(kubeconfig, ROOT / "crds")
        established = ("wait", "--for=condition=Established", "--timeout=30s")
        kubectl(kubeconfig, *established, "--filename", str(ROOT / "crds"))
        account = service_account_kubeconfig(
            control_plane, "sim-operator", "sim-operator", ROLE, FOLDER / "operator.kubeconfig"
        )
        front_account = service_account_kubeconfig(
            control_plane,
            "sim-operator",
            "sim-operator-console",
            CONSOLE_ROLE,
            FOLDER / "console.kubeconfig",
        )
        say("Starting the console, which keeps the history")
        front_port, front_metrics = _free(CONSOLE_PORT), _free(CONSOLE_METRICS_PORT)
        shown = console_process(front_account, front_port, front_metrics, FOLDER, simulator.url)
        url, token = f"http://127.0.0.1:{front_port}", person_token(kubeconfig)
        front = Front(url, token, *stack.enter_context(shown))
        say("Starting the operator, as its ServiceAccount")
        port, hooks_port = _free(METRICS_PORT), _free(HOOKS_PORT)
        log = FOLDER / "operator.log"
        history = {
            "SIM_OPERATOR_HISTORY_URL": front.url,
            "SIM_OPERATOR_HISTORY_TOKEN_FILE": str(delivery_token(kubeconfig, FOLDER)),
        }
        operator = stack.enter_context(
            _operator(account, simulator, port, hooks_port, log, history)
        )
        yield Stage(
            control_plane,
            kubeconfig,
            simulator,
            operator,
            f"http://127.0.0.1:{port}/metrics",
            hooks_port,
            log,
            front,
        )


def example(name: str, simulator: SimulatorProcess) -> list[dict[str, Any]]:
    """An example's manifests, with the address that the simulator really has."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    return list(yaml.safe_load_all(text.replace(_EXAMPLE_URL, simulator.url)))


@contextmanager
def _operator(
    kubeconfig: Path,
    simulator: SimulatorProcess,
    port: int,
    hooks_port: int,
    log: Path,
    history: dict[str, str],
) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "KUBECONFIG": str(kubeconfig),
        "SIM_OPERATOR_NAMESPACE": "sim-operator",
        "SIM_OPERATOR_DEFAULT_ACCOUNT": "sim-operator/default",
        "SIM_OPERATOR_ALLOWED_ENDPOINTS": simulator.url,
        "SIM_OPERATOR_METRICS_PORT": str(port),
        "SIM_OPERATOR_HOOKS_PORT": str(hooks_port),
        # A month passes in minutes here, for the operator as for the devices.
        "SIM_OPERATOR_CLOCK_URL": simulator.url,
        **history,
    }
    with log.open("wb") as out:
        command = [sys.executable, "-m", "sim_operator", "run"]
        process = subprocess.Popen(tethered(command), env=environment, stdout=out, stderr=out)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _copied(kubeconfig: Path) -> Path:
    """The kubeconfig under a name that is easy to type."""
    copy = FOLDER / "kubeconfig"
    copy.touch(mode=0o600)
    copy.write_bytes(kubeconfig.read_bytes())
    return copy


def _free(port: int) -> int:
    """The port, or another one where somebody has it already."""
    for candidate in (port, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise RuntimeError("no free port")
