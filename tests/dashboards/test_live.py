"""Every query against a Prometheus that scrapes two replicas of the operator at work."""

import math
import time
from collections.abc import Iterator

import pytest

from tests.dashboards.conftest import JOB
from tests.dashboards.reading import (
    Asked,
    filled_in,
    label_values,
    pages,
    parts,
    queries,
    selectors,
    variables,
)
from tests.dashboards.test_queries import PER_SIM
from tests.dashboards.world import SIMS, SUSPENDED, WARNED, FleetWorld
from tests.monitoring.server import PrometheusProcess

_PATIENCE = 45.0
_WINDOW, _STEP = 60.0, 2.0
_MEBI = 2**20
_ALL = {"cluster": ".*", "account": ".*", "policy": ".*"}

pytestmark = pytest.mark.timeout(300)


def _chosen(world: FleetWorld, asked: Asked) -> list[dict[str, str]]:
    """The variables of a page, as Grafana fills them in; a page of one SIM is seen for two."""
    if asked.page == "sim":
        sims = (WARNED, SUSPENDED)
        return [_ALL | {"namespace": world.plant.namespace, "sim": sim} for sim in sims]
    several = f"({'|'.join(world.namespaces)})"
    return [_ALL | {"namespace": several, "job": JOB}]


def _known(prometheus: PrometheusProcess, expr: str, *, instant: bool) -> list[float]:
    """The values that a panel would show; NaN is none."""
    if instant:
        found = [sample.value for sample in prometheus.query(expr)]
    else:
        now = time.time()
        ranges = prometheus.query_range(expr, now - _WINDOW, now, _STEP)
        found = [sample.value for series in ranges for sample in series]
    return [value for value in found if math.isfinite(value)]


def _silent(prometheus: PrometheusProcess, world: FleetWorld, asking: list[Asked]) -> Iterator[str]:
    """The queries, or the parts of them, that give nothing for any choice of variables."""
    for asked in asking:
        choices = [parts(filled_in(asked.expr, one)) for one in _chosen(world, asked)]
        for variants in zip(*choices, strict=True):
            if not any(_known(prometheus, one, instant=asked.instant) for one in variants):
                yield f"{asked}: {variants[0]}"


def _until_all_tell(
    prometheus: PrometheusProcess, world: FleetWorld, asking: list[Asked]
) -> list[str]:
    """Wait until nothing is silent; what still is."""
    deadline = time.monotonic() + _PATIENCE
    while (silent := list(_silent(prometheus, world, asking))) and time.monotonic() < deadline:
        time.sleep(1.0)
    return silent


def _figure(prometheus: PrometheusProcess, world: FleetWorld, panel: str) -> float:
    (asked,) = (one for one in queries() if one.page == "fleet" and one.panel == panel)
    chosen = _chosen(world, asked)[0] | {"account": world.account}
    found = prometheus.query(filled_in(asked.expr, chosen))
    return found[0].value if found else math.nan


def test_every_query_of_every_panel_returns_data(
    prometheus: PrometheusProcess, world: FleetWorld
) -> None:
    assert _until_all_tell(prometheus, world, queries()) == []


def test_every_count_counts_something(prometheus: PrometheusProcess, world: FleetWorld) -> None:
    counts = [one for one in queries() if one.kind == "stat" and one.page in ("fleet", "quotas")]

    def zeros() -> list[str]:
        asked = ((one, filled_in(one.expr, _chosen(world, one)[0])) for one in counts)
        return [
            str(one)
            for one, expr in asked
            if not any(sample.value > 0 for sample in prometheus.query(expr))
        ]

    deadline = time.monotonic() + _PATIENCE
    while zeros() and time.monotonic() < deadline:
        time.sleep(1.0)
    assert zeros() == []


@pytest.mark.parametrize("page", sorted(pages()))
def test_every_variable_has_values_to_choose_from(
    prometheus: PrometheusProcess, world: FleetWorld, page: str
) -> None:
    chosen = _ALL | {"namespace": world.plant.namespace, "job": JOB}
    for variable in variables(pages()[page]).values():
        if variable["type"] != "query" or variable["name"] == "cluster":
            continue
        series, label = label_values(variable)
        found = prometheus.query(f"group by ({label}) ({filled_in(series, chosen)})")
        assert [one for one in found if one.labels.get(label)]


def test_the_four_numbers_are_those_of_1nce(
    prometheus: PrometheusProcess, world: FleetWorld
) -> None:
    def told() -> dict[str, float]:
        titles = ("Total SIMs", "Active SIMs", "Data used", "SMS sent")
        return {title: _figure(prometheus, world, title) for title in titles}

    def true() -> dict[str, float]:
        sims = world.simulator.sims()
        # Of a SIM that was suspended from the beginning nothing was ever read.
        read = {iccid for name, iccid in world.iccids.items() if name != SUSPENDED}
        gone = {"data": 0.0, "sms": 0.0}
        for sim in sims:
            for service, quota in sim["quota"].items():
                if sim["iccid"] in read:
                    gone[service] += quota["total"] - quota["remaining"]
        return {
            "Total SIMs": len(sims),
            "Active SIMs": sum(sim["status"] == "Enabled" for sim in sims),
            "Data used": gone["data"] * _MEBI,
            "SMS sent": gone["sms"],
        }

    assert true()["Total SIMs"] == SIMS
    deadline = time.monotonic() + _PATIENCE
    # What is left is read every few seconds, and devices go on meanwhile.
    while told() != pytest.approx(true(), rel=0.01) and time.monotonic() < deadline:
        time.sleep(1.0)
    assert told() == pytest.approx(true(), rel=0.01)


def test_after_a_hand_over_nothing_counts_twice_and_the_sums_need_no_series_per_sim(
    prometheus: PrometheusProcess, world: FleetWorld
) -> None:
    begun = time.time()
    world.leader().stop()
    world.leader()
    prometheus.until(lambda: not prometheus.query("sim_info"), "the old replica is forgotten")
    sums = [
        asked
        for asked in queries()
        if asked.page == "fleet" and not {str(one.name) for one in selectors(asked.expr)} & PER_SIM
    ]
    assert _until_all_tell(prometheus, world, sums) == []
    (total,) = (one for one in queries() if one.panel == "Total SIMs")
    expr = filled_in(total.expr, _chosen(world, total)[0] | {"account": world.account})
    counted = prometheus.query_range(expr, begun, time.time(), 1.0)
    assert {sample.value for series in counted for sample in series} == {SIMS}
