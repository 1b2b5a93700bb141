"""Limits, top-ups, orders and extensions have 1NCE's shapes, and the effects that they should."""

import httpx

from tests.contract import tables, tables_network
from tests.contract.shapes import check
from tests.simulated import SimulatorProcess


def test_limits_are_chosen_by_number_and_stop_devices(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.patch_sim(iccids[0], use_data_mb=40)
    check(api.get("/v1/sims/data/limits"), tables.DATA_STEPS)
    check(api.get("/v1/sims/smsMO/limits"), tables.SMS_STEPS)
    check(api.get("/v1/sims/smsMT/limits"), tables.SMS_STEPS)
    assert api.get("/v1/sims/fax/limits").status_code == 404
    assert api.get("/v1/sims/limits").json() == {}
    chosen = {"dataLimitId": 1, "smsMtLimitId": 1, "smsMoLimitId": 1}
    answer = api.post("/v1/sims/limits", json=chosen)
    assert (answer.status_code, answer.content) == (201, b"")
    assert check(api.get("/v1/sims/limits"), tables.LIMITS)["data"]["limit"] == "16"
    status = check(api.get(f"/v2/sims/{iccids[0]}/status"), tables_network.STATUS_V2)
    assert status["status"]["description"] == "BLOCKED"
    assert status["data_traffic_limit_state"]["description"] == "REACHED"
    simulator.control("POST", "time", json={"now": "2026-12-01T00:00:01Z"})
    status = check(api.get(f"/v2/sims/{iccids[0]}/status"), tables_network.STATUS_V2)
    assert status["data_traffic_limit_state"]["description"] == "NOT_REACHED"


def test_a_top_up_is_an_order_and_paid(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    url = f"/v1/sims/{iccids[0]}/topup"
    answer = api.post(url, params={"payment_method": "creditcard"})
    assert (answer.status_code, answer.content) == (201, b"")
    number = answer.headers["Location"].rsplit("/", 1)[1]
    assert check(api.get(f"/v1/orders/{number}"), tables.ORDER)["order_type"] == "TOPUP"
    quota = check(api.get(f"/v2/sims/{iccids[0]}/quota/data"), tables.QUOTA_V2)
    assert quota["accumulated_total_volume"] == 1000
    assert quota["total_volume"] == quota["volume"] < 1000
    check(api.post(url, params={"payment_method": "beads"}), tables.MESSAGE, 400)
    assert simulator.summary()["paid"] == 1


def test_a_bank_transfer_tops_up_when_the_money_arrives(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    assert api.post("/v1/sims/topup", json=iccids[:2]).status_code == 201
    order = check(api.get("/v1/orders"), [tables.ORDER])[0]
    assert (order["order_type"], order["order_status"]) == ("BULK_TOPUP", "IN_PROGRESS")
    path = f"/v2/sims/{iccids[1]}/quota/sms"
    assert api.get(path).json()["accumulated_total_volume"] == 250
    simulator.advance(3 * 86400)
    assert api.get(path).json()["accumulated_total_volume"] == 500
    assert api.get("/v1/orders").json()[0]["order_status"] == "COMPLETED"


def test_sims_products_and_help_can_be_ordered(
    simulator: SimulatorProcess, api: httpx.Client
) -> None:
    product = check(api.get("/v1/products"), [tables.PRODUCT])[0]
    wanted = {"products": [{"productId": product["id"], "quantity": 3}]}
    order = check(api.post("/v1/orders", json=wanted), tables.ORDER, 201)
    assert len(order["sims"]) == 3
    assert api.get("/v1/sims").headers["X-Total-Count"] == "63"
    question = {"replyToMail": "a@b.c", "senderName": "A", "subject": "s", "text": "t"}
    check(api.post("/v1/support", json=question), tables.SUPPORT_CASE, 201)
    check(api.get("/v1/support"), [tables.SUPPORT_CASE])
    assert simulator.summary()["paid"] == 1


def test_only_an_extension_helps_an_expired_sim(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.patch_sim(iccids[0], expired=True)
    body = {"iccid": iccids[0], "status": "Disabled"}
    refused = check(api.put(f"/v1/sims/{iccids[0]}", json=body), tables.MESSAGE, 422)
    assert refused["message"].startswith("The following SIMs are expired")
    check(api.put(f"/v2/sims/{iccids[0]}", json=body), tables.V2_ERROR, 422)
    assert api.post(f"/v1/sims/{iccids[0]}/reset").status_code == 422
    assert api.post("/v1/sims", json=[body]).status_code == 422
    assert api.post(f"/v1/sims/{iccids[0]}/topup").status_code == 422
    quota = check(api.get(f"/v2/sims/{iccids[0]}/quota/data"), tables.QUOTA_V2)
    assert quota["status"]["description"] == "EXPIRED"
    assert api.post("/v1/sims/extension", json={"iccids": [iccids[1]]}).status_code == 400
    assert api.post("/v1/sims/extension", json={"iccids": [iccids[0]]}).status_code == 201
    assert api.put(f"/v1/sims/{iccids[0]}", json=body).status_code == 200
