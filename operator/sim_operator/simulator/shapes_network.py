"""Where a device is and how it is connected: status in both versions, connectivity_info in v1."""

from typing import Any

from .clock import day_start, numeric_offset, rfc3339, spaced
from .identity import mix
from .metering import limit_reached
from .sessions import session_of
from .state import SimState
from .world import Account

# id, name, mcc, mnc, country id, country, prefix, ISO code, latitude, longitude
_OPERATORS = (
    ("2", "T-Mobile", "262", "01", "74", "Germany", "49", "de", "51", "9"),
    ("7", "Orange", "208", "01", "67", "France", "33", "fr", "46", "2"),
    ("12", "KPN", "204", "08", "139", "Netherlands", "31", "nl", "52", "5"),
    ("31", "A1", "232", "01", "13", "Austria", "43", "at", "47", "13"),
)
_RADIO = (("8", "NB-IoT"), ("6", "4G"), ("2", "2G"), ("1", "3G"))
_GATEWAY, _SERVING = "12.23.107.89", "12.23.107.88"


def operator_of(sim: SimState) -> tuple[str, ...]:
    """The visited network: id, name, mcc, mnc and the country's facts."""
    return _OPERATORS[mix(sim.identity.key, 70) % len(_OPERATORS)]


def status_v1(sim: SimState, account: Account, now: float) -> dict[str, Any]:
    """Connectivity in v1: status is a string, one context; BLOCKED shows as ATTACHED."""
    session = session_of(sim, now, account.metered()["data"])
    shape: dict[str, Any] = {
        "status": "ATTACHED" if session == "BLOCKED" else session,
        "services": ["GPRS"] if session == "ONLINE" else [],
    }
    if sim.attached and session != "OFFLINE":
        shape["location"] = _location_v1(sim, now)
    if session == "ONLINE":
        shape["pdp_context"] = _context_v1(sim, now)
    return shape


def status_v2(sim: SimState, account: Account, now: float) -> dict[str, Any]:
    """Connectivity in v2: status is an object, a list of contexts."""
    limits = account.metered()["data"]
    session = session_of(sim, now, limits)
    reached = limit_reached(sim, "data", now, limits)
    shape: dict[str, Any] = {
        "status": {"description": session},
        "data_traffic_limit_state": {"description": "REACHED" if reached else "NOT_REACHED"},
        "pdp_contexts": [_context_v2(sim, now)] if session == "ONLINE" else [],
        "services": ["GPRS"] if session == "ONLINE" else [],
    }
    if sim.attached and session != "OFFLINE":
        shape["location"] = _location_v2(sim, now)
    return shape


def _started(sim: SimState, now: float) -> float:
    """When the present session began: by the hour, or when the last day began."""
    return max(day_start(now), now - now % 3600 - (mix(sim.identity.key, 71) % 3000))


def _location_v1(sim: SimState, now: float) -> dict[str, Any]:
    number, name, mcc, _, country, land, prefix, code, latitude, longitude = operator_of(sim)
    seen = rfc3339(_started(sim, now))
    return {
        "iccid": sim.identity.iccid,
        "imsi": sim.identity.imsi,
        "last_updated": seen,
        "last_updated_gprs": seen,
        "sgsn_number": f"{prefix}1600300000",
        "vlr_number": f"{prefix}1710000000",
        "vlr_number_np": "1",
        "msc_number_np": "1",
        "sgsn_number_np": "1",
        "operator_id": number,
        "msc": f"{prefix}1710300000",
        "sgsn_ip_address": _SERVING,
        "operator": {
            "id": number,
            "name": name,
            "country": {"id": country, "name": land, "iso-code": code},
        },
        "country": {
            "country_id": country,
            "name": land,
            "country_code": prefix,
            "mcc": mcc,
            "iso-code": code,
            "latitude": latitude,
            "longitude": longitude,
        },
    }


def _location_v2(sim: SimState, now: float) -> dict[str, Any]:
    number, name, mcc, mnc, country, land, prefix, code, *_ = operator_of(sim)
    return {
        "iccid": sim.identity.iccid,
        "imsi": sim.identity.imsi,
        "last_updated": spaced(_started(sim, now)),
        "sgsn_number": f"mmec01.mmegi8002.mme.epc.mnc{int(mnc):03d}.mcc{mcc}.3gppnetwork.org",
        "vlr_number": f"{prefix}1710000000",
        "operator_id": number,
        "msc": f"{prefix}1710300000",
        "sgsn_ip_address": _SERVING,
        "operator": {
            "id": int(number),
            "name": name,
            "mnc": mnc,
            "country": {"id": int(country), "name": land, "iso_code": code},
        },
        "country": {
            "country_id": country,
            "name": land,
            "country_code": prefix,
            "mcc": mcc,
            "iso_code": code,
        },
    }


def _context_common(sim: SimState, now: float) -> dict[str, Any]:
    operator, _, mcc, mnc, *_ = operator_of(sim)
    identity = sim.identity
    radio, radio_name = _RADIO[mix(identity.key, 72) % len(_RADIO)]
    return {
        "pdp_context_id": str(mix(identity.key, int(_started(sim, now))) % 10**10),
        "endpoint_id": str(identity.numbers),
        "tariff_id": "442",
        "ratezone_id": "2171",
        "organisation_id": str(2_000_000_001 + identity.customer_number),
        "imsi_id": str(identity.numbers + 1),
        "imsi": identity.imsi,
        "sim_id": str(identity.numbers),
        "gtp_version": "1",
        "nsapi": "5",
        "sgsn_control_plane_ip_address": _SERVING,
        "sgsn_data_plane_ip_address": _SERVING,
        "ggsn_control_plane_ip_address": _GATEWAY,
        "ggsn_data_plane_ip_address": _GATEWAY,
        "created": rfc3339(_started(sim, now)),
        "mcc": mcc,
        "mnc": mnc,
        "operator_id": operator,
        "lac": str(mix(identity.key, 73) % 65_536),
        "ci": str(mix(identity.key, 74) % 65_536),
        "ue_ip_address": sim.ip_address,
        "imeisv": (sim.imei or "").rstrip("f").ljust(16, "0"),
        "rat_type": {"rat_type_id": radio, "description": radio_name},
    }


def _context_v1(sim: SimState, now: float) -> dict[str, Any]:
    seconds = int(now - _started(sim, now))
    tunnel = str(mix(sim.identity.key, 75) % 10**9)
    return {
        **_context_common(sim, now),
        "tariff_profile_id": "129700",
        "teid_data_plane": tunnel,
        "teid_control_plane": tunnel,
        "duration": f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}",
    }


def _context_v2(sim: SimState, now: float) -> dict[str, Any]:
    tunnel = str(mix(sim.identity.key, 75) % 10**9)
    common = _context_common(sim, now)
    area = {"sac": "7", "rac": "8"}
    return {
        **common,
        **area,
        "tx_teid_data_plane": tunnel,
        "tx_teid_control_plane": tunnel,
        "rx_teid": tunnel,
        "rx_teid_data_plane": tunnel,
        "rx_teid_control_plane": tunnel,
        "gtp_v1_uli": {"lac": common["lac"], "ci": common["ci"], **area},
        "region": "eu-central-1",
        "apn": "iot.1nce.net",
        "ipcan_session_id": str(mix(sim.identity.key, 76) % 10**6),
    }


def connectivity_info(
    sim: SimState, account: Account, now: float, *, subscriber: bool, ussd: bool
) -> dict[str, Any]:
    """What the visited 2G or 3G network says; of others there is no location."""
    _, _, mcc, mnc, *_ = operator_of(sim)
    session = session_of(sim, now, account.metered()["data"])
    radio = _RADIO[mix(sim.identity.key, 72) % len(_RADIO)][1]
    shape: dict[str, Any] = {}
    if ussd:
        shape["ussd_info"] = {"success": False, "error": "Request Timeout Error"}
    if subscriber and session != "OFFLINE" and radio in ("2G", "3G"):
        cell = {
            "cid": mix(sim.identity.key, 74) % 65_536,
            "lac": mix(sim.identity.key, 73) % 65_536,
            "mcc": mcc,
            "mnc": mnc,
        }
        shape["subscriber_info"] = {
            "success": True,
            "state": "assumed_idle",
            "location": {
                "current_location_retrieved": False,
                "age_of_location": int(now - _started(sim, now)) // 60,
                "cell_global_id": cell,
            },
        }
    elif subscriber:
        shape["subscriber_info"] = {"success": False, "state": "not_provided_from_vlr"}
    shape["request_timestamp"] = numeric_offset(now)
    shape["reply_timestamp"] = numeric_offset(now + 1)
    return shape
