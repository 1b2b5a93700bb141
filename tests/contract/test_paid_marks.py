"""What is marked as paid and what is not, and what a transfer takes along."""

import httpx

from tests.simulated import SimulatorProcess


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


def test_a_transfer_takes_single_sims_and_ranges_along(
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
