"""The REST API keeps to its own description, whatever it is asked."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from sim_operator.console.application import routes
from tests.cluster import Cluster, apply, kubectl
from tests.integration.console.console_process import ConsoleProcess
from tests.integration.console.people import READS, Person, person, sim

pytestmark = pytest.mark.cluster

NAMESPACE = "console-contract"


description = schemathesis.openapi.from_dict(routes().openapi())


@pytest.fixture(scope="module")
def console(
    cluster: Cluster, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ConsoleProcess]:
    """A console that runs as a process, with a history and some SIMs."""
    kubectl(cluster.kubeconfig, "create", "namespace", NAMESPACE)
    names = ("pump-1", "pump-2", "pump-3")
    apply(cluster.kubeconfig, [sim(NAMESPACE, name, 77_000 + i) for i, name in enumerate(names)])
    folder = tmp_path_factory.mktemp("contract")
    environment = {"database_url": f"sqlite:///{folder}/history.db"}
    with ConsoleProcess(kubeconfig, folder / "console.log", environment) as process:
        yield process
        assert "Traceback" not in process.text(), process.text()
        assert process.stop() == 0
    kubectl(cluster.kubeconfig, "delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture
def somebody(cluster: Cluster) -> Person:
    """Somebody new for each operation: one alone would ask too often."""
    return person(cluster, NAMESPACE, *READS, "patch")


@description.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_answer_is_one_that_the_description_has(
    case: schemathesis.Case[Any], console: ConsoleProcess, somebody: Person
) -> None:
    case.call_and_validate(
        base_url=console.url,
        headers={"Authorization": f"Bearer {_token(somebody)}"},
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )


_TOKENS: dict[str, str] = {}


def _token(who: Person) -> str:
    if who.name not in _TOKENS:
        _TOKENS[who.name] = who.token()
    return _TOKENS[who.name]
