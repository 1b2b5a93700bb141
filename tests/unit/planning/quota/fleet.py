"""Policies and SIMs to decide about, as they are where a test says nothing else."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from sim_operator.api.choices import PeriodKind, PolicyAction, PolicyMode, Resume
from sim_operator.domain.resources import Key
from sim_operator.planning.quota.counting import Usage
from sim_operator.planning.quota.evaluation import Member, Standing
from sim_operator.planning.quota.period import Period, Track, period_at
from sim_operator.planning.quota.terms import Terms

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MONTHLY = Track(PeriodKind.MONTHLY, "Etc/UTC")
NOVEMBER = period_at(MONTHLY, NOW)
MI = 1024 * 1024


def policy(**changes: Any) -> Terms:
    """A policy in Enforce that limits each SIM to 100 bytes and may keep everyone off."""
    told: dict[str, Any] = {
        "name": "pumps",
        "uid": "uid-of-pumps",
        "mode": PolicyMode.ENFORCE,
        "priority": 0,
        "track": MONTHLY,
        "data_per_sim": 100,
        "data_pool": None,
        "sms_per_sim": None,
        "sms_pool": None,
        "warn_at": (80, 95),
        "disables": True,
        "max_disabled": "100%",
        "resumes": Resume.NEXT_PERIOD,
    }
    return Terms(**(told | changes))


def pool_policy(data: int | None = None, sms: int | None = None, **changes: Any) -> Terms:
    """A policy that limits nobody but all together."""
    return policy(**({"data_per_sim": None, "data_pool": data, "sms_pool": sms} | changes))


def used(data: int | None = 0, sms: int | None = 0, period: Period = NOVEMBER) -> Usage:
    """What a SIM used, counted from the beginning of the period."""
    return Usage(period, since=period.start, data=data, sms=sms, as_of=NOW)


def key(name: str) -> Key:
    """A SIM of the one namespace."""
    return Key("plant-a", name)


def member(name: str, data: int | None = 0, sms: int | None = 0, **changes: Any) -> Member:
    """A SIM that may be switched off."""
    told: dict[str, Any] = {
        "key": key(name),
        "usage": used(data, sms),
        "standing": Standing.ENFORCED,
    }
    return Member(**(told | changes))


FIGURES = st.none() | st.integers(0, 12) | st.integers(0, 300)
LIMITS = st.none() | st.sampled_from([0, 1, 5, 100]) | st.integers(0, 400)
PLACES = st.sampled_from([0, 1, 2, 5, "0%", "10%", "50%", "100%"])
STANDINGS = st.one_of(*[st.just(Standing.ENFORCED)] * 3, st.sampled_from(Standing))
USAGES = st.none() | st.builds(used, FIGURES, FIGURES)
RARELY = st.sampled_from([False] * 4 + [True])
FLEETS = st.lists(
    st.builds(
        Member,
        key=st.builds(Key, st.sampled_from("ab"), st.sampled_from("abcdefgh")),
        usage=st.one_of(*[st.builds(used, FIGURES, FIGURES)] * 4, USAGES),
        standing=STANDINGS,
        held=RARELY,
        ends=RARELY,
        waits=RARELY,
        last=st.none() | st.sampled_from(PolicyAction),
    ),
    max_size=14,
    unique_by=lambda one: one.key,
)
_WITH_ANY_LIMIT = st.builds(
    policy,
    data_per_sim=LIMITS,
    data_pool=LIMITS,
    sms_per_sim=LIMITS,
    sms_pool=LIMITS,
    disables=st.sampled_from([True, True, True, False]),
    max_disabled=PLACES,
)
POLICIES = _WITH_ANY_LIMIT.filter(lambda one: bool(one.limits()))
