"""What the chapters share: how much is tried, with which seed, and the table of it."""

import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.gated import GatedWorld, gated
from tests.chaos.table import UNTIL, Tried
from tests.cluster import Cluster
from tests.integration.conftest import connections, operator_kubeconfig

__all__ = ["connections", "operator_kubeconfig"]


class Effort(StrEnum):
    """How much is tried: the short form is part of `make test`, the long one is `make chaos`."""

    SHORT = "short"
    LONG = "long"


def chosen_effort() -> Effort:
    """What CHAOS_EFFORT says, for what is decided when tests are collected."""
    return Effort(os.environ.get("CHAOS_EFFORT") or Effort.SHORT)


def chosen_seed() -> int:
    """What CHAOS_SEED says: one seed gives one course of events."""
    return int(os.environ.get("CHAOS_SEED") or 1)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: only where CHAOS_EFFORT is long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the long form does."""
    if chosen_effort() is Effort.LONG:
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say under a failure how to have it again."""
    report = yield
    if report.failed and Path(__file__).parent in item.path.parents:
        again = f"CHAOS_EFFORT={chosen_effort()} CHAOS_SEED={chosen_seed()} pytest '{item.nodeid}'"
        report.sections.append(("to run it again", again))
    return report


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Stop after this test where the time that was given is over."""
    until = float(os.environ.get(UNTIL) or 0)
    if until and time.time() > until:
        item.session.shouldstop = "the time is over"


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Tried:
    """`tried(chapter, what)`: a row of the table; as `with tried(…):` judged by its block."""
    return Tried(request.node)


@pytest.fixture(scope="session")
def effort() -> Effort:
    """How much is tried."""
    return chosen_effort()


@pytest.fixture(scope="session")
def seed() -> int:
    """Where chance begins."""
    return chosen_seed()


MakeGatedWorld = Callable[..., GatedWorld]


@pytest.fixture
def gated_world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path: Path
) -> Iterator[MakeGatedWorld]:
    """Makes worlds with gates (see `gated.gated`) that end with the test."""
    with ExitStack() as stack:

        def make(**options: Any) -> GatedWorld:
            return stack.enter_context(gated(cluster, operator_kubeconfig, tmp_path, **options))

        yield make
