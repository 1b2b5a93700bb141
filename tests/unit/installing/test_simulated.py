"""Which SIMs of a simulated 1NCE a check borrows."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sim_operator.installing import web
from sim_operator.installing.simulated import claims, supply
from sim_operator.simulator.config import SimulatorConfig
from sim_operator.simulator.server import build_app

URL = httpx.URL("http://simulator:8089")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = build_app(SimulatorConfig(sims=450, seed=1, speed=0, oddities=False))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as made:
        yield made


async def iccids(http: httpx.AsyncClient) -> list[str]:
    answer = await http.get(f"{URL}/_control/sims", params={"limit": 1000})
    return [str(one["iccid"]) for one in answer.json()["sims"]]


async def change(http: httpx.AsyncClient, iccid: str, **changes: object) -> None:
    answer = await http.patch(f"{URL}/_control/sims/{iccid}", json=changes)
    assert answer.is_success, answer.text


async def test_the_last_sims_are_offered_without_those_that_cannot_become_ready(
    http: httpx.AsyncClient,
) -> None:
    known = await iccids(http)
    await change(http, known[-1], expired=True)
    await change(http, known[-2], remaining_data_mb=0)
    await change(http, known[-4], hidden_fields=["label"])
    found = await supply(http, URL, {known[-3]})
    assert found.free[:3] == [known[-5], known[-6], known[-7]]
    assert len(found.free) == 5
    assert not {known[-1], known[-2], known[-3], known[-4]} & set(found.free)
    assert found.claimed == {known[-3]}


async def test_pages_are_gone_through_from_the_end_until_some_are_free(
    http: httpx.AsyncClient,
) -> None:
    known = await iccids(http)
    found = await supply(http, URL, set(known[3:]))
    assert found.free == [known[2], known[1], known[0]]
    assert found.claimed == set(known[3:])


async def test_where_all_are_claimed_all_are_named(http: httpx.AsyncClient) -> None:
    known = set(await iccids(http))
    found = await supply(http, URL, known)
    assert found.free == []
    assert found.claimed == known


async def test_a_simulator_without_sims_offers_none() -> None:
    app = build_app(SimulatorConfig(sims=0, seed=1, speed=0))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        found = await supply(http, URL, set())
    assert found.free == []
    assert found.claimed == set()


async def test_another_service_is_told_apart_from_a_simulator() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"status": "ok"}))
    async with httpx.AsyncClient(transport=transport) as http:
        with pytest.raises(web.NoAnswerError) as refused:
            await supply(http, URL, set())
    assert "--iccid-from" in refused.value.verdict.advice


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"iccid": "8988303000123456789"}, "8988303000123456789"),
        ({"iccid": "89883030001234567894"}, "8988303000123456789"),
        ({"iccid": "12"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_claim_is_compared_by_its_19_digits(
    spec: dict[str, str] | None, expected: str | None
) -> None:
    assert claims({"spec": spec}) == expected
