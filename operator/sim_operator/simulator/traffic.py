"""What a device wants to send: profiles as cumulative demand, a pure function of key and time.

Demand is cumulative so that any period costs two evaluations, however long it is. Chance moves the
borders of cells instead of being summed up: that keeps the function monotone and its cost constant.
"""

from dataclasses import dataclass
from typing import Literal

from .clock import DAY
from .identity import mix, unit

Profile = Literal["steady", "bursty", "night", "runaway", "silent"]
Service = Literal["data", "sms"]
PROFILES: tuple[Profile, ...] = ("steady", "bursty", "night", "runaway", "silent")
MIB = 1024 * 1024
_ORIGIN = 1_577_836_800.0  # 2020-01-01
_ONSET_START = 1_780_272_000.0  # 2026-06-01: from here on the first runaways lose control
_ONSET_DAYS = 540.0
_NIGHT_START, _NIGHT_HOURS = 1 / 24, 3 / 24
_BURST = 1 / 12


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a device may use a service; ``end`` None: still going on.

    ``onset``: since when a runaway is out of control; None: as its seed says.
    """

    start: float
    end: float | None
    profile: Profile
    onset: float | None = None


def profile_of(key: int) -> Profile:
    """The profile that the seed gives: 50 % steady, 20 bursty, 15 night, 12 silent, 3 runaway."""
    draw = mix(key, 20) % 100
    if draw < 50:
        return "steady"
    if draw < 70:
        return "bursty"
    if draw < 85:
        return "night"
    return "silent" if draw < 97 else "runaway"


def onset_of(key: int) -> float:
    """When a runaway device loses control, by its seed."""
    return _ONSET_START + unit(key, 21) * _ONSET_DAYS * DAY


def demand(key: int, span: Span, service: Service, moment: float) -> float:
    """Bytes or messages that the device has wanted since the origin of the simulation."""
    if span.profile == "silent":
        return 0.0
    if service == "sms":
        per_day = unit(key, 22) * 0.06
        return float(int(per_day * _cells(key, 23, moment, DAY, 0.0, span.profile)))
    if span.profile == "bursty":
        cell = (12 + unit(key, 24) * 24) * 3600.0
        per_day = (0.05 + unit(key, 25) * 0.25) * MIB
        return per_day * cell / DAY * _cells(key, 26, moment, cell, unit(key, 27), "bursty")
    if span.profile == "night":
        return (0.03 + unit(key, 25) * 0.12) * MIB * _cells(key, 26, moment, DAY, 0.0, "night")
    calm = (0.02 + unit(key, 25) * 0.10) * MIB / 4
    total = calm * _cells(key, 26, moment, DAY / 4, unit(key, 27), "steady")
    if span.profile == "runaway":
        onset = onset_of(key) if span.onset is None else span.onset
        total += max(0.0, moment - onset) / DAY * (20 + unit(key, 28) * 60) * MIB
    return total


def _cells(
    key: int, salt: int, moment: float, cell: float, phase: float, profile: Profile
) -> float:
    """Cells passed until the moment, their borders shifted by chance and their inside shaped."""
    place = (moment - _ORIGIN) / cell + phase
    number = int(place)
    start = number + 0.5 * unit(key, salt + 1000 + number)
    end = number + 1 + 0.5 * unit(key, salt + 1001 + number)
    return start + (end - start) * _shape(place - number, profile)


def _shape(fraction: float, profile: Profile) -> float:
    if profile == "bursty":
        return min(1.0, fraction / _BURST)
    if profile == "night":
        return min(1.0, max(0.0, (fraction - _NIGHT_START) / _NIGHT_HOURS))
    return fraction


def is_talking(key: int, span: Span, moment: float) -> bool:
    """Whether the device has a data connection open, if it may."""
    if span.profile == "steady":
        return unit(key, 40_000_000 + int((moment - _ORIGIN) / 7200.0)) < 0.75
    if span.profile == "bursty":
        cell = (12 + unit(key, 24) * 24) * 3600.0
        return ((moment - _ORIGIN) / cell + unit(key, 27)) % 1.0 < _BURST
    if span.profile == "night":
        return 0.0 <= (moment % DAY) / DAY - _NIGHT_START < _NIGHT_HOURS
    return span.profile == "runaway"


def is_reachable(key: int, span: Span, moment: float) -> bool:
    """Whether the network has heard of the device lately; only silent ones get lost at times."""
    if span.profile != "silent":
        return True
    return unit(key, 50_000_000 + int((moment - _ORIGIN) / (3 * DAY))) < 0.7
