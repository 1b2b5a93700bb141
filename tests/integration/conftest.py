"""Connections to the cluster: as the operator, with its ClusterRole only, and as a person."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sim_operator.kube.connection import ApiClient, connect
from tests.cluster import Cluster
from tests.cluster.access import service_account_kubeconfig
from tests.conftest import install
from tests.integration.history_worlds import recorded_world
from tests.integration.installing import bare_cluster
from tests.integration.operator_process import OperatorProcess
from tests.integration.policy_worlds import Fleet, Fleets, policy_world
from tests.integration.tenants import Tenant, Tenants, opened
from tests.integration.world import World, close_readers, remove_namespace
from tests.keeper import Keeper
from tests.simulated import SimulatorProcess

CLUSTER_ROLE = Path(__file__).parents[2] / "charts/sim-operator/files/clusterrole.yaml"
OPERATOR_NAMESPACE = "sim-operator-tests"


@asynccontextmanager
async def connected(kubeconfig: Path) -> AsyncIterator[ApiClient]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KUBECONFIG", str(kubeconfig))
        async with connect(user_agent="sim-operator-tests", timeout=20) as api:
            yield api


@pytest.fixture(scope="session")
def operator_kubeconfig(
    cluster: Cluster, crds: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    # The CRDs come first: whether a right has taken effect can be asked only for a known kind.
    destination = tmp_path_factory.mktemp("operator") / "kubeconfig"
    return service_account_kubeconfig(
        cluster, OPERATOR_NAMESPACE, "sim-operator", CLUSTER_ROLE, destination
    )


@dataclass(frozen=True)
class Alone:
    """A cluster that no other module's resources are in, and the operator's way into it."""

    cluster: Cluster
    operator_kubeconfig: Path


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """For tests that look at every namespace: what others left there would be found, too."""
    with bare_cluster() as found:
        install(found)
        destination = tmp_path_factory.mktemp("alone") / "kubeconfig"
        yield Alone(
            found,
            service_account_kubeconfig(
                found, OPERATOR_NAMESPACE, "sim-operator", CLUSTER_ROLE, destination
            ),
        )


@pytest.fixture
async def operator_api(operator_kubeconfig: Path) -> AsyncIterator[ApiClient]:
    async with connected(operator_kubeconfig) as api:
        yield api


@pytest.fixture
async def person_api(cluster: Cluster) -> AsyncIterator[ApiClient]:
    async with connected(cluster.kubeconfig) as api:
        yield api


@pytest.fixture(scope="session", autouse=True)
def connections() -> Iterator[None]:
    """What worlds read through is closed with the session."""
    yield
    close_readers()


MakeWorld = Callable[..., World]


@pytest.fixture
def make_world(
    cluster: Cluster, operator_kubeconfig: Path, namespace: str, tmp_path: Path
) -> Iterator[MakeWorld]:
    """Worlds with SIMs of their own; everything that runs in them ends with the test."""
    with ExitStack() as stack:
        stack.callback(remove_namespace, cluster, namespace)

        def make(
            sims: int = 10,
            *,
            start: bool = True,
            operator: Mapping[str, str] | None = None,
            **options: Any,
        ) -> World:
            simulator = stack.enter_context(SimulatorProcess(sims=sims, **options))
            process = OperatorProcess(
                operator_kubeconfig,
                tmp_path / "operator.log",
                {
                    "namespace": namespace,
                    "watch_namespaces": namespace,
                    "default_account": f"{namespace}/default",
                    "allowed_endpoints": simulator.url,
                    "log_level": "INFO",
                    **(operator or {}),
                },
            )
            stack.callback(process.kill)
            world = World(cluster, namespace, simulator, process, tmp_path)
            world.iccids = [str(one["iccid"]) for one in simulator.sims()]
            if start:
                process.start()
            return world

        yield make


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """Ten SIMs, their account, and the operator at work."""
    made = make_world()
    made.account()
    made.until_reason("default", "Reconciled", kind="simaccount")
    return made


@pytest.fixture(scope="module")
def tenants(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tenants]:
    """Several customers of one simulated 1NCE under one operator, for a module's tests."""
    with opened(cluster, operator_kubeconfig, tmp_path_factory.mktemp("tenants")) as world:
        world.operator.start()
        yield Tenants(world)


@pytest.fixture
def tenant(tenants: Tenants) -> Iterator[Tenant]:
    """A customer that no other test has."""
    made = tenants.new()
    yield made
    made.kubectl("delete", "sims,simaccounts", "--all", "--wait=false")


@pytest.fixture(scope="module")
def fleets(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Fleets]:
    """One operator and one simulated 1NCE for the policies of a module's tests."""
    with policy_world(cluster, operator_kubeconfig, tmp_path_factory.mktemp("policies")) as made:
        yield made


@pytest.fixture
def fleet(fleets: Fleets) -> Iterator[Fleet]:
    """SIMs and policies that no other test has."""
    made = fleets.new()
    yield made
    made.end()


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    """A keeper of the history."""
    with Keeper("canary-9f8e7d6c5b4a") as started:
        yield started


@pytest.fixture
def token_file(keeper: Keeper, tmp_path: Path) -> Path:
    """Where the operator finds what it shows to the keeper."""
    file = tmp_path / "token"
    file.write_text(str(keeper.token), encoding="utf-8")
    return file


@pytest.fixture
def recorded(make_world: MakeWorld, keeper: Keeper, token_file: Path) -> World:
    """A world whose operator, not started yet, delivers to the keeper."""
    return recorded_world(make_world, keeper, token_file)
