"""The fields of a SIM (both versions), and of quota and usage as v1 writes them."""

from datetime import UTC, date, datetime
from typing import Any

from .clock import DAY, day_start, numeric_offset, rfc3339, spaced
from .metering import THRESHOLD_PERCENT, Limits, daily, level, moment_of, remaining
from .state import SimState
from .traffic import MIB, Service
from .world import Account

_LEVELS = ("More than 20% available", "Less than 20% available", "No volume available")
_MONTHS_KEPT_DAYS = 183


def number(amount: float) -> int | float:
    """A JSON number without a needless fraction, to six places."""
    rounded = round(amount, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def volume(service: Service, amount: float) -> int | float:
    """Bytes as MB (of 1024 KB), messages as they are."""
    return number(amount / MIB) if service == "data" else number(amount)


def sim_shape(sim: SimState, account: Account, now: float) -> dict[str, Any]:
    """A SIM as both versions list it; dates have the form without a colon in the offset."""
    identity, limits = sim.identity, account.metered()
    shape: dict[str, Any] = {
        "iccid": identity.iccid,
        "iccid_with_luhn": identity.iccid_with_luhn,
        "imsi": identity.imsi,
        "imsi_2": identity.second_imsi,
        "current_imsi": identity.imsi,
        "msisdn": identity.msisdn,
        "imei": sim.imei,
        "imei_lock": sim.imei_lock,
        "status": sim.status,
        "activation_date": None if sim.activated is None else numeric_offset(sim.activated),
        "ip_address": sim.ip_address,
        "current_quota": volume("data", sim.data.total),
        "quota_status": _quota_status(sim, "data", now, limits["data"]),
        "current_quota_SMS": volume("sms", sim.sms.total),
        "quota_status_SMS": _quota_status(sim, "sms", now, limits["sms"]),
        "label": sim.label,
    }
    for name in sim.null_fields:
        shape[name] = None
    missing = {n for n in ("imei", "activation_date", "label") if shape[n] is None}
    for name in (missing - sim.null_fields) | sim.hidden_fields:
        shape.pop(name, None)
    return shape


def _quota_status(sim: SimState, service: Service, now: float, limits: Limits) -> dict[str, Any]:
    reached = level(sim, service, now, limits)
    status: dict[str, Any] = {"id": reached, "description": _LEVELS[reached]}
    if reached >= 1:
        total = sim.meter(service).total
        share = total * (100 - THRESHOLD_PERCENT) / 100
        at = moment_of(sim, service, share, now, limits)
        status["threshold_reached_date"] = numeric_offset(at)
        if reached == 2:
            at = moment_of(sim, service, total, now, limits)
            status["quota_exceeded_date"] = numeric_offset(at)
    return status


def quota_shape(sim: SimState, service: Service, account: Account, now: float) -> dict[str, Any]:
    """A quota in v1: never negative, dates with a space and without a zone."""
    meter = sim.meter(service)
    left = max(0.0, remaining(sim, service, now, account.metered()[service]))
    shape: dict[str, Any] = {
        "volume": volume(service, left),
        "total_volume": volume(service, meter.total),
        "expiry_date": spaced(sim.expiry),
        "peak_throughput": 1_000_000,
        "last_volume_added": volume(service, meter.last_added),
        "last_status_change_date": spaced(meter.changed),
        "threshold_percentage": THRESHOLD_PERCENT,
    }
    if service == "sms":
        del shape["peak_throughput"]
    return shape


def usage_shape(
    sim: SimState, account: Account, now: float, start: date | None, end: date | None
) -> dict[str, Any]:
    """Days, newest first, and a TOTAL row; without a start only today, at most six months."""
    today = day_start(now)
    last = today if end is None else min(today, _midnight(end))
    first = last if start is None else _midnight(start)
    first = max(first, today - _MONTHS_KEPT_DAYS * DAY, day_start(sim.identity.produced))
    totals: dict[Service, tuple[float, float]] = {"data": (0.0, 0.0), "sms": (0.0, 0.0)}
    rows = []
    day = last
    while day >= first:
        figures = {
            service: daily(sim, service, day, now, account.metered()[service]) for service in totals
        }
        for service, (amount, received) in figures.items():
            totals[service] = (totals[service][0] + amount, totals[service][1] + received)
        rows.append(_usage_row(rfc3339(day), figures))
        day -= DAY
    return {"stats": [*rows, _usage_row("TOTAL", totals)]}


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def _usage_row(title: str, figures: dict[Service, tuple[float, float]]) -> dict[str, Any]:
    return {
        "date": title,
        "data": _usage_part("data", *figures["data"]),
        "sms": _usage_part("sms", *figures["sms"]),
    }


def _usage_part(service: Service, amount: float, received: float) -> dict[str, Any]:
    data = service == "data"
    total = f"{amount / MIB:.6f}" if data else str(int(amount))
    rx = f"{received / MIB:.6f}" if data else str(int(received))
    sent = f"{float(total) - float(rx):.6f}" if data else str(int(total) - int(rx))
    return {
        "cost": total,
        "currency": {"id": 1, "symbol": "€", "code": "EUR"},
        "traffic_type": {
            "id": 5 if data else 6,
            "description": "Data" if data else "SMS",
            "unit": "MB" if data else "SMS",
        },
        "volume": total,
        "volume_rx": rx,
        "volume_tx": sent,
    }
