"""Records as the Data Streamer pushes them: nested (classic) and flat (Platform 2.0)."""

from typing import Any, Literal

from .clock import rfc3339, utc
from .events import event_v2
from .identity import mix
from .recording import UsedPart
from .shapes_network import operator_of
from .shapes_v1 import number, volume
from .state import RecordedEvent, SimState
from .world import Account

Shape = Literal["classic", "v2"]

_TRAFFIC = {"data": (5, "Data"), "sms": (6, "SMS")}
_TARIFF, _RATE_ZONE, _RADIO = 398, 2067, 8


def usage_record(
    part: UsedPart, record_id: int, sim: SimState, account: Account, shape: Shape
) -> dict[str, Any]:
    """One usage record; volumes are MB or messages, cost equals volume and is no money."""
    total, sent = _volumes(part, sim)
    received = number(total - sent)
    if shape == "v2":
        return _flat_usage(part, record_id, sim, account, (total, sent, received))
    identity = sim.identity
    organisation = account.fleet.organisation
    operator, name, mcc, mnc, country, land, *_ = operator_of(sim)
    traffic_id, traffic = _TRAFFIC[part.service]
    return {
        "id": record_id,
        "start_timestamp": rfc3339(part.start),
        "end_timestamp": rfc3339(part.end),
        "imsi": identity.imsi,
        "imsi_id": identity.numbers,
        "organisation": {"id": organisation, "name": str(organisation)},
        "sim": {
            "id": identity.numbers,
            "iccid": identity.iccid,
            "msisdn": identity.msisdn,
            "production_date": utc(identity.produced).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "operator": {
            "id": int(operator),
            "name": name,
            "mnc": mnc,
            "country": {"id": int(country), "mcc": mcc, "name": land},
        },
        "tariff": {
            "id": _TARIFF,
            "name": "1NCE Production 01",
            "ratezone": {"id": _RATE_ZONE, "name": "Rate Zone 2"},
        },
        "traffic_type": {"id": traffic_id, "description": traffic},
        "endpoint": {
            "id": identity.numbers,
            "name": identity.iccid,
            "ip_address": sim.ip_address,
            "tags": None,
            "imei": sim.imei,
            "balance": None,
        },
        "currency": {"id": 1, "symbol": "€", "code": "EUR"},
        "cost": total,
        "volume": {"total": total, "tx": sent, "rx": received},
    }


def _volumes(part: UsedPart, sim: SimState) -> tuple[int | float, int | float]:
    """In all, and of that sent; a message counts as sent by the device."""
    total = volume(part.service, part.amount)
    if part.service == "sms":
        return total, total
    share = (20 + mix(sim.identity.key, 32 + int(part.end // 60)) % 60) / 100
    return total, number(total * share)


def _flat_usage(
    part: UsedPart,
    record_id: int,
    sim: SimState,
    account: Account,
    volumes: tuple[int | float, int | float, int | float],
) -> dict[str, Any]:
    """The ICCID stands in the name of the endpoint and nowhere else; a session is a UUID."""
    identity = sim.identity
    operator, _, _, mnc, country, *_ = operator_of(sim)
    session = f"{mix(identity.key, int(part.start)):016x}{mix(identity.key, 33):016x}"
    total, sent, received = volumes
    return {
        "id": record_id,
        "ingestion_timestamp": rfc3339(part.end),
        "start_timestamp": rfc3339(part.start),
        "end_timestamp": rfc3339(part.end),
        **_flat_endpoint(sim),
        "sim_id": identity.numbers,
        "imsi_id": identity.numbers,
        "operator_id": int(operator),
        "operator_country_id": int(country),
        "operator_mnc": mnc,
        "organisation_id": account.fleet.organisation,
        "tariff_id": _TARIFF,
        "tariff_ratezone_id": _RATE_ZONE,
        "traffic_type_id": _TRAFFIC[part.service][0],
        "ipcan_session_id": "-".join(
            (session[:8], session[8:12], session[12:16], session[16:20], session[20:])
        ),
        "quota_id": 2 * identity.numbers + (part.service == "sms"),
        "rat_type": _RADIO,
        "volume_total": total,
        "volume_tx": sent,
        "volume_rx": received,
        "cost": total,
    }


def _flat_endpoint(sim: SimState) -> dict[str, Any]:
    return {
        "endpoint_id": sim.identity.numbers,
        "endpoint_name": sim.identity.iccid,
        "endpoint_ip_address": sim.ip_address,
        "endpoint_imei": sim.imei,
        "endpoint_tags": None,
    }


def event_record(
    event: RecordedEvent, sim: SimState, account: Account, shape: Shape
) -> dict[str, Any]:
    """One event record; its id is the same for every stream, and whenever it is asked for."""
    nested = event_v2(event, sim, account)
    if shape == "classic":
        return nested
    detail = nested["detail"] or {}
    return {
        "id": nested["id"],
        "timestamp": nested["timestamp"],
        "ingestion_timestamp": nested["timestamp"],
        "alert": nested["alert"],
        "description": nested["description"],
        "event_type_id": event.type_id,
        "event_severity_id": nested["event_severity"]["id"],
        "event_source_id": nested["event_source"]["id"],
        **_flat_endpoint(sim),
        "sim_id": sim.identity.numbers,
        "imsi_id": sim.identity.numbers,
        "organisation_id": account.fleet.organisation,
        "detail_id": detail.get("id"),
        **{f"detail_quota_{name}": value for name, value in detail.get("quota", {}).items()},
    }
