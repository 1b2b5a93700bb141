"""What writes do, at once or later, and how the journal tells of them."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.simulated import SimulatorProcess


@pytest.fixture(params=["keep", "reset"])
def reading(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def forgetful(reading: str) -> Iterator[SimulatorProcess]:
    """A simulator with one of the readings of what is not sent."""
    with SimulatorProcess(10, omitted=reading, rate_limit=0, oddities=False) as started:
        yield started


def writable(simulator: SimulatorProcess, iccid: str) -> tuple[Any, ...]:
    sim = simulator.sim(iccid)
    return (sim["status"], sim["label"], sim["imei_lock"])


def test_what_a_v1_put_omits_is_kept_or_reset(forgetful: SimulatorProcess, reading: str) -> None:
    iccid = forgetful.sims()[0]["iccid"]
    forgetful.patch_sim(iccid, label="pump-17", imei_lock=True)
    with forgetful.client() as api:
        answer = api.put(f"/v1/sims/{iccid}", json={"iccid": iccid, "status": "Disabled"})
    assert (answer.status_code, answer.content) == (200, b"")
    rest = ("pump-17", True) if reading == "keep" else ("", False)
    assert writable(forgetful, iccid) == ("Disabled", *rest)


def test_a_v2_put_always_keeps_what_it_omits(forgetful: SimulatorProcess) -> None:
    iccid = forgetful.sims()[0]["iccid"]
    forgetful.patch_sim(iccid, label="pump-17", imei_lock=True)
    with forgetful.client() as api:
        assert api.put(f"/v2/sims/{iccid}", json={"status": "Disabled"}).status_code == 200
    assert writable(forgetful, iccid) == ("Disabled", "pump-17", True)


def test_the_reading_can_be_changed_while_it_runs(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.patch_sim(iccids[0], imei_lock=True)
    assert simulator.quirks(omitted="reset")["omitted"] == "reset"
    api.put(f"/v1/sims/{iccids[0]}", json={"iccid": iccids[0], "status": "Enabled"})
    assert writable(simulator, iccids[0]) == ("Enabled", "", False)


@pytest.mark.parametrize("lacking", ["iccid", "status"])
def test_v1_requires_iccid_and_status(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str], lacking: str
) -> None:
    body = {"iccid": iccids[0], "status": "Disabled"}
    del body[lacking]
    answer = api.put(f"/v1/sims/{iccids[0]}", json=body)
    assert answer.status_code == 400
    assert lacking in answer.json()["message"]
    assert simulator.journal(writes=True) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "Sleeping"},
        {"status": None},
        {"label": None},
        {"label": 5},
        {"imei_lock": "true"},
        {"imei_lock": None},
        {"colour": "red"},
        {"iccid": "8988303000000000000"},
    ],
)
def test_an_update_that_makes_no_sense_changes_nothing(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str], wrong: dict[str, object]
) -> None:
    before = writable(simulator, iccids[0])
    body = {"iccid": iccids[0], "status": "Disabled"} | wrong
    for version in ("v1", "v2"):
        assert api.put(f"/{version}/sims/{iccids[0]}", json=body).status_code == 400
    assert writable(simulator, iccids[0]) == before


def test_the_journal_shows_before_and_after_of_a_write(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    label = simulator.sim(iccids[0])["label"]
    body = {"iccid": iccids[0], "status": "Disabled", "label": "x", "imei_lock": True}
    assert api.put(f"/v1/sims/{iccids[0]}", json=body).status_code == 200
    (entry,) = simulator.journal(writes=True)
    assert entry["write"] == {
        "iccid": iccids[0],
        "before": {"status": "Enabled", "label": label, "imei_lock": False},
        "after": {"status": "Disabled", "label": "x", "imei_lock": True},
        "pending": False,
        "ignored": False,
    }
    assert (entry["operation"], entry["version"], entry["status"]) == ("updateSim", "v1", 200)
    assert (entry["paid"], entry["client_id"]) == (False, simulator.client_id)


def test_only_what_costs_money_is_journaled_as_paid(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    product = api.get("/v1/products").json()[0]["id"]
    simulator.patch_sim(iccids[2], expired=True)
    calls: list[tuple[str, object, bool]] = [
        (f"/v1/sims/{iccids[0]}/topup", None, True),
        (f"/v2/sims/{iccids[0]}/topup", None, True),
        ("/v1/sims/topup", iccids[:2], True),
        ("/v1/sims/extension", {"iccids": [iccids[2]]}, True),
        ("/v1/orders", {"products": [{"productId": product, "quantity": 1}]}, True),
        (f"/v1/sims/{iccids[0]}/reset", None, False),
        ("/v1/sims/autoTopup", {"enabled": True, "iccids": iccids[:1]}, False),
        ("/v1/sims/limits", {"dataLimitId": 1}, False),
    ]
    since = simulator.last_entry()
    for path, body, _ in calls:
        assert api.post(path, json=body).is_success
    assert [entry["paid"] for entry in simulator.journal(since)] == [paid for *_, paid in calls]
    assert simulator.summary()["paid"] == 5


def test_a_refused_payment_is_not_paid(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    url = f"/v1/sims/{iccids[0]}/topup"
    assert api.post(url, params={"payment_method": "beads"}).status_code == 400
    simulator.patch_sim(iccids[0], expired=True)
    assert api.post(url).status_code == 422
    assert simulator.summary()["paid"] == 0
    assert api.get("/v1/orders").json() == []


def test_a_bulk_update_is_queued_and_real_when_its_time_has_come(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.quirks(queue_delay_seconds=3600)
    body = [{"iccid": iccid, "status": "Disabled"} for iccid in iccids[:3]]
    answer = api.post("/v1/sims", json=body)
    assert (answer.status_code, answer.content) == (201, b"")
    assert [simulator.sim(iccid)["status"] for iccid in iccids[:3]] == ["Enabled"] * 3
    simulator.advance(3601)
    assert [simulator.sim(iccid)["status"] for iccid in iccids[:3]] == ["Disabled"] * 3
    applied = [one for one in simulator.journal(writes=True) if one["method"] == "APPLY"]
    assert [one["write"]["iccid"] for one in applied] == iccids[:3]


def test_a_bulk_update_with_one_bad_item_changes_none(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    body = [
        {"iccid": iccids[0], "status": "Disabled"},
        {"iccid": "8988303999999999999", "status": "Disabled"},
    ]
    assert api.post("/v1/sims", json=body).status_code == 404
    simulator.advance(86400)
    assert simulator.sim(iccids[0])["status"] == "Enabled"
    assert simulator.summary()["waiting"] == 0


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_reset_is_queued_too(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str], version: str
) -> None:
    simulator.quirks(queue_delay_seconds=3600)
    answer = api.post(f"/{version}/sims/{iccids[0]}/reset")
    assert (answer.status_code, answer.content) == (201, b"")
    assert simulator.sim(iccids[0])["resets"] == 0
    simulator.advance(3601)
    assert simulator.sim(iccids[0])["resets"] == 1


def test_an_automatic_top_up_comes_by_itself_and_is_paid(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    body = {"enabled": True, "iccids": [iccids[0]]}
    answer = api.post("/v1/sims/autoTopup", json=body)
    assert (answer.status_code, answer.content) == (201, b"")
    simulator.patch_sim(iccids[0], remaining_data_mb=10, profile="silent")
    simulator.patch_sim(iccids[1], remaining_data_mb=10, profile="silent")
    simulator.advance(4 * 3600 + 1)
    left = [simulator.sim(i)["quota"]["data"]["remaining"] for i in iccids[:2]]
    assert left == [510, 10]
    (paid,) = [entry for entry in simulator.journal() if entry["paid"]]
    assert (paid["method"], paid["operation"]) == ("APPLY", "autoTopup")


def test_a_transferred_sim_is_somebody_elses(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    body = {
        "target_organisation": 2_000_000_099,
        "iccids": [iccids[0]],
        "iccid_ranges": [{"from": iccids[3], "to": iccids[5]}],
    }
    answer = api.post("/v1/sims/simTransfer", json=body)
    assert (answer.status_code, answer.content) == (201, b"")
    gone = [iccids[0], *iccids[3:6]]
    assert {api.get(f"/v1/sims/{iccid}").status_code for iccid in gone} == {403}
    assert api.get("/v1/sims").headers["X-Total-Count"] == str(len(iccids) - len(gone))
