"""Writes change the simulated SIM as 1NCE would, at once or later, and the journal shows each."""

import httpx
import pytest

from tests.simulated import START_TIME, SimulatorProcess


def test_a_v1_update_needs_iccid_and_status(api: httpx.Client, iccid: str) -> None:
    url = f"/v1/sims/{iccid}"
    assert api.put(url, json={"status": "Enabled"}).status_code == 400
    assert api.put(url, json={"iccid": iccid}).status_code == 400
    other = {"iccid": "8988303000123456789", "status": "Enabled"}
    assert api.put(url, json=other).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "enabled"},
        {"label": None},
        {"label": 7},
        {"imei_lock": "true"},
        {"imei_lock": None},
        {"colour": "red"},
    ],
)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_wrong_value_is_a_400_and_changes_nothing(
    simulator: SimulatorProcess,
    api: httpx.Client,
    iccid: str,
    version: str,
    wrong: dict[str, object],
) -> None:
    body = {"iccid": iccid, "status": "Disabled", **wrong}
    assert api.put(f"/{version}/sims/{iccid}", json=body).status_code == 400
    assert simulator.sim(iccid)["status"] == "Enabled"
    assert simulator.journal(writes=True) == []


@pytest.mark.parametrize(
    ("omitted", "label", "locked"), [("keep", "x", True), ("reset", "", False)]
)
def test_what_v1_does_with_an_omitted_field_can_be_chosen(
    omitted: str, label: str, locked: bool
) -> None:
    with (
        SimulatorProcess(speed=0, start_time=START_TIME, omitted=omitted) as simulator,
        simulator.client() as api,
    ):
        iccid = simulator.sims()[0]["iccid"]
        simulator.patch_sim(iccid, label="x", imei_lock=True)
        answer = api.put(f"/v1/sims/{iccid}", json={"iccid": iccid, "status": "Disabled"})
        assert (answer.status_code, answer.content) == (200, b"")
        sim = simulator.sim(iccid)
        assert (sim["status"], sim["label"], sim["imei_lock"]) == ("Disabled", label, locked)
        simulator.patch_sim(iccid, label="y", imei_lock=True)
        assert api.put(f"/v2/sims/{iccid}", json={"status": "Enabled"}).status_code == 200
        sim = simulator.sim(iccid)
        assert (sim["status"], sim["label"], sim["imei_lock"]) == ("Enabled", "y", True)


def test_the_journal_shows_a_write_before_and_after(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    last = simulator.last_entry()
    api.put(f"/v2/sims/{iccid}", json={"label": "new"})
    api.get(f"/v2/sims/{iccid}")
    entries = simulator.journal(since=last)
    assert [e["operation"] for e in entries] == ["updateSim", "getSim"]
    write = entries[0]["write"]
    assert write["iccid"] == iccid
    assert write["after"] == {**write["before"], "label": "new"}
    assert simulator.journal(since=last, writes=True) == entries[:1]
    assert entries[0]["client_id"] == simulator.client_id
    assert entries[0]["peer_port"] == entries[1]["peer_port"]
    token = api.headers["Authorization"].removeprefix("Bearer ")
    assert entries[0]["token"] not in token
    assert token not in str(simulator.journal())


def test_a_bulk_update_is_applied_later_and_then_journaled(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    first, second = (sim["iccid"] for sim in simulator.sims()[:2])
    simulator.quirks(queue_delay_seconds=600)
    items = [{"iccid": iccid, "status": "Disabled"} for iccid in (first, second)]
    answer = api.post("/v1/sims", json=items)
    assert (answer.status_code, answer.content) == (201, b"")
    assert simulator.sim(first)["status"] == "Enabled"
    assert simulator.journal()[-1]["write"]["pending"] is True
    assert simulator.summary()["waiting"] == 2
    simulator.advance(601)
    assert [simulator.sim(i)["status"] for i in (first, second)] == ["Disabled", "Disabled"]
    applied = [e for e in simulator.journal(writes=True) if e["method"] == "APPLY"]
    assert [e["write"]["iccid"] for e in applied] == [first, second]
    assert simulator.summary()["writes"] == 2


def test_a_bulk_update_with_one_bad_sim_changes_none(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    good = {"iccid": iccid, "status": "Disabled"}
    unknown = {"iccid": "8988303999999999999", "status": "Disabled"}
    assert api.post("/v1/sims", json=[good, unknown]).status_code == 404
    assert simulator.summary()["waiting"] == 0


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_reset_is_queued_and_throws_the_device_off(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str, version: str
) -> None:
    simulator.quirks(queue_delay_seconds=600)
    assert api.post(f"/{version}/sims/{iccid}/reset").status_code == 201
    assert simulator.sim(iccid)["resets"] == 0
    simulator.advance(600)
    assert simulator.sim(iccid)["resets"] == 1
    assert simulator.sim(iccid)["session"] == "OFFLINE"
    simulator.advance(120)
    assert simulator.sim(iccid)["session"] != "OFFLINE"


def test_a_transferred_sim_is_gone_and_can_come_back(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    body = {"target_organisation": 2000000099, "iccids": [iccid]}
    assert api.post("/v1/sims/simTransfer", json=body).status_code == 201
    assert api.get(f"/v1/sims/{iccid}").status_code == 403
    assert api.get("/v1/sims").headers["X-Total-Count"] == "59"
    simulator.bring_back(iccid)
    assert api.get(f"/v1/sims/{iccid}").status_code == 200
    simulator.transfer_away(iccid)
    assert api.get(f"/v1/sims/{iccid}").status_code == 404


def test_automatic_top_ups_are_paid_orders_and_seen_in_no_field(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    simulator.patch_sim(iccid, remaining_data_mb=20)
    body = {"enabled": True, "iccids": [iccid]}
    assert api.post("/v1/sims/autoTopup", json=body).status_code == 201
    simulator.advance(4 * 3600)
    assert 519 < simulator.sim(iccid)["quota"]["data"]["remaining"] <= 520
    assert simulator.summary()["paid"] == 1
    assert not any("auto" in name for name in api.get(f"/v1/sims/{iccid}").json())
    simulator.advance(4 * 3600)
    assert simulator.summary()["paid"] == 1


def test_twenty_digits_in_a_path_are_understood_only_with_the_quirk(
    simulator: SimulatorProcess, api: httpx.Client, iccid: str
) -> None:
    twenty = simulator.sim(iccid)["iccid_with_luhn"]
    assert api.get(f"/v1/sims/{twenty}").status_code == 404
    simulator.quirks(luhn_paths=True)
    assert api.get(f"/v1/sims/{twenty}").json()["iccid"] == iccid
    wrong = twenty[:19] + str((int(twenty[19]) + 1) % 10)
    assert api.get(f"/v1/sims/{wrong}").status_code == 404
