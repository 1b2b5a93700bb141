"""Faults that leave the call alone and spoil what is said about it, or how it is said."""

import time
from datetime import datetime

import httpx
import pytest

from tests.simulated import SimulatorProcess


def test_a_status_that_allows_no_body_has_none(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.fault("status", status=204, body={"message": "nothing"})
    answer = api.get("/v1/sims")
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_field_can_be_of_a_wrong_type(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    simulator.fault("wrong-type", field="status", match={"operation": "getSim"})
    simulator.fault("wrong-type", field="imei_lock", body=7, match={"operation": "listSims"})
    assert api.get(f"/v2/sims/{iccid}").json()["status"] == {"value": "Enabled"}
    assert {one["imei_lock"] for one in api.get("/v2/sims").json()} == {7}


def test_a_whole_answer_can_be_of_a_wrong_type(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    simulator.fault("wrong-type")
    assert [*api.get("/v1/sims").json()] == ["results"]
    assert api.get(f"/v1/sims/{iccid}").json()[0]["iccid"] == iccid
    assert api.put(f"/v2/sims/{iccid}", json={"label": "still written"}).status_code == 200
    assert simulator.sim(iccid)["label"] == "still written"


def test_headers_can_be_wrong_or_missing(simulator: SimulatorProcess, api: httpx.Client) -> None:
    wrong = {"X-Total-Pages": "99999999", "X-Total-Count": ""}
    simulator.fault("wrong-headers", headers=wrong)
    headers = api.get("/v1/sims").headers
    assert headers.get_list("X-Total-Pages") == ["99999999"]
    assert "X-Total-Count" not in headers
    assert headers["X-Current-Page"] == "1"


def test_a_shifting_list_skips_sims_between_its_pages(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.fault("shifting-list", match={"operation": "listSims"})
    pages = [api.get("/v1/sims", params={"page": n, "pageSize": 20}).json() for n in (1, 2, 3)]
    seen = [one["iccid"] for page in pages for one in page]
    truth = [one["iccid"] for one in simulator.sims()]
    assert seen == [*truth[1:21], *truth[22:42], *truth[43:60], *truth[:3]]


def test_a_write_can_be_applied_again_after_others(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    simulator.fault("apply-twice", seconds=600, count=1)
    assert api.put(f"/v2/sims/{iccid}", json={"status": "Disabled"}).status_code == 200
    assert simulator.sim(iccid)["status"] == "Disabled"
    assert api.put(f"/v2/sims/{iccid}", json={"status": "Enabled"}).status_code == 200
    simulator.advance(600)
    assert simulator.sim(iccid)["status"] == "Disabled"
    assert simulator.journal(writes=True)[-1]["method"] == "APPLY"


@pytest.mark.parametrize("seconds", [86_400 * 40, -86_400 * 40])
def test_a_skewed_clock_moves_what_is_read_and_nothing_else(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str, seconds: int
) -> None:
    def last_day() -> datetime:
        stats = api.get(f"/v1/sims/{iccid}/usage").json()["stats"]
        return max(datetime.fromisoformat(one["date"]) for one in stats[:-1])

    before, now = last_day(), simulator.control("GET", "time")["now"]
    simulator.fault("clock-skew", seconds=seconds)
    assert (last_day() - before).total_seconds() == seconds
    assert api.put(f"/v2/sims/{iccid}", json={"status": "Disabled"}).status_code == 200
    assert simulator.control("GET", "time")["now"] == now
    assert {one["at"] for one in simulator.journal()[-2:]} == {now}


def test_a_huge_body_is_as_long_as_it_says_and_can_be_read(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    plain = len(api.get(f"/v2/sims/{iccid}").content)
    simulator.fault("huge-body", size=300_001)
    answer = api.get(f"/v2/sims/{iccid}")
    assert len(answer.content) == int(answer.headers["content-length"]) == plain + 300_001
    assert answer.json()["iccid"] == iccid


def test_a_slow_body_begins_at_once_and_ends_late(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    simulator.fault("slow-body", seconds=0.4)
    began = time.monotonic()
    with api.stream("GET", f"/v2/sims/{iccid}") as answer:
        assert answer.status_code == 200
        body = b"".join(answer.iter_raw())
    assert time.monotonic() - began >= 0.35
    assert len(body) == int(answer.headers["content-length"])


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "latency", "seconds": -1},
        {"kind": "latency", "seconds": 86_401},
        {"kind": "clock-skew", "seconds": 1e12},
        {"kind": "huge-body", "size": 0},
    ],
)
def test_amounts_that_make_no_sense_are_refused(
    simulator: SimulatorProcess, spec: dict[str, object]
) -> None:
    answer = httpx.post(f"{simulator.url}/_control/faults", json=spec)
    assert answer.status_code == 400
