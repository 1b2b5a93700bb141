"""Usage records add up to what was consumed, whenever somebody looks."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim_operator.simulator.clock import DAY, day_start, parse_rfc3339
from sim_operator.simulator.config import SimulatorConfig
from sim_operator.simulator.metering import (
    add_volume,
    consumed,
    daily,
    refresh_spans,
    set_remaining,
    settle,
    use,
)
from sim_operator.simulator.recording import LEAST_BYTES, UsageRecorder, UsedPart
from sim_operator.simulator.state import SimState
from sim_operator.simulator.traffic import MIB, PROFILES, Profile
from sim_operator.simulator.world import Account, World

NOW = parse_rfc3339("2026-11-15T12:00:00Z")
QUARTER = 900.0


def account_of(sims: int = 1) -> Account:
    config = SimulatorConfig(sims=sims, start_time=NOW, speed=0, oddities=False)
    return World(config).accounts()[0]


def sim_of(account: Account, profile: Profile) -> SimState:
    sim = account.fleet.touch(0)
    settle(sim, NOW, account.metered())
    sim.profile = profile
    set_remaining(sim.data, 500 * MIB, NOW)
    refresh_spans(sim, NOW, account.metered())
    return sim


def recorded(
    recorder: UsageRecorder, sim: SimState, account: Account, until: float, *, ended: bool = False
) -> list[UsedPart]:
    return recorder.records(sim, until, account.metered(), ended=ended)


def total(parts: list[UsedPart], service: str) -> float:
    return sum(part.amount for part in parts if part.service == service)


@settings(max_examples=40)
@given(
    st.sampled_from(PROFILES),
    st.lists(st.floats(0, 3 * DAY), min_size=1, max_size=12),
    st.lists(st.integers(0, 6), max_size=12),
)
def test_however_often_one_looks_nothing_is_told_twice_or_left_out(
    profile: Profile, jumps: list[float], actions: list[int]
) -> None:
    account = account_of()
    sim = sim_of(account, profile)
    recorder, moment, parts = UsageRecorder(NOW, account), NOW, []
    for number, jump in enumerate(jumps):
        moment += jump
        action = actions[number] if number < len(actions) else 0
        settle(sim, moment, account.metered())
        if action == 1:
            use(sim, "data", 3 * MIB, moment, account.metered()["data"])
        elif action == 2:
            use(sim, "sms", 2, moment, account.metered()["sms"])
        elif action == 3:
            sim.status = "Disabled"
        elif action == 4:
            sim.status = "Enabled"
        elif action == 5:
            add_volume(sim, "data", 100 * MIB, moment, account.metered()["data"])
        refresh_spans(sim, moment, account.metered())
        if action != 6:
            parts += recorded(recorder, sim, account, moment, ended=number % 5 == 4)
    parts += recorded(recorder, sim, account, moment, ended=True)
    begun = NOW - 1e-6
    assert total(parts, "sms") == consumed(sim, "sms", begun, moment)
    left_out = consumed(sim, "data", begun, moment) - total(parts, "data")
    assert -1e-3 <= left_out <= MIB / 1e6 + 1e-3
    for part in parts:
        assert NOW <= part.start <= part.end <= moment
        assert part.amount > 0
    assert recorded(recorder, sim, account, moment, ended=True) == []


def test_a_quiet_session_is_told_when_it_ends_and_a_busy_one_meanwhile() -> None:
    account = account_of()
    sim = sim_of(account, "steady")
    recorder = UsageRecorder(NOW, account)
    parts = recorded(recorder, sim, account, NOW + 4 * DAY)
    data = [part for part in parts if part.service == "data"]
    assert 2 < len(data) < 4 * 24
    assert any(part.amount < LEAST_BYTES for part in data)
    assert all(one.end <= after.start for one, after in pairwise(data))


def test_messages_are_told_on_the_day_on_which_the_usage_counts_them() -> None:
    account = account_of()
    sim = sim_of(account, "steady")
    recorder, end = UsageRecorder(NOW, account), NOW + 90 * DAY
    limits = account.metered()["sms"]
    # At the very instant between two days: it belongs to the later one.
    midnight = day_start(NOW + 40 * DAY)
    settle(sim, midnight, account.metered())
    use(sim, "sms", 2, midnight, limits)
    messages = [part for part in recorded(recorder, sim, account, end) if part.service == "sms"]
    assert len(messages) >= 2
    for number in range(1, 90):
        day = day_start(NOW + number * DAY)
        told = sum(day <= part.end < day + DAY for part in messages)
        assert told == daily(sim, "sms", day, end, limits)[0]


def test_midnight_is_a_border_of_records_also_after_a_jump_of_weeks() -> None:
    account = account_of()
    sim = sim_of(account, "runaway")
    set_remaining(sim.data, 100_000 * MIB, NOW)
    recorder, limits = UsageRecorder(NOW, account), account.metered()["data"]
    # Used at the very instant between two days: it belongs to the later one.
    midnight = day_start(NOW + 20 * DAY)
    settle(sim, midnight, account.metered())
    use(sim, "data", 5 * MIB, midnight, limits)
    end = NOW + 40 * DAY
    parts = [p for p in recorded(recorder, sim, account, end) if p.service == "data"]
    for number in range(1, 39):
        day = day_start(NOW + number * DAY)
        told = sum(part.amount for part in parts if day <= part.start and part.end <= day + DAY)
        assert told == pytest.approx(daily(sim, "data", day, end, limits)[0], abs=10)


def test_disabling_a_sim_ends_its_session() -> None:
    account = account_of()
    sim = sim_of(account, "runaway")
    recorder, moment = UsageRecorder(NOW, account), NOW + 1000
    settle(sim, moment, account.metered())
    sim.status = "Disabled"
    refresh_spans(sim, moment, account.metered())
    parts = recorded(recorder, sim, account, NOW + 3 * QUARTER)
    assert parts[-1].end == NOW + 2 * QUARTER
    assert total(parts, "data") == pytest.approx(
        consumed(sim, "data", NOW, NOW + DAY), abs=MIB / 1e6
    )


def test_what_was_used_before_the_stream_began_is_not_told() -> None:
    account = account_of()
    sim = sim_of(account, "silent")
    use(sim, "data", MIB, NOW, account.metered()["data"])
    use(sim, "sms", 3, NOW, account.metered()["sms"])
    recorder = UsageRecorder(NOW, account)
    assert recorded(recorder, sim, account, NOW, ended=True) == []
    use(sim, "data", MIB, NOW, account.metered()["data"])
    use(sim, "sms", 1, NOW, account.metered()["sms"])
    parts = recorded(recorder, sim, account, NOW, ended=True)
    assert total(parts, "data") == pytest.approx(MIB, abs=2)
    assert total(parts, "sms") == 1
