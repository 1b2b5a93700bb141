"""Batches of the Data Streamer in every shape that is documented, and in those that are not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.domain.usage import Service, StreamedUse
from sim_operator.onence.stream import (
    MOST_RECORDS,
    Batch,
    StreamEvent,
    TooManyRecordsError,
    UnreadableBodyError,
    read_batch,
)

ICCID = "8988303000123456789"
START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
END = START + timedelta(minutes=15)

CLASSIC_USAGE: dict[str, Any] = {
    "id": 819948096,
    "start_timestamp": "2026-11-23T10:00:00Z",
    "end_timestamp": "2026-11-23T10:15:00Z",
    "imsi": "901405101234567",
    "imsi_id": 1234567,
    "organisation": {"id": 1234, "name": "8100xxxx"},
    "sim": {
        "id": 123456,
        "iccid": ICCID,
        "msisdn": "882285100000018",
        "production_date": "2018-04-17T15:01:50Z",
    },
    "operator": {
        "id": 2,
        "name": "T-Mobile",
        "mnc": "01",
        "country": {"id": 74, "mcc": "262", "name": "Germany"},
    },
    "tariff": {"id": 398, "name": "1NCE 01", "ratezone": {"id": 2067, "name": "Zone 2"}},
    "traffic_type": {"id": 5, "description": "Data"},
    "endpoint": {"id": 12, "name": ICCID, "ip_address": "10.0.0.1", "tags": None, "imei": "35"},
    "currency": {"id": 1, "symbol": "€", "code": "EUR"},
    "cost": 0.5,
    "volume": {"total": 0.5, "tx": 0.2, "rx": 0.3},
}
FLAT_USAGE: dict[str, Any] = {
    "id": 9001,
    "ingestion_timestamp": "2026-11-23T10:16:00Z",
    "start_timestamp": "2026-11-23T10:00:00Z",
    "end_timestamp": "2026-11-23T10:15:00Z",
    "endpoint_id": 12,
    "endpoint_name": ICCID,
    "endpoint_imei": "860201067896228",
    "sim_id": 123456,
    "imsi_id": 1234567,
    "operator_id": 81,
    "organisation_id": 1234,
    "traffic_type_id": 5,
    "ipcan_session_id": "8ec7b8d0-bf49-4d56-ad59-3b4e0fa59795",
    "quota_id": 77,
    "rat_type": 9,
    "volume_total": 0.5,
    "volume_tx": 0.2,
    "volume_rx": 0.3,
    "cost": 0,
}
CLASSIC_EVENT: dict[str, Any] = {
    "id": 357945502,
    "timestamp": "2026-11-23T10:00:00.301Z",
    "event_type": {"id": 19, "description": "Data quota used up"},
    "event_severity": {"id": 2, "description": "Critical"},
    "event_source": {"id": 1, "description": "Policy Control"},
    "organisation": {"id": 1234, "name": "8100xxxx"},
    "alert": True,
    "user": None,
    "sim": {"id": 10034892, "iccid": ICCID},
    "imsi": None,
    "endpoint": None,
    "detail": '{quota: "odd"}',
}
FLAT_EVENT: dict[str, Any] = {
    "id": 9002,
    "timestamp": "2026-11-23T10:00:00Z",
    "endpoint_name": ICCID,
    "event_type_id": 3,
    "event_severity_id": 0,
    "detail_pdp_context_apn": "iot.1nce.net",
    "detail_volume_total": 1.25,
}


def batch(*records: Any) -> Batch:
    return read_batch(orjson.dumps(list(records)))


def only_use(**changes: Any) -> StreamedUse:
    found = batch({**CLASSIC_USAGE, **changes})
    assert (len(found.uses), found.events, found.unreadable, found.size) == (1, (), 0, 1)
    iccid, use = found.uses[0]
    assert iccid == ICCID
    return use


def unreadable(record: Any) -> bool:
    found = batch(record)
    return (found.uses, found.events, found.unreadable, found.size) == ((), (), 1, 1)


def test_a_classic_usage_record_is_read_in_bytes() -> None:
    assert only_use() == StreamedUse(819948096, Service.DATA, START, END, 512 * 1024)


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"endpoint_name": None, "sim_iccid": ICCID},
        {"endpoint_name": "pump", "iccid": f"{ICCID}0"},
        {"endpoint_name": None, "iccid": f" {ICCID} "},
    ],
)
def test_a_flat_usage_record_says_its_iccid_in_one_of_several_fields(named: Any) -> None:
    found = batch({**FLAT_USAGE, **named})
    assert found.uses == ((ICCID, StreamedUse(9001, Service.DATA, START, END, 512 * 1024)),)


def test_the_sims_own_iccid_counts_before_the_name_of_its_endpoint() -> None:
    other = {"name": "8988303000999999999"}
    assert batch({**CLASSIC_USAGE, "endpoint": other}).uses[0][0] == ICCID


@pytest.mark.parametrize(
    "changes",
    [
        {"traffic_type": {"id": 6, "description": "SMS"}},
        {"traffic_type": {"id": "6"}},
        {"traffic_type": {"description": "sms"}},
        {"traffic_type": None, "traffic_type_id": 6},
        {"traffic_type": None, "traffic_type_id": "6"},
    ],
)
def test_messages_are_counted_as_such(changes: dict[str, Any]) -> None:
    moment = {"start_timestamp": CLASSIC_USAGE["start_timestamp"], "end_timestamp": None}
    use = only_use(**changes, **moment, volume={"total": "1", "tx": 1, "rx": 0})
    assert use == StreamedUse(819948096, Service.SMS, START, START, 1)


@pytest.mark.parametrize(
    ("changes", "volume"),
    [
        ({"volume": {"total": "0.000001"}}, 1),
        ({"volume": {"total": 0}}, 0),
        ({"volume": {"total": None, "rx": 1, "tx": "2"}}, 3 * 1024**2),
        ({"volume": {"rx": 1}}, 1024**2),
        ({"volume": None, "volume_total": 2.5}, 2_621_440),
        ({"volume": None, "volume_rx": 1, "volume_tx": 1}, 2 * 1024**2),
        ({"volume": 7, "volume_total": "1e0"}, 1024**2),
    ],
)
def test_a_volume_is_read_wherever_it_stands(changes: dict[str, Any], volume: int) -> None:
    assert only_use(**changes).volume == volume


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T10:00:00.301Z", START + timedelta(milliseconds=301)),
        ("2026-11-23T11:00:00.000+0100", START),
        ("2026-11-23T10:00:00", START),
        ("2026-11-23 10:00:00", START),
    ],
)
def test_times_are_utc_whatever_their_form(text: str, moment: datetime) -> None:
    use = only_use(start_timestamp=text, end_timestamp=text)
    assert (use.start, use.end, use.start.tzinfo) == (moment, moment, UTC)


def test_times_the_wrong_way_round_are_put_right_and_a_missing_one_is_the_other() -> None:
    start, end = CLASSIC_USAGE["start_timestamp"], CLASSIC_USAGE["end_timestamp"]
    turned = only_use(start_timestamp=end, end_timestamp=start)
    assert (turned.start, turned.end) == (START, END)
    lacking = only_use(start_timestamp=None)
    assert (lacking.start, lacking.end) == (END, END)


def test_an_id_keeps_all_its_64_bits_also_as_text() -> None:
    largest = 2**63 - 1
    assert only_use(id=largest).id == only_use(id=str(largest)).id == largest


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": "8ec7b8d0"},
        {"id": -1},
        {"id": 1.5},
        {"id": True},
        {"id": 2**63},
        {"id": "9" * 4000},
        {"sim": None, "endpoint": None},
        {"sim": {"iccid": "123"}, "endpoint": {"name": "pump"}},
        {"traffic_type": {"id": 7, "description": "Data"}},
        {"traffic_type": None},
        {"volume": None},
        {"volume": {"total": "much"}},
        {"volume": {"total": -1}},
        {"volume": {"total": 1e300}},
        {"start_timestamp": None, "end_timestamp": None},
        {"start_timestamp": "yesterday", "end_timestamp": 1.5},
        {"start_timestamp": 20261123, "end_timestamp": None},
        {"start_timestamp": "1970-01-01T00:00:00Z", "end_timestamp": None},
        {"start_timestamp": "0001-01-01T00:00:00+10:00", "end_timestamp": None},
    ],
)
def test_a_usage_record_that_lacks_what_counts_is_unreadable(changes: dict[str, Any]) -> None:
    assert unreadable({**CLASSIC_USAGE, **changes})


def test_unknown_fields_and_nulls_do_no_harm() -> None:
    nulls = dict.fromkeys(["organisation", "operator", "tariff", "endpoint", "currency", "imsi"])
    assert only_use(**nulls, brand_new={"deep": [1, {"er": None}]}) == only_use()


def test_a_classic_event_is_read() -> None:
    at = START + timedelta(milliseconds=301)
    [event] = batch(CLASSIC_EVENT).events
    assert event == StreamEvent(357945502, 19, event.iccid, at)
    assert event.iccid == ICCID
    assert event.telling


def test_a_flat_event_with_numbers_as_text_is_read() -> None:
    [event] = batch({**FLAT_EVENT, "id": "9002", "event_type_id": "3"}).events
    assert (event.id, event.type_id, event.iccid, event.at) == (9002, 3, ICCID, START)


@pytest.mark.parametrize("type_id", range(62))
def test_only_events_after_which_a_look_pays_are_telling(type_id: int) -> None:
    [event] = batch({**FLAT_EVENT, "event_type_id": type_id}).events
    assert event.telling == (type_id in {3, 5, 8, 9, 18, 19, 20, 21})


def test_an_event_of_the_account_has_no_iccid_and_tells_nothing_of_a_sim() -> None:
    [event] = batch({**CLASSIC_EVENT, "sim": None}).events
    assert event.iccid is None
    assert not event.telling


@pytest.mark.parametrize(
    "changes", [{"id": None}, {"timestamp": None}, {"event_type": None}, {"event_type": {}}]
)
def test_an_event_without_id_type_or_time_is_unreadable(changes: dict[str, Any]) -> None:
    assert unreadable({**CLASSIC_EVENT, **changes})


def test_a_batch_keeps_its_order_and_counts_what_it_cannot_read() -> None:
    delivery = {"id": 1, "submit_date": "2026-11-23 10:00:00", "status": {"id": 4}}
    second = {**CLASSIC_USAGE, "id": 2}
    found = batch(FLAT_USAGE, delivery, CLASSIC_EVENT, None, 42, "text", [second], second)
    assert [use.id for _, use in found.uses] == [9001, 2]
    assert [event.id for event in found.events] == [357945502]
    assert (found.unreadable, found.size) == (5, 8)


def test_a_single_record_needs_no_array() -> None:
    found = read_batch(orjson.dumps(CLASSIC_USAGE))
    assert (len(found.uses), found.size) == (1, 1)


def test_an_empty_batch_and_a_byte_order_mark_are_no_errors() -> None:
    assert read_batch(b"\xef\xbb\xbf []") == Batch((), (), 0, 0)


@pytest.mark.parametrize("body", [b"", b"{", b"[1,]", b"\xff\xfe", b"[NaN]", b"[" * 5000])
def test_a_body_that_is_no_json_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError) as caught:
        read_batch(body)
    assert str(caught.value) == "the body is no JSON"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("body", [b"null", b"7", b'"text"', b"true"])
def test_json_that_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableBodyError, match="neither a JSON array of records"):
        read_batch(body)


def test_a_little_more_than_1nce_sends_is_taken_and_far_more_is_not() -> None:
    assert read_batch(orjson.dumps([FLAT_EVENT] * MOST_RECORDS)).size == MOST_RECORDS
    with pytest.raises(TooManyRecordsError, match="has 10001 records; more than 10000"):
        read_batch(orjson.dumps([None] * (MOST_RECORDS + 1)))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from([*CLASSIC_USAGE, *FLAT_USAGE, *CLASSIC_EVENT, *FLAT_EVENT])


@given(st.sampled_from([CLASSIC_USAGE, FLAT_USAGE, CLASSIC_EVENT, FLAT_EVENT]), FIELDS, ANYTHING)
def test_whatever_stands_in_a_field_the_batch_is_read(
    record: dict[str, Any], name: str, value: Any
) -> None:
    try:
        body = orjson.dumps([{**record, name: value}, CLASSIC_USAGE])
    except TypeError:  # an integer beyond 64 bits or half a surrogate pair
        return
    found = read_batch(body)
    assert len(found.uses) + len(found.events) + found.unreadable == found.size == 2
    assert found.uses[-1] == batch(CLASSIC_USAGE).uses[0]


@given(st.binary(max_size=200))
def test_whatever_the_body_is_it_is_read_or_refused(body: bytes) -> None:
    try:
        found = read_batch(body)
    except UnreadableBodyError:
        return
    assert len(found.uses) + len(found.events) + found.unreadable == found.size
