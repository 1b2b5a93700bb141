"""Quota as v2 writes it: another shape, ISO dates, and volumes that may be negative."""

from typing import Any

from .clock import rfc3339
from .metering import THRESHOLD_PERCENT, remaining
from .shapes_v1 import volume
from .state import SimState
from .traffic import Service
from .world import Account

_STATES = ("EXHAUSTED", "ACTIVE", "EXPIRED")


def quota_shape(sim: SimState, service: Service, account: Account, now: float) -> dict[str, Any]:
    """A quota in v2."""
    meter = sim.meter(service)
    left = remaining(sim, service, now, account.metered()[service])
    state = 2 if sim.expired(now) else int(left > 0)
    return {
        "id": 2 * sim.identity.numbers + (service == "sms"),
        "service": service,
        "status": {"id": state, "description": _STATES[state]},
        "volume": volume(service, left),
        "total_volume": volume(service, meter.total),
        "accumulated_total_volume": volume(service, meter.accumulated),
        "last_volume_added": volume(service, meter.last_added),
        "threshold_percentage": THRESHOLD_PERCENT,
        "threshold_volume": volume(service, meter.total * THRESHOLD_PERCENT / 100),
        "expiry_date": rfc3339(sim.expiry),
        "created_at": rfc3339(sim.identity.produced),
    }
