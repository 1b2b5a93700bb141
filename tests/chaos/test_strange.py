"""Strange objects, in strange orders: what comes out is what the oracle says."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import seed as seeded

from tests.chaos.conftest import Effort, chosen_effort, chosen_seed
from tests.chaos.history import History
from tests.chaos.promises import Told, kept
from tests.chaos.strange import CUSTOMERS, Plot, StrangeError
from tests.chaos.strange_courses import sequences
from tests.chaos.strange_hand import Hand
from tests.chaos.strange_steps import CARDS, PLACES, Put, Step
from tests.chaos.table import Tried
from tests.cluster import Cluster
from tests.integration.tenants import Tenants, opened
from tests.integration.world import World

_LONG = chosen_effort() is Effort.LONG
_COURSES, _STEPS, _BREATH = (10, 36, 6) if _LONG else (2, 12, 4)
_START = "2026-11-15T12:00:00Z"


@pytest.fixture(scope="module")
def world(
    cluster: Cluster, operator_kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Two customers with a few SIMs, three namespaces, and an operator that knows one endpoint."""
    folder = tmp_path_factory.mktemp("strange")
    options = {"oddities": False, "start_time": _START}
    neighbours = [place.removeprefix("-") for place in PLACES if place]
    with opened(
        cluster,
        operator_kubeconfig,
        folder,
        sims=CARDS,
        neighbours=neighbours,
        options=options,
    ) as made:
        made.simulator.quirks(v2_usage=True)
        Tenants(made).allow("b-client", "b-secret", CUSTOMERS["b"], CARDS)
        made.operator.set("clock_url", made.simulator.url)
        made.operator.start()
        yield made


@pytest.fixture
def hand(cluster: Cluster) -> Iterator[Hand]:
    made = Hand(cluster.kubeconfig)
    yield made
    made.close()


@pytest.fixture
def history(cluster: Cluster, world: World) -> Iterator[History]:
    with History(cluster, [f"{world.namespace}{place}" for place in PLACES]) as made:
        yield made


@pytest.mark.timeout(1200)
def test_strange_objects_end_where_the_oracle_says(
    world: World, hand: Hand, history: History, tried: Tried
) -> None:
    cards = [
        str(one["iccid"])
        for customer in CUSTOMERS.values()
        for one in world.simulator.sims(customer)
    ]
    broken: list[str] = []

    @seeded(chosen_seed())
    @settings(
        max_examples=_COURSES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(sequences(_STEPS, patient=_LONG))
    def course(steps: list[Step]) -> None:
        # Hypothesis begins with the plainest course there is, which is none.
        assume(sum(isinstance(step, Put) for step in steps) > _STEPS // 4)
        assume(len({str(step) for step in steps}) > _STEPS * 2 // 3)
        plot = Plot(world, hand, cards)
        try:
            with suppress(StrangeError), tried("strange objects", f"{_STEPS} steps"):
                try:
                    plot.run(steps, _BREATH)
                    if _LONG:
                        plot.again()
                except StrangeError as error:
                    broken.append(str(error))
                    raise
        finally:
            print("a course of strange objects:", *plot.told, sep="\n")
            plot.end()

    course()
    assert not broken, "\n\n".join(broken)
    kept(world, history, Told(requests_per_second=10))
