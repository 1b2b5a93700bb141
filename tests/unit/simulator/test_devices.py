"""Devices live by seed and time alone, and only as their SIM's state lets them."""

from collections import Counter

import pytest

from sim_operator.simulator.clock import DAY, SimulatedClock, parse_rfc3339, rfc3339
from sim_operator.simulator.fleet import Fleet
from sim_operator.simulator.identity import Identity, iccid_of, luhn_digit, place_of
from sim_operator.simulator.metering import (
    LimitChange,
    consumed,
    level,
    refresh_spans,
    remaining,
    settle,
    use,
    used,
)
from sim_operator.simulator.sessions import session_of
from sim_operator.simulator.state import SimState, pristine
from sim_operator.simulator.traffic import (
    MIB,
    PROFILES,
    Profile,
    Service,
    Span,
    demand,
    profile_of,
)

SEED = 0x5EED
NOW = parse_rfc3339("2026-11-15T12:00:00Z")
SERVICES: tuple[Service, ...] = ("data", "sms")


def sim_of(profile: Profile) -> SimState:
    """The first enabled SIM of a profile that has quota left."""
    for index in range(2000):
        identity = Identity(index, 0, SEED, oddities=False)
        if profile_of(identity.key) == profile:
            sim = pristine(identity)
            if level(sim, "data", NOW) == 0:
                return sim
    raise AssertionError(f"no SIM is {profile}")


def test_an_iccid_tells_customer_and_place() -> None:
    for customer, index in ((0, 0), (0, 99_999), (3, 7), (9, 1)):
        iccid = iccid_of(SEED, customer, index)
        assert len(iccid) == 19
        assert iccid.startswith("8988303")
        assert place_of(SEED, iccid) == (customer, index)


@pytest.mark.parametrize("text", ["", "abc", "1234567890123456789", "89883030001234567894"])
def test_what_is_no_iccid_of_ours_has_no_place(text: str) -> None:
    assert place_of(SEED, text) is None


def test_the_check_digit_is_the_known_one() -> None:
    assert luhn_digit("8988303000123456789") == "4"
    assert luhn_digit("7992739871") == "3"


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("service", SERVICES)
def test_demand_never_falls(profile: Profile, service: Service) -> None:
    span = Span(0, None, profile)
    for key in (1, 99, 2**63):
        amounts = [demand(key, span, service, NOW + hour * 900.0) for hour in range(2000)]
        assert amounts == sorted(amounts)


def test_the_night_profile_uses_nothing_by_day() -> None:
    span = Span(0, None, "night")
    midnight = NOW - NOW % DAY
    morning, evening = midnight + 5 * 3600, midnight + 23 * 3600
    assert demand(5, span, "data", morning) == demand(5, span, "data", evening)
    assert demand(5, span, "data", evening) > demand(5, span, "data", midnight)


def test_all_profiles_occur_as_often_as_they_should() -> None:
    keys = (Identity(index, 0, SEED, oddities=True).key for index in range(4000))
    counts = Counter(profile_of(key) for key in keys)
    assert set(counts) == set(PROFILES)
    assert counts["steady"] > counts["bursty"] > counts["runaway"]


@pytest.mark.parametrize("service", SERVICES)
def test_usage_of_parts_adds_up_to_the_whole(service: Service) -> None:
    sim = sim_of("bursty")
    days = [consumed(sim, service, NOW - d * DAY, NOW - (d - 1) * DAY) for d in range(1, 31)]
    assert sum(days) == pytest.approx(consumed(sim, service, NOW - 30 * DAY, NOW))


def test_asking_late_gives_the_same_as_asking_often() -> None:
    asked_often, asked_late = sim_of("runaway"), sim_of("runaway")
    for hour in range(60 * 24):
        used(asked_often, "data", NOW + hour * 3600.0)
    end = NOW + 2000 * DAY
    assert used(asked_often, "data", end) == pytest.approx(used(asked_late, "data", end), rel=1e-6)


def test_a_runaway_stops_where_its_quota_ends() -> None:
    sim = sim_of("runaway")
    end = NOW + 2000 * DAY
    left = remaining(sim, "data", end)
    assert -MIB < left <= 0
    assert level(sim, "data", end) == 2
    assert session_of(sim, end, ()) in ("ATTACHED", "OFFLINE")


def test_a_disabled_sim_uses_nothing_until_it_is_enabled_again() -> None:
    sim = sim_of("steady")
    settle(sim, NOW, {})
    sim.status = "Disabled"
    refresh_spans(sim, NOW, {})
    later = NOW + 90 * DAY
    assert used(sim, "data", later) == used(sim, "data", NOW)
    assert session_of(sim, later, ()) == "OFFLINE"
    sim.status = "Enabled"
    refresh_spans(sim, later, {})
    assert used(sim, "data", later + 90 * DAY) > used(sim, "data", later)


def test_usage_from_outside_counts_in_quota_and_day_while_time_stands_still() -> None:
    sim = sim_of("silent")
    before = remaining(sim, "data", NOW)
    for _ in range(2):
        use(sim, "data", 3.0 * MIB, NOW, ())
    assert before - remaining(sim, "data", NOW) == 6 * MIB
    assert consumed(sim, "data", NOW - DAY, NOW) == 6 * MIB


def test_a_monthly_limit_caps_a_month_and_ends_with_it() -> None:
    sim = sim_of("runaway")
    sim.data.spans = [Span(NOW - DAY, None, "runaway", onset=NOW - DAY)]
    limits = [LimitChange(NOW - DAY, 5.0 * MIB)]
    december = parse_rfc3339("2026-12-01T00:00:00Z")
    november = parse_rfc3339("2026-11-01T00:00:00Z")
    assert consumed(sim, "data", november, december, limits) == pytest.approx(5 * MIB)
    assert consumed(sim, "data", november, december + 9 * DAY, limits) == pytest.approx(10 * MIB)
    assert consumed(sim, "data", december, december + 600, limits) > 0


def test_a_raised_limit_does_not_change_what_was_used_before() -> None:
    sim = sim_of("runaway")
    sim.data.spans = [Span(NOW - 9 * DAY, None, "runaway", onset=NOW - 9 * DAY)]
    limits = [LimitChange(NOW - 9 * DAY, 5.0 * MIB)]
    month = parse_rfc3339("2026-11-01T00:00:00Z")
    assert consumed(sim, "data", month, NOW, limits) == pytest.approx(5 * MIB)
    raised = [*limits, LimitChange(NOW, 7.0 * MIB)]
    assert consumed(sim, "data", month, NOW, raised) == pytest.approx(5 * MIB)
    assert consumed(sim, "data", month, NOW + 3 * DAY, raised) == pytest.approx(7 * MIB)


def test_a_fleet_of_a_hundred_thousand_stores_nothing_until_touched() -> None:
    fleet = Fleet("default", 0, SEED, 100_000, oddities=True)
    assert list(fleet.touched()) == []
    fleet.touch(99_999).label = "last"
    assert fleet.peek(99_999).label == "last"
    assert [sim.identity.index for sim in fleet.touched()] == [99_999]
    fleet.depart(5, 403)
    assert len(fleet) == 99_999
    assert fleet.indices()[5] == 6


def test_simulated_time_moves_forward_only() -> None:
    clock = SimulatedClock(NOW, 0)
    clock.move_to(NOW + 10)
    assert clock.now() == NOW + 10
    with pytest.raises(ValueError, match="backwards"):
        clock.move_to(NOW)
    assert rfc3339(NOW) == "2026-11-15T12:00:00.000Z"
