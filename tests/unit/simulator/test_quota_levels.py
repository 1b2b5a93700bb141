"""A quota passes its threshold and its end; a top-up starts from what is left."""

import pytest

from sim_operator.simulator.clock import parse_rfc3339
from sim_operator.simulator.identity import Identity
from sim_operator.simulator.metering import (
    add_volume,
    level,
    moment_of,
    remaining,
    set_remaining,
    use,
)
from sim_operator.simulator.state import SimState, pristine
from sim_operator.simulator.traffic import MIB, Service

NOW = parse_rfc3339("2026-11-15T12:00:00Z")


@pytest.fixture
def silent() -> SimState:
    """A SIM whose device sends nothing by itself, with all of its quota."""
    sim = pristine(Identity(0, 0, 0x5EED, oddities=False))
    for meter in (sim.data, sim.sms):
        meter.spans.clear()
        set_remaining(meter, meter.total, NOW)
    return sim


@pytest.mark.parametrize(
    ("service", "left", "expected"),
    [
        ("data", 500 * MIB, 0),
        ("data", 100 * MIB + 1, 0),
        ("data", 100 * MIB, 1),
        ("data", 1, 1),
        ("data", 0, 2),
        ("data", -3 * MIB, 2),
        ("sms", 51, 0),
        ("sms", 50, 1),
        ("sms", 1, 1),
        ("sms", 0, 2),
    ],
)
def test_a_fifth_is_the_threshold_and_nothing_is_the_end(
    silent: SimState, service: Service, left: float, expected: int
) -> None:
    set_remaining(silent.meter(service), left, NOW)
    assert level(silent, service, NOW) == expected


def test_the_moment_of_a_threshold_is_when_it_was_passed(silent: SimState) -> None:
    for hour, megabytes in ((1, 300), (2, 150), (3, 50)):
        use(silent, "data", megabytes * float(MIB), NOW + hour * 3600, ())
    assert remaining(silent, "data", NOW + 4 * 3600) == 0
    assert level(silent, "data", NOW + 4 * 3600) == 2
    assert moment_of(silent, "data", 500.0 * MIB, NOW + 4 * 3600) == NOW + 3 * 3600


def test_a_top_up_adds_to_what_is_left_and_is_a_new_total(silent: SimState) -> None:
    set_remaining(silent.data, 20.0 * MIB, NOW)
    add_volume(silent, "data", 500.0 * MIB, NOW, ())
    assert remaining(silent, "data", NOW) == silent.data.total == 520 * MIB
    assert silent.data.accumulated == 1000 * MIB
    assert silent.data.last_added == 500 * MIB
    assert level(silent, "data", NOW) == 0


def test_a_quota_that_was_overdrawn_swallows_part_of_a_top_up(silent: SimState) -> None:
    set_remaining(silent.data, -2.0 * MIB, NOW)
    add_volume(silent, "data", 500.0 * MIB, NOW, ())
    assert remaining(silent, "data", NOW) == 498 * MIB
