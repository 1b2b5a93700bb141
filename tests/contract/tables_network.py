"""Every field of where a device is and how it is connected, in both versions."""

from tests.contract.shapes import (
    Matching,
    Shape,
    address,
    boolean,
    digits,
    integer,
    iso,
    numeric_offset,
    one_of,
    spaced,
    text,
)
from tests.contract.tables import iccid

LOCATION_V1: Shape = {
    "iccid": iccid,
    "imsi": text,
    "last_updated": iso,
    "last_updated_gprs": iso,
    "sgsn_number": digits,
    "vlr_number": digits,
    "vlr_number_np": digits,
    "msc_number_np": digits,
    "sgsn_number_np": digits,
    "operator_id": digits,
    "msc": digits,
    "sgsn_ip_address": address,
    "operator": {
        "id": digits,
        "name": text,
        "country": {"id": digits, "name": text, "iso-code": Matching("[a-z]{2}")},
    },
    "country": {
        "country_id": digits,
        "name": text,
        "country_code": digits,
        "mcc": digits,
        "iso-code": Matching("[a-z]{2}"),
        "latitude": digits,
        "longitude": digits,
    },
}
LOCATION_V2: Shape = {
    "iccid": iccid,
    "imsi": text,
    "last_updated": spaced,
    "sgsn_number": text,
    "vlr_number": digits,
    "operator_id": digits,
    "msc": digits,
    "sgsn_ip_address": address,
    "operator": {
        "id": integer,
        "name": text,
        "mnc": digits,
        "country": {"id": integer, "name": text, "iso_code": Matching("[a-z]{2}")},
    },
    "country": {
        "country_id": digits,
        "name": text,
        "country_code": digits,
        "mcc": digits,
        "iso_code": Matching("[a-z]{2}"),
    },
}
_RADIO: Shape = {
    "rat_type_id": digits,
    "description": one_of("2G", "3G", "4G", "5G", "NB-IoT"),
}
_CONTEXT: dict[str, Shape] = {
    **dict.fromkeys(
        ("pdp_context_id", "endpoint_id", "tariff_id", "ratezone_id", "organisation_id"), digits
    ),
    **dict.fromkeys(("imsi_id", "imsi", "sim_id", "gtp_version", "nsapi"), digits),
    **dict.fromkeys(("mcc", "mnc", "operator_id", "lac", "ci"), digits),
    "sgsn_control_plane_ip_address": address,
    "sgsn_data_plane_ip_address": address,
    "ggsn_control_plane_ip_address": address,
    "ggsn_data_plane_ip_address": address,
    "created": iso,
    "ue_ip_address": address,
    "imeisv": Matching(r"\d{16}"),
    "rat_type": _RADIO,
}
CONTEXT_V1: Shape = {
    **_CONTEXT,
    "tariff_profile_id": digits,
    "teid_data_plane": digits,
    "teid_control_plane": digits,
    "duration": Matching(r"\d\d:\d\d:\d\d"),
}
CONTEXT_V2: Shape = {
    **_CONTEXT,
    "tx_teid_data_plane": digits,
    "tx_teid_control_plane": digits,
    "rx_teid": digits,
    "rx_teid_data_plane": digits,
    "rx_teid_control_plane": digits,
    "sac": digits,
    "rac": digits,
    "gtp_v1_uli": {"lac": digits, "ci": digits, "sac": digits, "rac": digits},
    "region": text,
    "apn": text,
    "ipcan_session_id": digits,
}
STATUS_V1: Shape = {
    "status": one_of("ONLINE", "ATTACHED", "OFFLINE"),
    "services": [text],
    "location?": LOCATION_V1,
    "pdp_context?": CONTEXT_V1,
}
STATUS_V2: Shape = {
    "status": {"description": one_of("ONLINE", "ATTACHED", "OFFLINE", "BLOCKED")},
    "data_traffic_limit_state": {"description": one_of("REACHED", "NOT_REACHED")},
    "pdp_contexts": [CONTEXT_V2],
    "services": [text],
    "location?": LOCATION_V2,
}
CONNECTIVITY_INFO: Shape = {
    "ussd_info?": {"success": boolean, "error": text},
    "subscriber_info?": {
        "success": boolean,
        "state": text,
        "location?": {
            "current_location_retrieved": boolean,
            "age_of_location": integer,
            "cell_global_id": {"cid": integer, "lac": integer, "mcc": digits, "mnc": digits},
        },
    },
    "request_timestamp": numeric_offset,
    "reply_timestamp": numeric_offset,
}
