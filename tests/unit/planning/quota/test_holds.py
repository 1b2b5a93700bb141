"""What ends a hold, and what does not."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.choices import PeriodKind, PolicyMode, Resume, SimState
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.holds import HeldFor, Hold, ended
from sim_operator.planning.quota.period import Track, period_at
from sim_operator.planning.quota.terms import Limit, Terms
from tests.unit.planning.quota.fleet import NOW, policy, pool_policy, used

SINCE = "2026-11-20T08:00:00Z"
HOLD = Hold("uid-of-pumps", "2026-11", SINCE, SimState.ENABLED)
FOR_100 = HeldFor(Limit.DATA_PER_SIM, 100)
FOR_POOL = HeldFor(Limit.DATA_POOL, 1000)
OVER = "The period 2026-11 of QuotaPolicy pumps is over."
DECEMBER = datetime(2026, 12, 1, tzinfo=UTC)
NEVER: dict[str, Any] = {"resumes": Resume.NEVER}


def told(terms: Terms | None = None, **changes: Any) -> str | None:
    """Why the hold ended, where nothing changed but this."""
    asked: dict[str, Any] = {
        "selects": True,
        "wins": True,
        "usage": used(150),
        "pool_used": None,
        "release": None,
        "now": NOW,
        "deleted_certainly": False,
    }
    held_for = changes.pop("held_for", FOR_100)
    hold = changes.pop("hold", HOLD)
    return ended(hold, held_for, terms or policy(), **(asked | changes))


def gone(*, certainly: bool) -> str | None:
    return ended(
        HOLD,
        FOR_100,
        None,
        selects=False,
        wins=False,
        usage=None,
        pool_used=None,
        release=SINCE,
        now=NOW,
        deleted_certainly=certainly,
    )


# In the status


def test_a_hold_comes_back_from_the_status_as_it_was_written() -> None:
    assert HOLD.as_status() == {
        "policyUID": "uid-of-pumps",
        "period": "2026-11",
        "since": SINCE,
        "stateBefore": "Enabled",
    }
    assert Hold.from_status(HOLD.as_status()) == HOLD


@pytest.mark.parametrize("lacking", ["policyUID", "period", "since", "stateBefore"])
@pytest.mark.parametrize("value", [None, 3, ["Enabled"]])
def test_what_is_no_hold_is_none(lacking: str, value: object) -> None:
    assert Hold.from_status(HOLD.as_status() | {lacking: value}) is None
    assert Hold.from_status({}) is None


@given(st.sampled_from(Limit), st.integers(0, 2**62))
def test_what_a_hold_began_with_comes_back_from_its_text(limit: Limit, value: int) -> None:
    text = HeldFor(limit, value).encode()
    assert len(text) <= 64
    assert HeldFor.decode(text) == HeldFor(limit, value)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "data.perSIM",
        "data.perSIM=",
        "data.perSIM=-1",
        "data.perSIM=1.5",
        "data.perSIM=²",
        "other=1",
        "=1",
        "data.perSIM=1=2",
        f"data.perSIM={'9' * 5000}",
    ],
)
def test_what_was_not_written_here_says_nothing(text: str | None) -> None:
    assert HeldFor.decode(text) is None


@given(st.text())
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    HeldFor.decode(text)
    Hold.from_status({"policyUID": text, "period": text, "since": text, "stateBefore": text})


# Ends that both kinds of hold have


def test_a_hold_stands_while_nothing_changes() -> None:
    assert told() is None
    assert told(policy(**NEVER)) is None


def test_a_hold_ends_with_its_policy_once_that_is_certain() -> None:
    assert gone(certainly=False) is None
    assert gone(certainly=True) == "The QuotaPolicy that kept this SIM off is deleted."


@pytest.mark.parametrize("resumes", Resume)
def test_the_annotation_releases_the_hold_that_it_names(resumes: Resume) -> None:
    terms = policy(resumes=resumes)
    assert told(terms, release=SINCE) == (
        "The annotation sim-operator.io/release-hold releases this SIM."
    )
    assert told(terms, release="2026-10-20T08:00:00Z") is None


@pytest.mark.parametrize("resumes", Resume)
def test_a_limit_raised_above_what_is_used_ends_a_hold(resumes: Resume) -> None:
    assert told(policy(data_per_sim=151, resumes=resumes)) == (
        "QuotaPolicy pumps raised data.perSIM above what is used."
    )
    assert told(policy(data_per_sim=150, resumes=resumes)) is None
    assert told(policy(data_per_sim=99, resumes=resumes), usage=used(50)) is None


@pytest.mark.parametrize("resumes", Resume)
def test_a_limit_taken_away_ends_a_hold(resumes: Resume) -> None:
    terms = policy(data_per_sim=None, sms_per_sim=1, resumes=resumes)
    assert told(terms) == "QuotaPolicy pumps no longer has data.perSIM."


@pytest.mark.parametrize("resumes", Resume)
def test_figures_that_fell_without_a_raise_end_nothing(resumes: Resume) -> None:
    assert told(policy(resumes=resumes), usage=used(0)) is None
    terms = pool_policy(1000, resumes=resumes)
    assert told(terms, held_for=FOR_POOL, pool_used=10) is None


@pytest.mark.parametrize("resumes", Resume)
def test_a_pool_has_to_be_raised_above_what_all_used(resumes: Resume) -> None:
    terms = pool_policy(2000, resumes=resumes)
    assert told(terms, held_for=FOR_POOL, pool_used=1999) == (
        "QuotaPolicy pumps raised data.pool above what is used."
    )
    assert told(terms, held_for=FOR_POOL, pool_used=2000) is None
    assert told(terms, held_for=FOR_POOL, pool_used=None) is None


@pytest.mark.parametrize("resumes", Resume)
@pytest.mark.parametrize("usage", [None, used(None)])
def test_a_raise_waits_for_usage_that_is_not_known(resumes: Resume, usage: Usage | None) -> None:
    terms = policy(data_per_sim=1000, resumes=resumes)
    assert told(terms, usage=usage) is None


def test_a_raise_is_not_measured_by_the_use_of_another_period() -> None:
    october = used(0, period=period_at(policy().track, datetime(2026, 10, 5, tzinfo=UTC)))
    assert told(policy(data_per_sim=1000), usage=october) is None
    assert told(policy(data_per_sim=1000), usage=october, held_for=None) is None


# What it began with is no longer known


@pytest.mark.parametrize("resumes", Resume)
def test_where_the_limit_is_forgotten_use_counted_through_tells_that_it_was_raised(
    resumes: Resume,
) -> None:
    terms = policy(data_per_sim=151, resumes=resumes)
    assert told(terms, held_for=None) == (
        "The limits of QuotaPolicy pumps are above what this SIM used."
    )
    assert told(policy(data_per_sim=150, resumes=resumes), held_for=None) is None


def test_where_the_limit_is_forgotten_too_little_known_lets_the_hold_stand() -> None:
    late = Usage(period_at(policy().track, NOW), NOW, data=1, sms=0, as_of=NOW)
    for usage in (None, used(None), late):
        assert told(policy(data_per_sim=1000), held_for=None, usage=usage) is None
    assert told(policy(data_per_sim=1000, data_pool=10**6), held_for=None) is None
    odd = Hold("uid-of-pumps", "2026-11", "some day", SimState.ENABLED)
    assert told(policy(data_per_sim=1000), held_for=None, hold=odd) is None
    local = Hold("uid-of-pumps", "2026-11", "2026-11-20T08:00:00", SimState.ENABLED)
    assert told(policy(data_per_sim=1000), held_for=None, hold=local) is None


# Until the next period


@pytest.mark.parametrize(
    ("terms", "changes", "why"),
    [
        (policy(), {"selects": False}, "QuotaPolicy pumps no longer selects this SIM."),
        (
            policy(),
            {"wins": False},
            "QuotaPolicy pumps no longer decides about this SIM: another one comes before it.",
        ),
        (policy(mode=PolicyMode.AUDIT), {}, "QuotaPolicy pumps is no longer in Enforce."),
        (policy(disables=False), {}, "QuotaPolicy pumps no longer has the action Disable."),
        (policy(), {"now": DECEMBER}, OVER),
        (
            policy(),
            {"now": DECEMBER, "usage": None},
            OVER,
        ),
        (
            policy(track=Track(PeriodKind.DAILY, "Etc/UTC")),
            {},
            "QuotaPolicy pumps counts by another period than 2026-11.",
        ),
    ],
)
def test_what_ends_a_hold_before_or_with_its_period(
    terms: Terms, changes: dict[str, Any], why: str
) -> None:
    assert told(terms, **changes) == why
    never = policy(
        mode=terms.mode, disables=terms.disables, track=terms.track, resumes=Resume.NEVER
    )
    assert told(never, **changes) is None


def test_a_hold_stands_to_the_last_moment_of_its_period() -> None:
    assert told(now=DECEMBER - timedelta(microseconds=1)) is None


def test_a_period_turns_in_the_zone_of_the_policy() -> None:
    terms = policy(track=Track(PeriodKind.MONTHLY, "Europe/Berlin"))
    assert told(terms, now=DECEMBER - timedelta(hours=1, seconds=1)) is None
    assert told(terms, now=DECEMBER - timedelta(hours=1)) == OVER


def test_a_clock_that_steps_back_over_the_turn_ends_nothing() -> None:
    november = datetime(2026, 11, 1, tzinfo=UTC)
    october = used(0, period=period_at(policy().track, november - timedelta(hours=5)))
    assert told(now=november - timedelta(hours=5), usage=october) is None
    raised = policy(data_per_sim=1000)
    assert told(raised, now=november - timedelta(hours=5), usage=october) is None


def test_a_hold_of_a_far_future_is_none_of_this_clock() -> None:
    assert told(now=datetime(2026, 10, 30, tzinfo=UTC)) == (
        "2026-11 has not begun: this SIM was switched off by a clock that was wrong."
    )


# Never


def test_a_hold_for_good_ends_with_a_raise_in_a_later_period_whatever_is_used_then() -> None:
    december = used(500, period=period_at(policy().track, DECEMBER))
    terms = policy(data_per_sim=101, resumes=Resume.NEVER)
    for usage in (december, None):
        assert told(terms, now=DECEMBER, usage=usage) == "QuotaPolicy pumps raised data.perSIM."
    assert told(policy(resumes=Resume.NEVER), now=DECEMBER, usage=december) is None


def test_a_hold_of_a_lifetime_stands_until_its_limit_is_raised() -> None:
    track = Track(PeriodKind.LIFETIME, "Etc/UTC")
    lifetime = period_at(track, NOW)
    hold = Hold("uid-of-pumps", "Lifetime", SINCE, SimState.ENABLED)
    far = NOW + timedelta(days=4000)
    terms = policy(track=track, resumes=Resume.NEVER)
    assert told(terms, hold=hold, now=far, usage=used(150, period=lifetime)) is None
    more = policy(track=track, resumes=Resume.NEVER, data_per_sim=151)
    assert told(more, hold=hold, now=far, usage=used(150, period=lifetime)) is not None
    assert told(more, hold=hold, now=far, usage=used(151, period=lifetime)) is None


def test_whether_a_hold_is_for_good_is_read_from_the_policy_as_it_is_now() -> None:
    later = {"now": DECEMBER, "usage": None}
    assert told(policy(resumes=Resume.NEVER), **later) is None
    assert told(policy(resumes=Resume.NEXT_PERIOD), **later) == OVER


# Any figures

USAGES = st.none() | st.builds(
    used, st.none() | st.integers(0, 300), st.none() | st.integers(0, 30)
)
HELD_FOR = st.sampled_from([FOR_100, FOR_POOL, HeldFor(Limit.SMS_PER_SIM, 5)])
SECONDS_OF_NOVEMBER = 30 * 24 * 3600
NOVEMBER_BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
IN_NOVEMBER = st.integers(0, SECONDS_OF_NOVEMBER - 1).map(
    lambda seconds: NOVEMBER_BEGAN + timedelta(seconds=seconds)
)
YEARS = st.integers(-300, 1000).map(lambda days: NOVEMBER_BEGAN + timedelta(days=days, hours=5))
POOL_USED = st.none() | st.integers(0, 5000)
ALL_LIMITS = policy(sms_per_sim=5, data_pool=1000)


@given(HELD_FOR, USAGES, POOL_USED, IN_NOVEMBER)
def test_without_a_change_no_figure_ends_a_hold_within_its_period(
    held_for: HeldFor, usage: Usage | None, pool_used: int | None, now: datetime
) -> None:
    assert told(ALL_LIMITS, held_for=held_for, usage=usage, pool_used=pool_used, now=now) is None


@given(
    HELD_FOR,
    USAGES,
    POOL_USED,
    YEARS,
    st.booleans(),
    st.booleans(),
    st.sampled_from(PolicyMode),
    st.sampled_from(PeriodKind),
)
def test_nothing_but_a_raise_a_release_or_its_end_ends_a_hold_for_good(
    held_for: HeldFor,
    usage: Usage | None,
    pool_used: int | None,
    now: datetime,
    selects: bool,
    wins: bool,
    mode: PolicyMode,
    kind: PeriodKind,
) -> None:
    terms = policy(
        sms_per_sim=5,
        data_pool=1000,
        mode=mode,
        track=Track(kind, "Etc/UTC"),
        resumes=Resume.NEVER,
    )
    over = told(
        terms,
        held_for=held_for,
        usage=usage,
        pool_used=pool_used,
        now=now,
        selects=selects,
        wins=wins,
        release="2026-11-20T08:00:01Z",
    )
    assert over is None
