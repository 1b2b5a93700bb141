"""Which series are looked for, and what is made of their absence."""

from dataclasses import dataclass, field

import httpx
import pytest

from sim_operator.domain.resources import Key
from sim_operator.installing import web
from sim_operator.installing.arrivals import (
    LEADING,
    SIM_COUNT,
    ArrivalCheck,
    PerSim,
    Series,
    of_account,
    of_sim,
)
from sim_operator.installing.metrics_page import MetricsPage
from sim_operator.installing.prometheus import Prometheus
from sim_operator.telemetry.metrics import TABLE

SIM = of_sim(Key("plant-a", "pump"))
LEADER = """
# HELP sim_operator_leader 1 while this process holds the Lease.
# TYPE sim_operator_leader gauge
sim_operator_leader 1.0
sim_operator_store_objects{kind="SIM"} 2.0
sim_ready{namespace="plant-a",name="pump",iccid="1"} 1
sim_ready{namespace="plant-a",name="pump-2",iccid="2"} 0
sim_ready_of_another_kind{namespace="plant-a",name="pump"} 7
simaccount_ready{account="plant-a/default"} 1.0
"""
STANDBY = 'sim_operator_leader 0.0\nsim_operator_store_objects{kind="SIM"} 2.0\n'


@dataclass
class Known:
    """A source that knows some series."""

    values: dict[str, float] = field(default_factory=dict)
    name: str = "in Prometheus"

    async def value(self, series: Series) -> float | None:
        return self.values.get(str(series))

    async def explain(self, series: Series) -> str:
        return f"No {series.metric}."


def test_every_series_that_is_looked_for_is_a_metric_of_the_operator() -> None:
    rows = {row.name: row for row in TABLE}
    for series in (SIM, of_account(Key("a", "b")), SIM_COUNT, LEADING):
        assert series.labels.keys() <= set(rows[series.metric].labels)


def test_a_series_is_written_as_promql_writes_it() -> None:
    assert str(SIM) == 'sim_ready{namespace="plant-a",name="pump"}'
    assert str(LEADING) == "sim_operator_leader"


@pytest.mark.parametrize(
    ("values", "per_sim", "holds", "because"),
    [
        ({str(SIM): 1.0}, "on", True, "it is there"),
        ({str(SIM): 0.0}, "on", True, "what arrives need not be good"),
        ({}, "on", False, "it is missing"),
        ({str(SIM_COUNT): 20_000.0}, "auto", False, "so many still have series"),
        ({str(SIM_COUNT): 20_001.0}, "auto", True, "so many have none of their own"),
        ({str(SIM_COUNT): 20_001.0}, "on", False, "somebody asked for them"),
    ],
)
async def test_a_series_per_sim_is_missed_only_where_there_should_be_one(
    values: dict[str, float], per_sim: PerSim, holds: bool, because: str
) -> None:
    check = ArrivalCheck(Known(values), SIM, per_sim)
    assert (await check.look()).holds is holds, because
    assert await check.explain() == "No sim_ready."


def page(*answers: str) -> httpx.AsyncClient:
    """A Service in front of replicas that answer in turn, and the last one for ever."""
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept"] == "text/plain;version=0.0.4"
        return httpx.Response(200, text=left.pop(0) if len(left) > 1 else left[0])

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


async def test_a_page_of_a_standby_is_asked_again_until_the_leader_answers() -> None:
    async with page(STANDBY, LEADER) as http:
        source = MetricsPage(http, httpx.URL("http://operator:8080/metrics"))
        assert await source.value(SIM) is None
        assert await source.explain(SIM) == (
            "None of the replicas that answered leads: read the logs of the operator's pods."
        )
        assert await source.value(SIM) == 1
        assert await source.value(of_account(Key("plant-a", "default"))) == 1
        assert await source.value(SIM_COUNT) == 2
        assert await source.value(of_sim(Key("plant-a", "gate"))) is None
        assert "--per-sim-metrics off" in await source.explain(SIM)
        assert "--per-sim-metrics" not in await source.explain(of_account(Key("a", "b")))


async def test_another_page_than_that_of_the_operator_is_told_apart() -> None:
    async with page("go_goroutines 7\n") as http:
        source = MetricsPage(http, httpx.URL("http://operator:8080/metrics"))
        assert await source.value(SIM) is None
        assert "correct --metrics" in await source.explain(SIM)


async def test_an_answer_that_is_not_prometheus_s_is_refused() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>"))
    async with httpx.AsyncClient(transport=transport) as http:
        source = Prometheus(http, httpx.URL("http://grafana:3000"))
        with pytest.raises(web.NoAnswerError) as refused:
            await source.value(SIM)
        verdict = await ArrivalCheck(source, SIM).look()
    assert verdict == refused.value.verdict
    assert "Give --prometheus the base URL" in verdict.advice


async def test_where_nobody_leads_prometheus_tells_that() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params["query"]
        known = {"sum(sim_operator_leader)": "0", "vector(time())": "1700000000.5"}
        found = [{"metric": {}, "value": [1700000001, known[asked]]}] if asked in known else []
        data = {"resultType": "vector", "result": found}
        return httpx.Response(200, json={"status": "success", "data": data})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        source = Prometheus(http, httpx.URL("http://prometheus:9090"))
        assert await source.value(SIM) is None
        assert "no replica leads" in await source.explain(SIM)
