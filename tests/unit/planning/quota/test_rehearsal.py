"""What a policy would have done, replayed over days."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.choices import PeriodKind, PolicyMode, PolicyReason, Resume
from sim_operator.domain.resources import Key
from sim_operator.domain.usage import DayUsage
from sim_operator.planning.limits import resolve
from sim_operator.planning.quota.evaluation import Standing
from sim_operator.planning.quota.period import Track
from sim_operator.planning.quota.rehearsal import (
    Event,
    Guard,
    Rehearsal,
    Subject,
    rehearse,
)
from sim_operator.planning.quota.terms import PER_SIM, Terms, is_passed
from tests.unit.planning.quota.fleet import POLICIES, key, policy, pool_policy

FIRST = date(2026, 10, 30)
ACCOUNT = Key("plant-a", "default")


def days(
    *used: int | None, sms: Sequence[int | None] = (), first: date = FIRST
) -> dict[date, DayUsage]:
    """One figure a day from `first` on."""
    return {
        first + timedelta(days=number): DayUsage(
            one, sms[number] if number < len(sms) else (None if one is None else 0)
        )
        for number, one in enumerate(used)
    }


def subject(name: str, *used: int | None, **changes: Any) -> Subject:
    return Subject(key(name), ACCOUNT, days(*used), **changes)


def replayed(terms: Terms, *subjects: Subject, hourly: int | None = None) -> Rehearsal:
    last = max((day for one in subjects for day in one.days), default=FIRST)
    guards = {} if hourly is None else {ACCOUNT: hourly}
    return rehearse(terms, subjects, FIRST, last, guards)


def told(found: Rehearsal) -> list[tuple[int, str, Event]]:
    """Day of the month, SIM and event."""
    return [(one.day.day, one.key.name, one.event) for one in found.happenings]


def test_a_sim_is_warned_disabled_and_back_with_the_next_month() -> None:
    found = replayed(policy(), subject("a", 85, 20, 7, 0, 3))
    assert told(found) == [
        (30, "a", Event.WARN),
        (31, "a", Event.DISABLE),
        (1, "a", Event.RELEASE),
    ]
    warning, disable, release = found.happenings
    assert (warning.step, warning.used, warning.value) == (80, 85, 100)
    assert (disable.reason, disable.used, disable.step) == (PolicyReason.EXCEEDED, 105, None)
    assert (release.day, release.limit) == (date(2026, 11, 1), None)
    october, november = found.periods
    assert (october.warned, october.disabled, october.used_data) == (1, 1, 105)
    assert (november.warned, november.disabled, november.used_data) == (0, 0, 10)


def test_what_a_sim_used_while_it_would_have_been_off_is_saved() -> None:
    found = rehearse(
        policy(),
        [Subject(key("a"), ACCOUNT, days(120, 9, 0, None, 4, first=date(2026, 11, 1)))],
        date(2026, 11, 1),
        date(2026, 11, 5),
        {},
    )
    (november,) = found.periods
    assert (november.used_data, november.saved_data) == (120, 13)
    assert november.days_off == {key("a"): 4}
    assert november.idle_off == {key("a"): 1}, "a day that is not known is no idle one"
    assert not november.is_whole


def test_a_step_is_told_once_and_the_next_one_again() -> None:
    found = replayed(policy(), subject("a", 85, 0), subject("b", 85, 11))
    assert [(one.day.day, one.key.name, one.step) for one in found.happenings] == [
        (30, "a", 80),
        (30, "b", 80),
        (31, "b", 95),
    ]


def test_who_finds_no_place_waits_and_is_told_once() -> None:
    found = replayed(policy(max_disabled=1), subject("a", 100, 5), subject("b", 150, 5))
    assert [(one.key.name, one.event, one.guard) for one in found.happenings] == [
        ("a", Event.HOLD, Guard.MAX_DISABLED),
        ("b", Event.DISABLE, None),
    ]
    (october,) = found.periods
    assert (october.held, october.disabled, october.most_off) == (1, 1, 1)


def test_the_account_lets_so_many_through_a_day() -> None:
    many = [subject(f"sim-{number:02}", 100, 0, 0) for number in range(30)]
    found = rehearse(policy(), many, FIRST, FIRST + timedelta(days=1), {ACCOUNT: 1})
    disabled = [one.day.day for one in found.happenings if one.event is Event.DISABLE]
    assert disabled == [30] * 24 + [31] * 6
    waiting = [one for one in found.happenings if one.guard is Guard.ACCOUNT]
    assert [one.key.name for one in waiting] == [f"sim-{number}" for number in range(24, 30)]


def test_never_means_that_the_next_month_brings_nobody_back() -> None:
    found = replayed(policy(resumes=Resume.NEVER), subject("a", 100, 5, 6, 7))
    assert told(found) == [(30, "a", Event.DISABLE)]
    assert [one.saved_data for one in found.periods] == [5, 13]


def test_a_pool_takes_the_heaviest_and_tells_the_use_of_all() -> None:
    found = replayed(pool_policy(100), subject("a", 20), subject("b", 90))
    (disable,) = [one for one in found.happenings if one.event is Event.DISABLE]
    assert (disable.key.name, disable.used, disable.value) == ("b", 110, 100)
    assert disable.reason is PolicyReason.POOL_EXCEEDED


def test_without_the_action_disable_a_limit_is_told_once_and_nothing_is_saved() -> None:
    found = replayed(policy(disables=False), subject("a", 100, 50))
    assert told(found) == [(30, "a", Event.WARN)]
    assert found.happenings[0].step is None
    assert found.periods[0].saved_data == 0


def test_a_sim_that_its_owner_disabled_is_left_alone() -> None:
    found = replayed(policy(), subject("a", 100, standing=Standing.OWNER_DISABLED))
    assert found.happenings == ()


def test_a_sim_without_any_figure_is_named_and_never_decided_about() -> None:
    unknown = Subject(key("x"), ACCOUNT, {})
    found = replayed(policy(data_per_sim=0), unknown, subject("a", 1))
    assert found.unknown == (key("x"),)
    assert told(found) == [(30, "a", Event.DISABLE)]


@pytest.mark.parametrize(
    ("zone", "begins"),
    [
        ("Etc/UTC", date(2026, 11, 1)),
        ("Europe/Berlin", date(2026, 11, 1)),  # that day begins at one o'clock there
        ("America/New_York", date(2026, 11, 2)),  # the 1st begins on the evening of 31 October
    ],
)
def test_a_day_over_a_turn_counts_in_the_period_in_which_it_begins(zone: str, begins: date) -> None:
    terms = policy(track=Track(PeriodKind.MONTHLY, zone))
    found = replayed(terms, subject("a", 60, 60, 60, 60))
    assert [one.first for one in found.periods] == [FIRST, begins]
    assert [one.key.name for one in found.happenings if one.event is Event.RELEASE] == ["a"]


def test_a_period_is_whole_only_with_all_its_days() -> None:
    october = [Subject(key("a"), ACCOUNT, days(*[1] * 62, first=date(2026, 10, 1)))]
    found = rehearse(policy(), october, date(2026, 10, 1), date(2026, 11, 29), {})
    assert [one.is_whole for one in found.periods] == [True, False]
    whole = rehearse(policy(), october, date(2026, 10, 1), date(2026, 11, 30), {})
    assert [one.is_whole for one in whole.periods] == [True, True]
    late = rehearse(policy(), october, date(2026, 10, 2), date(2026, 11, 30), {})
    assert [one.is_whole for one in late.periods] == [False, True]


# For any policy and any history

_FIGURES = st.none() | st.sampled_from([0, 0, 1, 40, 100]) | st.integers(0, 200)
_HISTORIES = st.lists(st.tuples(_FIGURES, _FIGURES), min_size=1, max_size=45)
_LAST = FIRST + timedelta(days=44)


@st.composite
def _subjects(draw: st.DrawFn) -> list[Subject]:
    histories = draw(st.lists(_HISTORIES, max_size=6))
    return [
        Subject(
            key(f"sim-{number}"),
            ACCOUNT,
            {
                FIRST + timedelta(days=at): DayUsage(data, sms)
                for at, (data, sms) in enumerate(history)
            },
        )
        for number, history in enumerate(histories)
    ]


_TERMS = st.builds(
    replace,
    POLICIES,
    track=st.builds(
        Track,
        st.sampled_from([PeriodKind.MONTHLY, PeriodKind.DAILY]),
        st.sampled_from(["Etc/UTC", "Europe/Berlin", "America/New_York"]),
    ),
)
_HOURLY = st.sampled_from([{}, {ACCOUNT: 0}, {ACCOUNT: 1}])


@given(_TERMS, _subjects(), _HOURLY)
def test_audit_and_enforce_replay_alike(
    terms: Terms, subjects: list[Subject], hourly: dict[Key, int]
) -> None:
    audit, enforce = (
        rehearse(replace(terms, mode=mode), subjects, FIRST, _LAST, hourly) for mode in PolicyMode
    )
    assert audit.happenings == enforce.happenings
    assert audit.periods == enforce.periods


@given(_TERMS, _subjects(), _HOURLY)
def test_never_more_are_off_than_the_guards_allow(
    terms: Terms, subjects: list[Subject], hourly: dict[Key, int]
) -> None:
    found = rehearse(terms, subjects, FIRST, _LAST, hourly)
    places = resolve(terms.max_disabled, len(subjects))
    assert all(one.most_off <= places for one in found.periods)
    if hourly == {ACCOUNT: 0} or not terms.disables:
        assert all(one.most_off == 0 for one in found.periods)


@given(_TERMS, _subjects())
def test_nobody_is_off_in_a_period_in_which_no_limit_was_passed(
    terms: Terms, subjects: list[Subject]
) -> None:
    found = rehearse(terms, subjects, FIRST, _LAST, {})
    pooled = any(limit.pooled for limit, _ in terms.limits())
    by_key = {one.key: one for one in subjects}
    for period in found.periods:
        for sim in period.days_off:
            if not pooled:
                assert _passed(terms, by_key[sim], period.first, period.last)


def _passed(terms: Terms, one: Subject, first: date, last: date) -> bool:
    """Whether its own use, as it really was, passed one of its own limits in these days."""
    within = [use for day, use in one.days.items() if first <= day <= last]
    sums = {
        "data": sum(use.data or 0 for use in within),
        "sms": sum(use.sms or 0 for use in within),
    }
    return any(is_passed(sums[limit.service], value) for limit, value in terms.limits(PER_SIM))


@given(_TERMS, _subjects(), _HOURLY)
def test_a_sim_is_disabled_once_in_a_period_and_released_as_often(
    terms: Terms, subjects: list[Subject], hourly: dict[Key, int]
) -> None:
    found = rehearse(terms, subjects, FIRST, _LAST, hourly)
    off: set[Key] = set()
    for one in found.happenings:
        if one.event is Event.DISABLE:
            assert one.key not in off
            off.add(one.key)
        elif one.event is Event.RELEASE:
            off.remove(one.key)
    assert sum(period.disabled for period in found.periods) == sum(
        one.event is Event.DISABLE for one in found.happenings
    )


@given(_TERMS, _subjects())
def test_every_figure_is_either_used_or_saved(terms: Terms, subjects: list[Subject]) -> None:
    found = rehearse(terms, subjects, FIRST, _LAST, {})
    real = sum(use.data or 0 for one in subjects for use in one.days.values())
    assert sum(one.used_data + one.saved_data for one in found.periods) == real
