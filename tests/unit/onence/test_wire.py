"""1NCE's JSON, in every shape that was seen or is feared."""

import pytest

from sim_operator.domain.failure import FailureKind
from sim_operator.domain.iccid import Iccid
from sim_operator.domain.sim import ObservedSim, QuotaReading, SimWrite
from sim_operator.domain.states import ImeiLock, QuotaLevel, Session, SimState
from sim_operator.domain.usage import Service
from sim_operator.onence import wire, wire_v1, wire_v2
from sim_operator.onence.faults import OnenceError

ICCID = Iccid("8988303000123456789")

FULL: dict[str, object] = {
    "iccid": "8988303000123456789",
    "iccid_with_luhn": "89883030001234567890",
    "imsi": "901405101234567",
    "imsi_2": "460005101234567",
    "current_imsi": "901405101234567",
    "msisdn": "882285100000018",
    "imei": "3520091118915105",
    "imei_lock": False,
    "status": "Enabled",
    "activation_date": "2018-03-09T07:59:09.000+0000",
    "ip_address": "100.100.100.18",
    "current_quota": 500,
    "quota_status": {"id": 0, "description": "More than 20% available"},
    "current_quota_SMS": 250,
    "quota_status_SMS": {"id": 2, "description": "No volume available"},
    "label": "pump-17",
}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2018-03-09T07:59:09.000+0000", "2018-03-09T07:59:09Z"),
        ("2018-03-09T07:59:09.999+0000", "2018-03-09T07:59:09Z"),
        ("2029-01-01T00:00:00.000Z", "2029-01-01T00:00:00Z"),
        ("2029-01-01T00:00:00Z", "2029-01-01T00:00:00Z"),
        ("2029-01-01T00:00:00.123456789Z", "2029-01-01T00:00:00Z"),
        ("2029-01-01T00:30:00+02:00", "2028-12-31T22:30:00Z"),
        ("2029-01-01T00:30:00-0130", "2029-01-01T02:00:00Z"),
        ("2033-02-02 00:00:00", "2033-02-02T00:00:00Z"),
        ("2021-06-30", "2021-06-30T00:00:00Z"),
        (" 2021-06-30 ", "2021-06-30T00:00:00Z"),
        ("TOTAL", None),
        ("", None),
        (None, None),
        (1520582349, None),
        ("2021-02-30", None),
        ("0000-00-00 00:00:00", None),
        ("9999-12-31T23:59:59-01:00", None),
        ({}, None),
    ],
)
def test_every_known_form_of_date_becomes_rfc_3339_in_utc(sent: object, read: str | None) -> None:
    assert wire.instant(sent) == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (435.787951, 435.787951),
        (3, 3.0),
        ("0.002803", 0.002803),
        ("-3.5", -3.5),
        (" 250 ", 250.0),
        ("1e3", 1000.0),
        ("1_000", None),
        ("", None),
        ("nan", None),
        ("Infinity", None),
        (float("inf"), None),
        (10**400, None),
        ("1e999", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_numbers_are_read_also_where_they_come_as_text(sent: object, read: float | None) -> None:
    assert wire.number(sent) == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("3520091118915105", "3520091118915105"),
        ("352009111891510f", "352009111891510"),
        ("352009111891510F", "352009111891510"),
        ("ff", None),
        ("", None),
        (None, None),
        (352009111891510, "352009111891510"),
    ],
)
def test_an_imei_loses_its_filler(sent: object, read: str | None) -> None:
    assert wire.imei(sent) == read


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("Enabled", SimState.ENABLED),
        ("ENABLED", SimState.ENABLED),
        ("disabled", SimState.DISABLED),
        ("Expired", None),
        ("", None),
        (None, None),
        (1, None),
    ],
)
def test_a_state_is_read_in_any_case_and_an_unknown_one_is_not_guessed(
    sent: object, read: SimState | None
) -> None:
    assert wire.word(sent, SimState) is read


def test_a_whole_sim_is_read() -> None:
    assert wire.sim(FULL) == ObservedSim(
        iccid=ICCID,
        state=SimState.ENABLED,
        label="pump-17",
        imei_lock=ImeiLock.UNLOCKED,
        imsi="901405101234567",
        msisdn="882285100000018",
        imei="3520091118915105",
        ip_address="100.100.100.18",
        activated_at="2018-03-09T07:59:09Z",
        data_level=QuotaLevel.SUFFICIENT,
        sms_level=QuotaLevel.EXHAUSTED,
    )


@pytest.mark.parametrize("absent", [{}, dict.fromkeys(FULL, None)])
def test_what_is_missing_or_null_stays_unknown(absent: dict[str, object]) -> None:
    assert wire.sim({**absent, "iccid": ICCID}) == ObservedSim(iccid=ICCID)


def test_an_empty_label_stays_a_label_but_an_empty_imsi_is_none() -> None:
    read = wire.sim({"iccid": ICCID, "label": "", "imsi": "", "imei": "", "ip_address": ""})
    assert read == ObservedSim(iccid=ICCID, label="")


def test_a_label_that_cannot_be_sent_back_is_not_known() -> None:
    read = wire.sim({"iccid": ICCID, "label": "pump \ud83d"})
    assert read is not None
    assert read.label is None


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({"id": 0}, QuotaLevel.SUFFICIENT),
        ({"id": 1}, QuotaLevel.LOW),
        ({"id": "2"}, QuotaLevel.EXHAUSTED),
        ({"description": "Less than 20% available"}, QuotaLevel.LOW),
        ({"id": 2, "description": "More than 20% available"}, QuotaLevel.SUFFICIENT),
        ({"id": 7}, None),
        ({}, None),
        (None, None),
        ("More than 20% available", None),
    ],
)
def test_a_quota_level_is_read_by_its_words_or_its_number(
    sent: object, read: QuotaLevel | None
) -> None:
    assert wire.level(sent) is read


def test_iccids_of_20_digits_become_19() -> None:
    read = wire.sim({"iccid": "89883030001234567894"})
    assert read is not None
    assert read.iccid == ICCID


def test_items_without_a_readable_iccid_are_counted_and_not_fatal() -> None:
    items: list[object] = [FULL, {"iccid": "8988"}, {"label": "x"}, None, "text", {"iccid": None}]
    page = wire.page(items, {"x-total-count": "6", "x-total-pages": "1"})
    assert [sim.iccid for sim in page.sims] == [ICCID]
    assert (page.unreadable, page.total, page.pages) == (5, 6, 1)


@pytest.mark.parametrize("header", ["", "many", "-1"])
def test_a_paging_header_that_is_no_count_is_not_known(header: str) -> None:
    page = wire.page([], {"x-total-count": header})
    assert (page.total, page.pages) == (None, None)


@pytest.mark.parametrize(
    ("body", "service", "read"),
    [
        (
            {"volume": 412.5, "total_volume": 500, "expiry_date": "2033-02-02 00:00:00"},
            Service.DATA,
            QuotaReading(432_537_600, 524_288_000, "2033-02-02T00:00:00Z"),
        ),
        (
            {"volume": "-0.5", "total_volume": "500"},
            Service.DATA,
            QuotaReading(-524_288, 524_288_000, None),
        ),
        (
            {"volume": "243", "total_volume": 250, "expiry_date": "2029-01-01T00:00:00.000Z"},
            Service.SMS,
            QuotaReading(243, 250, "2029-01-01T00:00:00Z"),
        ),
        ({"volume": 0}, Service.SMS, QuotaReading(0, None, None)),
        (
            {"volume": 1, "accumulated_total_volume": "1000", "last_volume_added": 500.5},
            Service.DATA,
            QuotaReading(1 << 20, None, None, bought=1000 << 20, last_added=1001 << 19),
        ),
        (
            {"volume": 1, "accumulated_total_volume": 750, "last_volume_added": "250"},
            Service.SMS,
            QuotaReading(1, None, None, bought=750, last_added=250),
        ),
        (
            {"volume": 1, "accumulated_total_volume": -1, "last_volume_added": 1e300},
            Service.DATA,
            QuotaReading(1 << 20, None, None),
        ),
        ({"total_volume": 500}, Service.DATA, None),
        ({"volume": None}, Service.DATA, None),
        ([], Service.DATA, None),
    ],
)
def test_a_quota_is_read_in_bytes_or_messages(
    body: object, service: Service, read: QuotaReading | None
) -> None:
    assert wire.quota(body, service) == read


@pytest.mark.parametrize(
    ("v1", "v2", "read"),
    [
        ("ONLINE", {"description": "ONLINE"}, Session.ONLINE),
        ("ATTACHED", {"description": "ATTACHED"}, Session.ATTACHED),
        ("offline", {"id": 0, "description": "Offline"}, Session.OFFLINE),
        ("BLOCKED", {"description": "BLOCKED"}, Session.BLOCKED),
        ("SLEEPING", {"description": "SLEEPING"}, None),
        (None, None, None),
    ],
)
def test_each_version_tells_the_session_in_its_own_shape(
    v1: object, v2: object, read: Session | None
) -> None:
    assert wire_v1.session({"status": v1, "services": []}) is read
    assert wire_v2.session({"status": v2, "pdp_contexts": []}) is read


READ = ObservedSim(iccid=ICCID, state=SimState.ENABLED, label="pump-17", imei_lock=ImeiLock.LOCKED)


def test_a_v1_write_carries_all_four_fields() -> None:
    assert wire_v1.update(ICCID, SimWrite(state=SimState.DISABLED), READ) == {
        "iccid": "8988303000123456789",
        "status": "Disabled",
        "label": "pump-17",
        "imei_lock": True,
    }


def test_a_v1_write_keeps_an_empty_label_empty() -> None:
    read = ObservedSim(iccid=ICCID, state=SimState.ENABLED, label="", imei_lock=ImeiLock.UNLOCKED)
    body = wire_v1.update(ICCID, SimWrite(imei_lock=ImeiLock.LOCKED), read)
    assert (body["label"], body["imei_lock"]) == ("", True)


@pytest.mark.parametrize(
    ("read", "change", "named"),
    [
        (ObservedSim(ICCID, None, "x", ImeiLock.LOCKED), SimWrite(label="y"), "spec.state"),
        (
            ObservedSim(ICCID, SimState.ENABLED, None, ImeiLock.LOCKED),
            SimWrite(state=SimState.DISABLED),
            "spec.label",
        ),
        (ObservedSim(ICCID, SimState.ENABLED, "x", None), SimWrite(label="y"), "spec.imeiLock"),
    ],
)
def test_a_v1_write_never_fills_a_missing_field_with_a_default(
    read: ObservedSim, change: SimWrite, named: str
) -> None:
    with pytest.raises(OnenceError, match=named) as raised:
        wire_v1.update(ICCID, change, read)
    assert raised.value.failure.kind is FailureKind.MISSING_FIELD


def test_a_v1_write_may_set_the_field_that_is_missing() -> None:
    read = ObservedSim(ICCID, SimState.ENABLED, "x", None)
    assert wire_v1.update(ICCID, SimWrite(imei_lock=ImeiLock.UNLOCKED), read)["imei_lock"] is False


@pytest.mark.parametrize(
    ("change", "body"),
    [
        (SimWrite(state=SimState.ENABLED), {"status": "Enabled"}),
        (SimWrite(label="x"), {"label": "x"}),
        (SimWrite(imei_lock=ImeiLock.UNLOCKED), {"imei_lock": False}),
        (
            SimWrite(SimState.DISABLED, "x", ImeiLock.LOCKED),
            {"status": "Disabled", "label": "x", "imei_lock": True},
        ),
    ],
)
def test_a_v2_write_carries_the_change_alone(change: SimWrite, body: dict[str, object]) -> None:
    assert wire_v2.update(ICCID, change, ObservedSim(ICCID)) == body


def test_a_path_cannot_be_left_by_an_iccid() -> None:
    assert wire.sim_path("/v1/sims", Iccid("../orders")) == "/v1/sims/..%2Forders"
