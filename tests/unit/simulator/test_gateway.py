"""Tokens, rate limits, customers, time and reproducibility, over real HTTP."""

import time
from typing import Any

import httpx
import pytest

from sim_operator.simulator.journal import Entry, Journal
from tests.simulated import START_TIME, SimulatorProcess


def token_of(simulator: SimulatorProcess, client_id: str, secret: str) -> httpx.Response:
    url = f"{simulator.endpoint}/oauth/token"
    body = {"grant_type": "client_credentials"}
    return httpx.post(url, auth=(client_id, secret), json=body)


def test_the_eleventh_call_in_a_second_is_refused_and_the_token_call_is_not_counted() -> None:
    with SimulatorProcess() as simulator, simulator.client() as api:
        answers = [api.get("/v1/sims") for _ in range(11)]
        # On a machine so slow that eleven calls take a second, the last may rightly pass.
        entries = [e for e in simulator.journal() if e["operation"] == "listSims"]
        quick = entries[-1]["monotonic"] - entries[0]["monotonic"] < 0.9
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(refused) == 1 or (not refused and not quick)
        assert all(answer.headers["Retry-After"] == "1" for answer in refused)
        assert token_of(simulator, simulator.client_id, simulator.client_secret).status_code == 200
        assert simulator.summary()["refused_by_rate"] == len(refused)


def test_the_rate_limit_can_be_lifted(simulator: SimulatorProcess, api: httpx.Client) -> None:
    assert {api.get("/v1/sims").status_code for _ in range(40)} == {200}
    simulator.quirks(rate_limit=1)
    codes = [api.get("/v1/sims").status_code for _ in range(20)]
    assert 429 in codes


def test_a_token_dies_with_its_lifetime_and_others_live_on() -> None:
    with SimulatorProcess(token_lifetime=2, rate_limit=0) as simulator, simulator.client() as api:
        assert token_of(simulator, "demo-client", "demo-secret").json()["expires_in"] == 2
        assert api.get("/v1/sims").status_code == 200
        deadline = time.monotonic() + 30
        while api.get("/v1/sims").status_code == 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        refused = api.get("/v1/sims")
        assert (refused.status_code, refused.json()) == (401, {"message": "Unauthorized"})
        with simulator.client() as again:
            assert again.get("/v1/sims").status_code == 200


def test_two_tokens_are_good_at_once_until_revoked(simulator: SimulatorProcess) -> None:
    with simulator.client() as first, simulator.client() as second:
        assert first.get("/v1/sims").status_code == second.get("/v1/sims").status_code == 200
        assert simulator.revoke_tokens() == 2
        assert first.get("/v1/sims").status_code == second.get("/v1/sims").status_code == 401


def test_rotated_credentials_leave_old_tokens_alive(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.rotate_credentials({"client_id": "new", "client_secret": "word"})
    assert token_of(simulator, "demo-client", "demo-secret").status_code == 400
    assert token_of(simulator, "new", "word").status_code == 200
    assert api.get("/v1/sims").status_code == 200


def test_a_second_customer_has_sims_and_a_rate_of_its_own(
    simulator: SimulatorProcess, iccid: str
) -> None:
    pairs = [
        {"client_id": simulator.client_id, "client_secret": simulator.client_secret},
        {"client_id": "two", "client_secret": "word", "customer": "second"},
    ]
    simulator.rotate_credentials(*pairs, second=7)
    token = token_of(simulator, "two", "word").json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    listed = httpx.get(f"{simulator.endpoint}/v1/sims", headers=headers)
    assert listed.headers["X-Total-Count"] == "7"
    theirs = {sim["iccid"] for sim in simulator.sims("second")}
    assert {sim["iccid"] for sim in listed.json()} == theirs
    foreign = httpx.get(f"{simulator.endpoint}/v1/sims/{iccid}", headers=headers)
    assert foreign.status_code == 403


def picture(seed: int) -> dict[str, Any]:
    """What a client sees now and, after a write and ten days, later."""
    with (
        SimulatorProcess(speed=0, start_time=START_TIME, rate_limit=0, seed=seed) as simulator,
        simulator.client() as api,
    ):
        iccid = simulator.sims()[0]["iccid"]
        seen = {"before": api.get("/v1/sims", params={"pageSize": 60}).json()}
        api.put(f"/v2/sims/{iccid}", json={"status": "Disabled"})
        simulator.advance(10 * 86400)
        for path in ("status", "usage?start_dt=2026-10-01", "quota/data", "events"):
            seen[path] = api.get(f"/v1/sims/{simulator.sims()[1]['iccid']}/{path}").json()
        seen["truth"] = simulator.sims()
        return seen


def test_the_same_seed_and_time_give_the_same_answers() -> None:
    first = picture(3)
    assert picture(3) == first
    assert picture(4) != first


def test_simulated_time_runs_moves_and_stands(simulator: SimulatorProcess) -> None:
    assert simulator.control("GET", "time") == {"now": "2026-11-15T12:00:00.000Z", "speed": 0.0}
    simulator.advance(3600)
    assert simulator.control("GET", "time")["now"] == "2026-11-15T13:00:00.000Z"
    moved = simulator.control("POST", "time", json={"now": "2027-01-01T00:00:00Z"})
    assert moved["now"] == "2027-01-01T00:00:00.000Z"
    url = f"{simulator.url}/_control/time"
    assert httpx.post(url, json={"now": "2026-12-01T00:00:00Z"}).status_code == 400
    assert httpx.post(url, json={"now": "2028-12-01T00:00:00"}).status_code == 400
    running = simulator.control("POST", "time", json={"speed": 1_000_000})
    assert running["speed"] == 1_000_000
    assert simulator.control("GET", "time")["now"] > running["now"]


def test_a_portal_change_is_seen_by_the_api_and_is_no_write(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    changes = {"status": "Disabled", "label": None, "imei_lock": True, "imei": "123456789012345"}
    simulator.patch_sim(iccid, **changes)
    sim = api.get(f"/v2/sims/{iccid}").json()
    assert (sim["status"], sim["imei_lock"], sim["imei"]) == ("Disabled", True, "123456789012345")
    assert "label" not in sim
    simulator.patch_sim(iccid, label="back", hidden_fields=["msisdn"], null_fields=["imsi"])
    sim = api.get(f"/v2/sims/{iccid}").json()
    assert sim["label"] == "back"
    assert "msisdn" not in sim
    assert sim["imsi"] is None
    assert simulator.journal(writes=True) == []
    url = f"{simulator.url}/_control/sims/{iccid}"
    assert httpx.patch(url, json={"colour": "red"}).status_code == 400


def test_a_device_that_attaches_shows_its_imei(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    never = simulator.sims()[7]["iccid"]
    assert "imei" not in api.get(f"/v1/sims/{never}").json()
    simulator.patch_sim(never, attached=True, profile="runaway")
    sim = api.get(f"/v1/sims/{never}").json()
    assert sim["activation_date"] == "2026-11-15T12:00:00.000+0000"
    assert sim["imei"]
    simulator.advance(86400)
    assert simulator.sim(never)["quota"]["data"]["remaining"] < 490


def test_thresholds_pass_as_quota_falls(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    seen = []
    for left in (101, 100, 1, 0):
        simulator.patch_sim(iccid, remaining_data_mb=left)
        seen.append(api.get(f"/v1/sims/{iccid}").json()["quota_status"]["id"])
    assert seen == [0, 1, 1, 2]


def test_new_sims_arrive_behind_the_present_ones(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    added = simulator.add_sims(5)
    last = api.get("/v1/sims", params={"page": 7}).json()
    assert [sim["iccid"] for sim in last] == added


def test_a_hundred_thousand_sims_start_and_a_deep_page_is_right() -> None:
    with SimulatorProcess(sims=100_000, rate_limit=0) as simulator, simulator.client() as api:
        answer = api.get("/v2/sims", params={"page": 1000, "pageSize": 100})
        assert answer.headers["X-Total-Pages"] == "1000"
        truth = simulator.control("GET", "sims", params={"offset": 99_900, "limit": 100})
        listed = [sim["iccid"] for sim in answer.json()]
        assert listed == [sim["iccid"] for sim in truth["sims"]]
        assert len(set(listed)) == 100
        assert simulator.summary()["customers"]["default"]["Disabled"] == 5000


def test_the_journal_keeps_the_newest_and_says_what_it_dropped() -> None:
    journal = Journal(capacity=3)
    for number in range(5):
        journal.add(
            Entry(number, "GET", "/", "", "getSim", "v1", 200, 1, None, None, None, None, False, ())
        )
    assert [entry.seq for entry in journal.entries(0, writes_only=False)] == [3, 4, 5]
    assert [entry.seq for entry in journal.entries(4, writes_only=False)] == [5]
    assert (journal.dropped, journal.last) == (2, 5)


def test_a_cleared_journal_goes_on_counting(simulator: SimulatorProcess, api: httpx.Client) -> None:
    api.get("/v1/sims")
    last = simulator.last_entry()
    simulator.control("DELETE", "journal")
    api.get("/v1/sims")
    assert [entry["seq"] for entry in simulator.journal()] == [last + 1]


@pytest.mark.parametrize("flags", [["--speed", "-1"], ["--start-time", "noon"], ["--sims", "-5"]])
def test_a_start_that_makes_no_sense_is_refused(flags: list[str]) -> None:
    process = SimulatorProcess()
    process._arguments += flags
    with pytest.raises(RuntimeError, match="did not start"):
        process.start()


def test_a_stopped_simulator_ends_well() -> None:
    assert SimulatorProcess().start().stop() == 0
