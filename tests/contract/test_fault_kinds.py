"""Each kind of fault, over real HTTP: what it does to a call, and what it leaves alone."""

from typing import Any

import httpx
import pytest

from tests.simulated import SimulatorProcess

OFF = {"status": "Disabled"}


def listed(api: httpx.Client, page: int = 1) -> list[str]:
    answer = api.get("/v1/sims", params={"page": page, "pageSize": 20})
    assert answer.status_code == 200
    return [sim["iccid"] for sim in answer.json()]


def last_call(simulator: SimulatorProcess) -> dict[str, Any]:
    return simulator.journal()[-1]


def test_latency_keeps_an_answer_back(simulator: SimulatorProcess, api: httpx.Client) -> None:
    simulator.fault("latency", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        api.get("/v1/sims", timeout=0.2)
    simulator.clear_faults()
    assert listed(api)


def test_a_status_takes_the_place_of_the_answer_and_nothing_is_done(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    body = {"message": "later"}
    simulator.fault("status", status=503, headers={"Retry-After": "7"}, body=body)
    answer = api.put(f"/v2/sims/{iccids[0]}", json=OFF)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
    assert answer.json() == body
    assert simulator.sim(iccids[0])["status"] == "Enabled"
    assert simulator.journal(writes=True) == []


def test_torn_json_breaks_off_in_the_middle(simulator: SimulatorProcess, api: httpx.Client) -> None:
    simulator.fault("torn-json")
    answer = api.get("/v1/sims")
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        answer.json()


def test_a_dropped_call_is_not_carried_out(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.fault("drop", match={"method": "PUT"})
    with pytest.raises(httpx.TransportError):
        api.put(f"/v2/sims/{iccids[0]}", json=OFF)
    assert simulator.sim(iccids[0])["status"] == "Enabled"
    assert (last_call(simulator)["status"], last_call(simulator)["faults"]) == (0, ["drop"])


def test_a_wrong_content_type_is_a_page_of_html(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.fault("wrong-content-type")
    answer = api.get("/v1/sims")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")
    assert answer.text.startswith("<html>")


def test_an_empty_list_claims_that_there_is_no_sim(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.fault("empty-list")
    answer = api.get("/v1/sims")
    assert (answer.json(), answer.headers["X-Total-Count"]) == ([], "0")


def test_another_account_shows_as_many_sims_of_somebody_else(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.fault("other-account")
    answer = api.get("/v2/sims", params={"pageSize": 100})
    assert answer.headers["X-Total-Count"] == str(len(iccids))
    assert {sim["iccid"] for sim in answer.json()}.isdisjoint(iccids)
    assert api.get(f"/v2/sims/{iccids[0]}").status_code == 403


def test_a_missing_field_is_gone_from_items_and_from_inside_them(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.fault("missing-field", field="label")
    simulator.fault("missing-field", field="quota_status.description")
    for sim in (api.get("/v1/sims").json()[0], api.get(f"/v1/sims/{iccids[0]}").json()):
        assert "label" not in sim
        assert set(sim["quota_status"]) == {"id"}
    assert simulator.sim(iccids[0])["label"]


def test_a_null_field_is_null(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.fault("null-field", field="imei_lock")
    assert api.get(f"/v2/sims/{iccids[0]}").json()["imei_lock"] is None
    assert simulator.sim(iccids[0])["imei_lock"] is False


def test_a_late_write_is_accepted_now_and_real_later(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.fault("apply-late", seconds=3600)
    assert api.put(f"/v2/sims/{iccids[0]}", json=OFF).status_code == 200
    assert simulator.sim(iccids[0])["status"] == "Enabled"
    assert simulator.summary()["waiting"] == 1
    simulator.advance(3601)
    assert simulator.sim(iccids[0])["status"] == "Disabled"
    accepted, applied = simulator.journal(writes=True)
    assert (accepted["method"], accepted["write"]["pending"]) == ("PUT", True)
    assert accepted["write"]["after"] == accepted["write"]["before"]
    assert (applied["method"], applied["write"]["pending"]) == ("APPLY", False)
    assert applied["write"]["before"]["status"] == "Enabled"
    assert applied["write"]["after"]["status"] == "Disabled"


def test_an_ignored_write_is_confirmed_and_never_real(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.fault("ignore-write")
    assert api.put(f"/v2/sims/{iccids[0]}", json=OFF).status_code == 200
    simulator.advance(86400)
    assert simulator.sim(iccids[0])["status"] == "Enabled"
    (write,) = simulator.journal(writes=True)
    assert write["write"]["ignored"] is True


def test_a_timeout_after_commit_is_carried_out_without_an_answer(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.fault("timeout-after-commit", match={"method": "PUT"}, seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        api.put(f"/v2/sims/{iccids[0]}", json=OFF, timeout=1)
    assert simulator.sim(iccids[0])["status"] == "Disabled"
    (write,) = simulator.journal(writes=True)
    assert write["faults"] == ["timeout-after-commit"]


def test_a_held_connection_breaks_in_the_end(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.fault("timeout-after-commit", seconds=0)
    with pytest.raises(httpx.TransportError):
        api.put(f"/v2/sims/{iccids[0]}", json=OFF)
    assert simulator.sim(iccids[0])["status"] == "Disabled"


def test_a_page_comes_twice_under_the_next_number(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.fault("duplicate-page", after=1, count=1)
    assert [listed(api, page) for page in (1, 2, 3)] == [iccids[:20], iccids[:20], iccids[40:60]]


def test_a_truncated_page_has_the_headers_of_a_whole_one(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.fault("truncated-page")
    answer = api.get("/v1/sims", params={"pageSize": 20})
    assert [sim["iccid"] for sim in answer.json()] == iccids[:10]
    assert answer.headers["X-Total-Count"] == "60"


def test_iccids_of_twenty_digits_end_in_the_luhn_digit(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.fault("twenty-digit-iccid")
    assert listed(api) == [simulator.sim(iccid)["iccid_with_luhn"] for iccid in iccids[:20]]


def test_a_token_is_revoked_in_the_middle_of_things(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    simulator.fault("token-revoked", count=1)
    assert api.get("/v1/sims").status_code == 401
    assert api.get("/v1/sims").status_code == 401
    with simulator.client() as renewed:
        assert renewed.get("/v1/sims").status_code == 200


def test_a_fault_hits_what_it_matches_so_often_and_after_so_many(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    match = {"operation": "getSim", "version": "v2", "path": iccids[1], "method": "GET"}
    number = simulator.fault("status", match=match, after=1, count=2, status=500)
    assert api.get(f"/v1/sims/{iccids[1]}").status_code == 200
    assert api.get(f"/v2/sims/{iccids[2]}").status_code == 200
    answers = [api.get(f"/v2/sims/{iccids[1]}").status_code for _ in range(4)]
    assert answers == [200, 500, 500, 200]
    (fault,) = simulator.faults()
    assert (fault["id"], fault["seen"], fault["hits"]) == (number, 4, 2)
    simulator.control("DELETE", f"faults/{number}")
    assert simulator.faults() == []


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "gremlins"},
        {"kind": "missing-field"},
        {"kind": "drop", "match": {"path": "("}},
        {"kind": "drop", "match": {"colour": "red"}},
        {"kind": "drop", "count": 0},
        {"kind": "status", "status": 99},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(
    simulator: SimulatorProcess, spec: dict[str, Any]
) -> None:
    answer = httpx.post(f"{simulator.url}/_control/faults", json=spec, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["message"]
    assert simulator.faults() == []
