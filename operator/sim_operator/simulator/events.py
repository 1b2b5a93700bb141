"""What happened to a SIM in the last seven days, in the shapes of both versions."""

from typing import Any

from .clock import DAY, numeric_offset, rfc3339
from .identity import mix
from .metering import THRESHOLD_PERCENT, level, moment_of
from .sessions import talked
from .shapes_network import operator_of
from .state import RecordedEvent, SimState
from .traffic import MIB, Service
from .world import Account

RETENTION = 7 * DAY
_STEP = 3600.0
_TYPES = {
    1: "Update location",
    3: "Create PDP Context",
    5: "Delete PDP Context",
    8: "SIM activation",
    9: "SIM suspension",
    15: "Purge location",
    18: "Data quota threshold reached",
    19: "Data quota used up",
    20: "SMS quota threshold reached",
    21: "SMS quota used up",
    56: "Data quota assigned",
    58: "SMS quota assigned",
}
_SOURCES = {"Network": 0, "Policy Control": 1, "API": 2}
_WARNINGS = {18: (1, "Warn"), 19: (2, "Critical"), 20: (1, "Warn"), 21: (2, "Critical")}


def events_of(
    sim: SimState, account: Account, now: float, since: float | None = None
) -> list[RecordedEvent]:
    """Recorded and computed events, newest first; ``since``: only those from then on."""
    start = max(now - RETENTION, now - RETENTION if since is None else since)
    events = [event for event in sim.events if start <= event.at <= now]
    events += [e for e in _quota_events(sim, account, now) if e.at >= start]
    events += _session_events(sim, start, now)
    return sorted(events, key=lambda event: (-event.at, event.type_id))


def _quota_events(sim: SimState, account: Account, now: float) -> list[RecordedEvent]:
    events = []
    limits = account.metered()
    services: tuple[tuple[Service, int], ...] = (("data", 18), ("sms", 20))
    for service, type_id in services:
        reached, total = level(sim, service, now, limits[service]), sim.meter(service).total
        shares = (total * (100 - THRESHOLD_PERCENT) / 100, total)[:reached]
        for step, amount in enumerate(shares):
            at = moment_of(sim, service, amount, now, limits[service])
            name = _TYPES[type_id + step]
            events.append(RecordedEvent(at, type_id + step, name, "Policy Control"))
    return events


def _session_events(sim: SimState, start: float, now: float) -> list[RecordedEvent]:
    """Sessions, looked at by the hour: a coarser picture than the network's own."""
    events = []
    moment = start - start % _STEP + _STEP
    talking = start > now - RETENTION and talked(sim, moment - _STEP)
    while moment <= now:
        online = talked(sim, moment)
        if online != talking:
            type_id, text = (
                (3, "New PDP Context successfully activated")
                if online
                else (5, "PDP Context deleted.")
            )
            events.append(RecordedEvent(moment, type_id, text, "Network"))
        talking = online
        moment += _STEP
    return events


def event_v1(event: RecordedEvent, sim: SimState) -> dict[str, Any]:
    """v1: the type is a text; time and type alone are always there."""
    shape: dict[str, Any] = {
        "timestamp": numeric_offset(event.at),
        "event_type": event.description,
        "iccid": sim.identity.iccid,
        "imsi": sim.identity.imsi,
        "alert": event.type_id in _WARNINGS,
        "event_severity": _WARNINGS.get(event.type_id, (0, "Info"))[1],
    }
    if sim.imei is not None:
        shape["imei"] = sim.imei
    if event.source == "Network":
        _, name, mcc, mnc, _, country, *_ = operator_of(sim)
        shape |= {"country": country, "operator": name, "mcc": mcc, "mnc": mnc}
    return shape


def event_v2(event: RecordedEvent, sim: SimState, account: Account) -> dict[str, Any]:
    """v2: the structure that the Data Streamer pushes, too; empty objects are null."""
    identity = sim.identity
    severity = _WARNINGS.get(event.type_id, (0, "Info"))
    organisation = account.fleet.organisation
    return {
        "id": mix(identity.key, int(event.at * 10) + event.type_id) % 2**52,
        "event_type": {"id": event.type_id, "description": _TYPES[event.type_id]},
        "timestamp": rfc3339(event.at),
        "alert": event.type_id in _WARNINGS,
        "user": None,
        "description": event.description,
        "event_source": {"id": _SOURCES[event.source], "description": event.source},
        "event_severity": {"id": severity[0], "description": severity[1].upper()},
        "organisation": {"id": organisation, "name": str(organisation)},
        "endpoint": {
            "id": identity.numbers,
            "name": identity.iccid,
            "ip_address": sim.ip_address,
            "imei": sim.imei,
        },
        "sim": {"id": identity.numbers, "iccid": identity.iccid, "msisdn": identity.msisdn},
        "imsi": {"id": identity.numbers + 1, "imsi": identity.imsi},
        "detail": _detail(event, sim),
    }


def _detail(event: RecordedEvent, sim: SimState) -> dict[str, Any] | None:
    if event.type_id in (18, 19, 20, 21):
        service: Service = "data" if event.type_id < 20 else "sms"
        total = sim.meter(service).total / (MIB if service == "data" else 1)
        threshold = total * THRESHOLD_PERCENT / 100
        return {
            "quota": {
                "volume": threshold if event.type_id in (18, 20) else 0,
                "threshold_volume": threshold,
                "threshold_percentage": THRESHOLD_PERCENT,
                "total_volume": total,
            }
        }
    if event.source != "Network":
        return None
    number, name, mcc, mnc, country, land, prefix, code, *_ = operator_of(sim)
    return {
        "id": int(number),
        "name": name,
        "country": {
            "id": int(country),
            "name": land,
            "country_code": prefix,
            "mcc": mcc,
            "iso_code": code,
        },
        "mnc": [{"id": int(number), "mnc": mnc}],
    }
