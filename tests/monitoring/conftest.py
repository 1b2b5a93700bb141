"""Prometheus itself, for tests of what it makes of our metrics."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

import pytest

from tests.integration.conftest import operator_kubeconfig
from tests.monitoring.programs import Programs, ensure_programs
from tests.monitoring.server import PrometheusProcess

__all__ = ["operator_kubeconfig"]

RunPrometheus = Callable[..., PrometheusProcess]


@pytest.fixture(scope="session")
def programs(request: pytest.FixtureRequest) -> Programs:
    """Prometheus and promtool."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    shown: AbstractContextManager[None] = (
        nullcontext() if capture is None else capture.global_and_fixture_disabled()
    )
    # A first fetch takes a while: whoever waits sees for what.
    with shown:
        return ensure_programs(os.environ)


@pytest.fixture(scope="module")
def run_prometheus(
    programs: Programs, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunPrometheus]:
    """Starts a Prometheus with the arguments of PrometheusProcess; it ends with the module."""
    with ExitStack() as stack:

        def run(**options: Any) -> PrometheusProcess:
            folder = tmp_path_factory.mktemp("prometheus")
            return stack.enter_context(PrometheusProcess(programs, folder, **options))

        yield run
