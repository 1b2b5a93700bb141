"""Consumption: what devices wanted, as far as status, quota and monthly limits let them.

All figures are computed when asked for. A quota that ran out in the meantime closes the span of
its meter at the moment when it did, found by bisection, so that asking late gives the same as
asking often.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .clock import DAY, month_start, next_month
from .identity import mix
from .state import Meter, SimState
from .traffic import Service, Span, demand

THRESHOLD_PERCENT = 20
_INSTANT = 1e-6


@dataclass(frozen=True, slots=True)
class LimitChange:
    """Since when the account's monthly limit of a service was what; None: unlimited."""

    since: float
    amount: float | None


Limits = Sequence[LimitChange]


def consumed(
    sim: SimState, service: Service, start: float, end: float, limits: Limits = ()
) -> float:
    """Bytes or messages used after ``start``, up to and including ``end``."""
    meter = sim.meter(service)
    if not limits or end <= (first := month_start(limits[0].since)):
        return _wanted(sim, meter, start, end)
    total = _wanted(sim, meter, start, first) if start < first else 0.0
    month = max(first, month_start(start))
    while month < end:
        close = next_month(month)
        total += _in_month(sim, meter, month, min(end, close), limits)
        if start > month:
            total -= _in_month(sim, meter, month, start, limits)
        month = close
    return total


def _in_month(sim: SimState, meter: Meter, month: float, end: float, limits: Limits) -> float:
    """Used from the start of the month, each change of the limit obeyed from its moment on."""
    borders = [month, *(c.since for c in limits if month < c.since < end), end]
    total = 0.0
    for start, stop in pairwise(borders):
        wanted = _wanted(sim, meter, start, stop)
        limit = limit_at(limits, start)
        total += wanted if limit is None else min(wanted, max(0.0, limit - total))
    return total


def limit_at(limits: Limits, moment: float) -> float | None:
    """The monthly limit in force; None: unlimited."""
    amount = None
    for change in limits:
        if change.since <= moment:
            amount = change.amount
    return amount


def limit_reached(sim: SimState, service: Service, now: float, limits: Limits) -> bool:
    """Whether the account's monthly limit stops this SIM."""
    limit = limit_at(limits, now)
    return limit is not None and consumed(sim, service, month_start(now), now, limits) >= limit


def _wanted(sim: SimState, meter: Meter, start: float, end: float) -> float:
    key, total = sim.identity.key, 0.0
    for span in meter.spans:
        low = max(start, span.start)
        high = min(end, sim.expiry if span.end is None else span.end)
        if high > low:
            total += demand(key, span, meter.service, high) - demand(key, span, meter.service, low)
    return total + sum(amount for at, amount in meter.extra if start < at <= end)


def used(sim: SimState, service: Service, now: float, limits: Limits = ()) -> float:
    """Used of the present quota; closes the meter's open span where the quota ran out."""
    meter = sim.meter(service)
    amount = meter.used + consumed(sim, service, meter.since, now, limits)
    ceiling = meter.total + _overshoot(sim, service)
    if amount <= ceiling or not meter.spans or meter.spans[-1].end is not None:
        return amount
    close_span(meter, moment_of(sim, service, ceiling, now, limits))
    return meter.used + consumed(sim, service, meter.since, now, limits)


def remaining(sim: SimState, service: Service, now: float, limits: Limits = ()) -> float:
    """Left of the quota; slightly negative when a session ran past its end."""
    return sim.meter(service).total - used(sim, service, now, limits)


def moment_of(
    sim: SimState, service: Service, amount: float, now: float, limits: Limits = ()
) -> float:
    """When this much of the present quota had been used; at most ``now``."""
    meter = sim.meter(service)
    low, high = meter.since, now
    for _ in range(40):
        middle = (low + high) / 2
        if meter.used + consumed(sim, service, meter.since, middle, limits) >= amount:
            high = middle
        else:
            low = middle
    return high


def _overshoot(sim: SimState, service: Service) -> float:
    """How far past its end a data session runs before the network stops it."""
    return float(mix(sim.identity.key, 30) % 300_000) if service == "data" else 0.0


def level(sim: SimState, service: Service, now: float, limits: Limits = ()) -> int:
    """0: more than 20 % left, 1: less, 2: nothing."""
    left = remaining(sim, service, now, limits)
    if left <= 0:
        return 2
    return 1 if left <= sim.meter(service).total * THRESHOLD_PERCENT / 100 else 0


def close_span(meter: Meter, moment: float) -> None:
    """Stop the use of a service, if it is going on."""
    if meter.spans and meter.spans[-1].end is None:
        meter.spans[-1] = replace(meter.spans[-1], end=max(moment, meter.spans[-1].start))


def refresh_spans(sim: SimState, now: float, limits: dict[Service, Limits]) -> None:
    """Let spans follow a change of the SIM: call it after each, with quotas settled before it."""
    for meter in (sim.data, sim.sms):
        open_span = meter.spans[-1] if meter.spans and meter.spans[-1].end is None else None
        service_limits = limits.get(meter.service, ())
        allowed = sim.may_use(now) and remaining(sim, meter.service, now, service_limits) > 0
        if open_span and (not allowed or open_span.profile != sim.profile):
            close_span(meter, now)
            open_span = None
        if allowed and open_span is None:
            onset = now if sim.profile == "runaway" else None
            meter.spans.append(Span(now, None, sim.profile, onset))


def settle(sim: SimState, now: float, limits: dict[Service, Limits]) -> None:
    """Fix what was used until now; call it before each change of the SIM."""
    for meter in (sim.data, sim.sms):
        used(sim, meter.service, now, limits.get(meter.service, ()))


def set_remaining(meter: Meter, amount: float, now: float) -> None:
    """Make this much remain, without touching the usage of any day."""
    meter.used, meter.since, meter.changed = meter.total - amount, now, now


def use(sim: SimState, service: Service, amount: float, now: float, limits: Limits) -> None:
    """Use this much at once, as a device would that the profile does not know."""
    meter = sim.meter(service)
    meter.used, meter.since = used(sim, service, now, limits) + amount, now
    meter.extra.append((now, amount))


def add_volume(sim: SimState, service: Service, amount: float, now: float, limits: Limits) -> None:
    """A top-up: the new total is what was left and what was added."""
    meter = sim.meter(service)
    meter.total = remaining(sim, service, now, limits) + amount
    meter.accumulated += amount
    meter.last_added = amount
    meter.used, meter.since, meter.changed = 0.0, now, now


def daily(
    sim: SimState, service: Service, day: float, now: float, limits: Limits
) -> tuple[float, float]:
    """Used on one UTC day and, of that, what the device received (bytes or messages)."""
    used(sim, service, now, limits)
    start, end = max(day, sim.identity.produced), min(day + DAY, now)
    # What was used at the very instant between two days belongs to the later one.
    last = end if end == now else end - _INSTANT
    amount = consumed(sim, service, start - _INSTANT, last, limits) if end >= start else 0.0
    share = (20 + mix(sim.identity.key, 31 + int(day // DAY)) % 60) / 100
    received = amount * share if service == "data" else float(int(amount * share))
    return amount, received
