"""Each fault does what its name says, to the calls that it matches and no others."""

import httpx
import pytest

from tests.simulated import SimulatorProcess


def test_latency_is_added_to_the_matching_call_only(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    simulator.fault("latency", seconds=0.3, match={"operation": "getSim"})
    api.get(f"/v1/sims/{iccid}")
    slow = simulator.journal()[-1]
    assert slow["duration_ms"] >= 250
    assert slow["faults"] == ["latency"]
    api.get("/v1/sims")
    assert simulator.journal()[-1]["faults"] == []


def test_a_status_fault_answers_in_place_of_1nce(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    spec = {"status": 503, "headers": {"Retry-After": "7"}, "body": {"message": "busy"}}
    simulator.fault("status", match={"method": "PUT"}, count=1, **spec)
    answer = api.put(f"/v2/sims/{iccid}", json={"status": "Disabled"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert answer.json() == {"message": "busy"}
    assert simulator.sim(iccid)["status"] == "Enabled"
    assert api.put(f"/v2/sims/{iccid}", json={"status": "Disabled"}).status_code == 200


def test_torn_json_cannot_be_read(simulator: SimulatorProcess, api: httpx.Client) -> None:
    simulator.fault("torn-json", match={"path": "/sims$"})
    answer = api.get("/v1/sims")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"column \d+"):
        answer.json()


def test_a_dropped_call_gets_no_answer_and_does_nothing(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    simulator.fault("drop", match={"method": "PUT"})
    with pytest.raises(httpx.TransportError):
        api.put(f"/v2/sims/{iccid}", json={"status": "Disabled"})
    assert simulator.sim(iccid)["status"] == "Enabled"
    assert simulator.journal()[-1]["status"] == 0
    assert api.get(f"/v2/sims/{iccid}").status_code == 200


def test_a_timeout_after_commit_hides_a_write_that_happened(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    simulator.fault("timeout-after-commit", seconds=60, match={"method": "PUT"})
    with pytest.raises(httpx.ReadTimeout):
        api.put(f"/v2/sims/{iccid}", json={"status": "Disabled"}, timeout=0.5)
    assert simulator.sim(iccid)["status"] == "Disabled"
    assert simulator.journal()[-1]["write"]["after"]["status"] == "Disabled"
    simulator.clear_faults()
    simulator.fault("timeout-after-commit", seconds=0, match={"method": "PUT"})
    with pytest.raises(httpx.TransportError):
        api.put(f"/v2/sims/{iccid}", json={"status": "Enabled"})
    assert simulator.sim(iccid)["status"] == "Enabled"


def test_a_wrong_content_type_is_a_page_of_html(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.fault("wrong-content-type")
    answer = api.get("/v1/sims")
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text.startswith("<html>")


def test_an_empty_list_claims_that_there_are_no_sims(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.fault("empty-list")
    answer = api.get("/v1/sims")
    assert (answer.json(), answer.headers["X-Total-Count"]) == ([], "0")


def test_another_account_answers_with_sims_of_its_own(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    simulator.fault("other-account")
    answer = api.get("/v1/sims", params={"pageSize": 100})
    ours = {sim["iccid"] for sim in simulator.sims()}
    assert len(answer.json()) == 60
    assert ours.isdisjoint(sim["iccid"] for sim in answer.json())
    assert api.get(f"/v1/sims/{iccid}").status_code == 403


@pytest.mark.parametrize("path", ["/v1/sims", "/v2/sims/{iccid}"])
def test_fields_can_be_missing_or_null(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str, path: str
) -> None:
    simulator.fault("missing-field", field="imei_lock")
    simulator.fault("null-field", field="quota_status.id")
    body = api.get(path.format(iccid=iccid)).json()
    for sim in body if isinstance(body, list) else [body]:
        assert "imei_lock" not in sim
        assert sim["quota_status"]["id"] is None


def test_iccids_can_come_with_their_check_digit(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.fault("twenty-digit-iccid", match={"operation": "listSims"})
    truth = [sim["iccid_with_luhn"] for sim in simulator.sims()[:10]]
    assert [sim["iccid"] for sim in api.get("/v1/sims").json()] == truth


def test_a_late_write_answers_well_and_is_applied_later(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    simulator.fault("apply-late", seconds=600)
    assert api.put(f"/v2/sims/{iccid}", json={"label": "late"}).status_code == 200
    assert simulator.sim(iccid)["label"] != "late"
    assert simulator.journal()[-1]["write"]["pending"] is True
    simulator.advance(600)
    assert simulator.sim(iccid)["label"] == "late"
    applied = simulator.journal(writes=True)[-1]
    assert (applied["method"], applied["write"]["after"]["label"]) == ("APPLY", "late")


def test_an_ignored_write_answers_well_and_changes_nothing(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    simulator.fault("ignore-write")
    assert api.put(f"/v2/sims/{iccid}", json={"label": "lost"}).status_code == 200
    assert simulator.sim(iccid)["label"] != "lost"
    assert simulator.journal()[-1]["write"]["ignored"] is True


def test_a_duplicate_page_repeats_the_one_before(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.fault("duplicate-page", match={"operation": "listSims"}, after=1)
    first = api.get("/v1/sims", params={"page": 1})
    second = api.get("/v1/sims", params={"page": 2})
    assert first.json() == second.json()
    assert second.headers["X-Current-Page"] == "2"


def test_a_truncated_page_lacks_sims_that_its_headers_count(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.fault("truncated-page")
    answer = api.get("/v1/sims")
    assert len(answer.json()) == 5
    assert answer.headers["X-Total-Count"] == "60"


def test_a_revoked_token_is_a_401_and_a_new_one_works(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.fault("token-revoked", count=1)
    assert api.get("/v1/sims").status_code == 401
    assert api.get("/v1/sims").status_code == 401
    with simulator.client() as again:
        assert again.get("/v1/sims").status_code == 200


def test_a_fault_hits_after_and_as_often_as_it_says(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    number = simulator.fault("status", status=500, after=2, count=3)
    assert [api.get("/v1/sims").status_code for _ in range(7)] == [200] * 2 + [500] * 3 + [200] * 2
    assert simulator.faults()[0]["hits"] == 3
    simulator.control("DELETE", f"faults/{number}")
    assert simulator.faults() == []


def test_chance_is_the_same_with_the_same_seed() -> None:
    runs = []
    for _ in range(2):
        with SimulatorProcess(rate_limit=0, seed=7) as simulator, simulator.client() as api:
            simulator.fault("status", status=500, probability=0.5)
            runs.append([api.get("/v1/sims").status_code for _ in range(30)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 500}


@pytest.mark.parametrize(
    "match",
    [
        {"method": "POST"},
        {"path": "/v2/"},
        {"operation": "getSim"},
        {"version": "v2"},
        {"client_id": "somebody-else"},
    ],
)
def test_a_fault_spares_what_it_does_not_match(
    simulator: SimulatorProcess, api: httpx.Client, match: dict[str, str]
) -> None:
    simulator.fault("status", status=500, match=match)
    assert api.get("/v1/sims").status_code == 200
    assert simulator.faults()[0]["seen"] == 0


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "meteor"},
        {"kind": "null-field"},
        {"kind": "drop", "match": {"path": "("}},
        {"kind": "drop", "colour": "red"},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    simulator: SimulatorProcess, spec: dict[str, object]
) -> None:
    answer = httpx.post(f"{simulator.url}/_control/faults", json=spec)
    assert answer.status_code == 400
    assert answer.json()["message"]
