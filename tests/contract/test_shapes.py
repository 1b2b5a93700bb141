"""The simulator answers in 1NCE's shapes, field by field, in both versions."""

import httpx
import pytest

from tests.contract import tables, tables_network
from tests.contract.shapes import check, digits, problems
from tests.simulated import SimulatorProcess

MESSAGE = {"payload": "hello", "source_address": "1234567890"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"label": 7}, "$.label: 7"),
        ({"colour": "red"}, "$.colour: not documented"),
        ({"status": "enabled"}, "$.status: 'enabled'"),
        ({"activation_date": "2026-11-15T12:00:00Z"}, "$.activation_date"),
        ({"quota_status": {"id": 0}}, "$.quota_status.description: missing"),
    ],
)
def test_the_table_notices_what_differs(
    api: httpx.Client, iccids: list[str], change: dict[str, object], problem: str
) -> None:
    sim = api.get(f"/v1/sims/{iccids[0]}").json()
    assert problems(sim, tables.SIM) == []
    [found] = problems(sim | change, tables.SIM)
    assert found.startswith(problem)


def test_a_token_is_3000_characters_and_says_how_long_it_lives(
    simulator: SimulatorProcess,
) -> None:
    pair = (simulator.client_id, simulator.client_secret)
    url = f"{simulator.endpoint}/oauth/token"
    body = {"grant_type": "client_credentials"}
    first = check(httpx.post(url, auth=pair, json=body), tables.TOKEN)
    second = check(httpx.post(url, auth=pair, json=body), tables.TOKEN)
    assert len(first["access_token"]) == 3000
    assert first["expires_in"] == 3600
    assert first["access_token"] != second["access_token"]


@pytest.mark.parametrize(
    ("auth", "body", "code", "message"),
    [
        (("nobody", "x"), '{"grant_type":"client_credentials"}', "BadCredentials", "not exist"),
        (("demo-client", "x"), '{"grant_type":"client_credentials"}', "BadCredentials", "Incorr"),
        (None, '{"grant_type":"client_credentials"}', "AuthValidationError", "'username'"),
        (("demo-client", ""), "{}", "AuthValidationError", "'password'"),
        (("demo-client", "demo-secret"), "{}", "BodyValidationError", "'grant_type'"),
        (("demo-client", "demo-secret"), "torn{", "BodyValidationError", "'grant_type'"),
    ],
)
def test_a_refused_token_is_a_400_with_the_documented_code(
    simulator: SimulatorProcess,
    auth: tuple[str, str] | None,
    body: str,
    code: str,
    message: str,
) -> None:
    headers = {"Content-Type": "application/json"}
    url = f"{simulator.endpoint}/oauth/token"
    answer = httpx.post(url, auth=auth, content=body, headers=headers)
    refusal = check(answer, tables.OAUTH_ERROR, 400)
    assert refusal["errorCode"] == code
    assert message in refusal["message"]


def test_a_form_is_no_longer_accepted_for_a_token(simulator: SimulatorProcess) -> None:
    pair = (simulator.client_id, simulator.client_secret)
    form = {"grant_type": "client_credentials"}
    answer = httpx.post(f"{simulator.endpoint}/oauth/token", auth=pair, data=form)
    refusal = check(answer, tables.OAUTH_ERROR, 400)
    assert refusal["errorCode"] == "UnsupportedContentTypeError"


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_list_is_a_bare_array_of_sims_with_paging_headers(
    api: httpx.Client, iccids: list[str], version: str
) -> None:
    answer = api.get(f"/{version}/sims", params={"page": 2, "pageSize": 25})
    listed = check(answer, [tables.SIM])
    assert [sim["iccid"] for sim in listed] == iccids[25:50]
    paging = ("X-Count-Per-Page", "X-Current-Page", "X-Total-Count", "X-Total-Pages")
    assert [answer.headers[name] for name in paging] == ["25", "2", "60", "3"]
    assert len(api.get(f"/{version}/sims").json()) == 10
    assert api.get(f"/{version}/sims", params={"page": 99}).json() == []


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_every_kind_of_sim_is_of_the_shape(
    api: httpx.Client, iccids: list[str], version: str
) -> None:
    for iccid in iccids[:20]:
        assert check(api.get(f"/{version}/sims/{iccid}"), tables.SIM)["iccid"] == iccid


def test_odd_sims_lack_fields_as_real_ones_do(api: httpx.Client, iccids: list[str]) -> None:
    listed = api.get("/v1/sims", params={"pageSize": 100}).json()
    assert "imei" not in listed[7]
    assert "activation_date" not in listed[7]
    assert listed[17]["imei"] is None
    assert listed[17]["activation_date"] is None
    assert "iccid_with_luhn" not in listed[13]
    assert "label" not in listed[19]
    assert listed[11]["label"] == ""
    assert listed[9]["status"] == "Disabled"
    assert listed[5]["imei_lock"] is True
    forms = {len(sim["imei"]) for sim in listed if sim.get("imei")}
    assert 16 in forms
    assert any(sim["imei"].endswith("f") for sim in listed if sim.get("imei"))


def test_quota_has_another_shape_in_each_version(api: httpx.Client, iccids: list[str]) -> None:
    path = f"sims/{iccids[0]}/quota"
    data = check(api.get(f"/v1/{path}/data"), tables.QUOTA_DATA_V1)
    sms = check(api.get(f"/v1/{path}/sms"), tables.QUOTA_SMS_V1)
    assert (data["total_volume"], sms["total_volume"]) == (500, 250)
    data_v2 = check(api.get(f"/v2/{path}/data"), tables.QUOTA_V2)
    sms_v2 = check(api.get(f"/v2/{path}/sms"), tables.QUOTA_V2)
    assert (data_v2["service"], sms_v2["service"]) == ("data", "sms")
    assert data_v2["volume"] == data["volume"]
    assert data_v2["threshold_volume"] == 100


def test_an_overdrawn_quota_is_negative_in_v2_only(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.patch_sim(iccids[0], remaining_data_mb=1, use_data_mb=3)
    path = f"sims/{iccids[0]}/quota/data"
    assert check(api.get(f"/v1/{path}"), tables.QUOTA_DATA_V1)["volume"] == 0
    quota = check(api.get(f"/v2/{path}"), tables.QUOTA_V2)
    assert quota["volume"] == -2
    assert quota["status"] == {"id": 0, "description": "EXHAUSTED"}
    listed = check(api.get(f"/v1/sims/{iccids[0]}"), tables.SIM)
    assert listed["quota_status"]["id"] == 2
    assert "quota_exceeded_date" in listed["quota_status"]


@pytest.mark.parametrize("session", ["ONLINE", "ATTACHED", "OFFLINE"])
def test_connectivity_is_a_string_in_v1_and_an_object_in_v2(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str], session: str
) -> None:
    simulator.patch_sim(iccids[0], session=session)
    v1 = check(api.get(f"/v1/sims/{iccids[0]}/status"), tables_network.STATUS_V1)
    v2 = check(api.get(f"/v2/sims/{iccids[0]}/status"), tables_network.STATUS_V2)
    assert v1["status"] == v2["status"]["description"] == session
    assert ("pdp_context" in v1) == (len(v2["pdp_contexts"]) == 1) == (session == "ONLINE")
    assert ("location" in v1) == ("location" in v2) == (session != "OFFLINE")


def test_connectivity_info_is_of_the_shape(api: httpx.Client, iccids: list[str]) -> None:
    states = set()
    for iccid in iccids[:20]:
        url = f"/v1/sims/{iccid}/connectivity_info"
        info = check(api.get(url, params={"ussd": "true"}), tables_network.CONNECTIVITY_INFO)
        assert info["ussd_info"]["success"] is False
        states.add(info["subscriber_info"]["success"])
    assert states == {True, False}
    without = api.get(url, params={"subscriber": "false"})
    assert set(check(without, tables_network.CONNECTIVITY_INFO)) == {
        "request_timestamp",
        "reply_timestamp",
    }


def test_usage_is_strings_newest_first_with_a_total_row(
    api: httpx.Client, iccids: list[str]
) -> None:
    url = f"/v1/sims/{iccids[0]}/usage"
    days = check(api.get(url, params={"start_dt": "2026-11-01"}), tables.USAGE)["stats"]
    assert [day["date"][:10] for day in days[:2]] == ["2026-11-15", "2026-11-14"]
    assert len(days) == 16
    total = sum(float(day["data"]["volume"]) for day in days[:-1])
    assert days[-1]["date"] == "TOTAL"
    assert float(days[-1]["data"]["volume"]) == pytest.approx(total, abs=1e-4)
    today = check(api.get(url), tables.USAGE)["stats"]
    assert [day["date"] for day in today] == ["2026-11-15T00:00:00.000Z", "TOTAL"]
    half_a_year = check(api.get(url, params={"start_dt": "2023-01-01"}), tables.USAGE)["stats"]
    assert len(half_a_year) == 185


def test_usage_in_v2_is_missing_until_the_account_has_it(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    url = f"/v2/sims/{iccids[0]}/usage"
    check(api.get(url), tables.V2_ERROR, 404)
    simulator.quirks(v2_usage=True)
    check(api.get(url), tables.USAGE)


def test_events_are_an_object_in_v1_and_a_bare_array_in_v2(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.patch_sim(iccids[0], remaining_data_mb=0, profile="bursty")
    query = {"pageSize": 1000}
    v1 = check(api.get(f"/v1/sims/{iccids[0]}/events", params=query), tables.EVENTS_V1)
    answer = api.get(f"/v2/sims/{iccids[0]}/events", params=query)
    structured = [e for e in answer.json() if e["detail"] is not None]
    plain = [e for e in answer.json() if e["detail"] is None]
    assert problems(structured, tables.EVENTS_V2) == []
    assert problems(plain, tables.EVENTS_V2_WITHOUT_DETAIL) == []
    assert v1["totalEvents"] == len(answer.json()) == int(answer.headers["X-Total-Count"]) > 2
    assert {18, 19} <= {event["event_type"]["id"] for event in structured}


def test_a_status_change_becomes_an_event(api: httpx.Client, iccids: list[str]) -> None:
    api.put(f"/v2/sims/{iccids[0]}", json={"status": "Disabled"})
    newest = api.get(f"/v1/sims/{iccids[0]}/events").json()["events"][0]
    assert newest["event_type"] == "Status of SIM changed from 'Activated' to 'Suspended'"
    structured = api.get(f"/v2/sims/{iccids[0]}/events").json()
    assert problems(structured[:1], tables.EVENTS_V2_WITHOUT_DETAIL) == []
    assert structured[0]["event_type"]["id"] == 9


def test_messages_are_sent_listed_and_taken_back(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str]
) -> None:
    simulator.patch_sim(iccids[0], session="OFFLINE")
    v1, v2 = f"/v1/sims/{iccids[0]}/sms", f"/v2/sims/{iccids[0]}/sms"
    sent = api.post(v1, json=MESSAGE)
    assert (sent.status_code, sent.content) == (201, b"")
    first = sent.headers["Location"].rsplit("/", 1)[1]
    second = check(api.post(v2, json=MESSAGE), {"id": digits}, 201)["id"]
    assert check(api.get(f"{v1}/{first}"), tables.SMS_V1)["status"]["id"] == 2
    assert check(api.delete(f"{v2}/{second}"), {"id": digits})["id"] == second
    simulator.patch_sim(iccids[0], session="ATTACHED")
    assert check(api.get(v1), [tables.SMS_V1])[0]["status"]["description"] == "DELIVERED"
    assert len(check(api.get(v2, params={"per_page": 1000}), [tables.SMS_V2])) == 1
    assert api.get(v1, params={"pageSize": 101}).status_code == 400
    simulator.patch_sim(iccids[0], session="OFFLINE")
    third = api.post(v1, json=MESSAGE).headers["Location"].rsplit("/", 1)[1]
    assert api.delete(f"{v1}/{third}").status_code == 204


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_errors_have_the_shape_of_their_version(
    simulator: SimulatorProcess, api: httpx.Client, iccids: list[str], version: str
) -> None:
    shape = tables.V2_ERROR if version == "v2" else tables.MESSAGE
    unknown = "8988303999999999999"
    check(api.get(f"/{version}/sims/{unknown}"), shape, 404)
    check(api.get(f"/{version}/sims/{iccids[0]}0"), shape, 404)
    check(api.get(f"/{version}/sims", params={"pageSize": 101}), shape, 400)
    check(api.get(f"/{version}/sims", params={"page": 0}), shape, 400)
    check(api.get(f"/{version}/sims", params={"page": "abc"}), shape, 400)
    check(api.get(f"/{version}/sims", params={"q": "label:x"}), shape, 400)
    check(api.get(f"/{version}/sims", params={"sort": "label"}), shape, 400)
    simulator.transfer_away(iccids[3], 403)
    check(api.get(f"/{version}/sims/{iccids[3]}"), shape, 403)
    no_token = httpx.get(f"{simulator.endpoint}/{version}/sims")
    check(no_token, tables.MESSAGE, 401)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "sims"),
        ("POST", "sims/topup"),
        ("POST", "sims/autoTopup"),
        ("GET", "sims/limits"),
        ("POST", "sims/extension"),
        ("POST", "sims/simTransfer"),
        ("GET", "orders"),
        ("GET", "products"),
    ],
)
def test_what_v2_does_not_offer_is_a_404(api: httpx.Client, method: str, path: str) -> None:
    check(api.request(method, f"/v2/{path}", json={}), tables.V2_ERROR, 404)


def test_the_list_can_be_filtered_and_sorted(api: httpx.Client, iccids: list[str]) -> None:
    wanted = api.get(f"/v1/sims/{iccids[4]}").json()
    for query in (f"imei:{wanted['imei']}", f"ip_address:{wanted['ip_address']}"):
        found = check(api.get("/v1/sims", params={"q": query}), [tables.SIM])
        assert [sim["iccid"] for sim in found] == [iccids[4]]
    falling = api.get("/v1/sims", params={"sort": "-ip_address", "pageSize": 100}).json()
    assert [sim["iccid"] for sim in falling] == iccids[::-1]
    by_imei = api.get("/v2/sims", params={"sort": "imei", "pageSize": 100}).json()
    imeis = [sim.get("imei") or "" for sim in by_imei]
    assert imeis == sorted(imeis)
