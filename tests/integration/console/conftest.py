"""One ServiceAccount for all consoles, and a namespace with a person in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cluster import Cluster, kubectl
from tests.integration.conftest import OPERATOR_NAMESPACE
from tests.integration.console.console_process import ConsoleProcess
from tests.integration.console.people import READS, Person, console_kubeconfig, person
from tests.integration.world import World
from tests.simulated import START_TIME


@pytest.fixture(scope="session")
def kubeconfig(
    cluster: Cluster, crds: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The console's own."""
    return console_kubeconfig(cluster, tmp_path_factory.mktemp("console"))


@pytest.fixture
def owner(cluster: Cluster, namespace: str) -> Person:
    """Somebody who may read and change the SIMs of the namespace."""
    return person(cluster, namespace, *READS, "create", "patch", "update")


@pytest.fixture
def whole(
    kubeconfig: Path, make_world: Callable[..., World], tmp_path: Path
) -> Iterator[tuple[World, ConsoleProcess]]:
    """The world, not started yet, and a console that its operator delivers to.

    Time stands still unless a test moves it. The history is a file in `tmp_path`.
    """
    world = make_world(start=False, speed=0, start_time=START_TIME, oddities=False, rate_limit=0)
    token = tmp_path / "token"
    token.write_text(
        kubectl(
            world.cluster.kubeconfig,
            *("create", "token", "sim-operator", f"--namespace={OPERATOR_NAMESPACE}"),
            "--audience=sim-operator-history",
        ).strip()
    )
    process = ConsoleProcess(
        kubeconfig,
        tmp_path / "console.log",
        {
            "watch_namespaces": world.namespace,
            "database_url": f"sqlite:///{tmp_path}/history.db",
            "recorder": f"system:serviceaccount:{OPERATOR_NAMESPACE}:sim-operator",
            "clock_url": world.simulator.url,
        },
    )
    for name, value in (
        ("history_url", process.url),
        ("history_token_file", str(token)),
        ("clock_url", world.simulator.url),
        ("leader_election", "false"),
    ):
        world.operator.set(name, value)
    with process:
        yield world, process
