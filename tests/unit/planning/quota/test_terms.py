"""What a QuotaPolicy says, in plain figures."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_operator.api.choices import PeriodKind, PolicyMode, Resume
from sim_operator.api.policy import QuotaPolicySpec
from sim_operator.domain.resources import PolicyRecord
from sim_operator.domain.usage import Service
from sim_operator.planning.quota.period import InvalidTimeZoneError, Track
from sim_operator.planning.quota.terms import (
    Limit,
    Terms,
    is_passed,
    percent_of,
    step_of,
    terms,
    winner,
)
from tests.unit.planning.quota.fleet import MI, key, policy
from tests.unit.specimens import meta


def told(**spec: Any) -> Terms:
    """The terms of a policy with this spec, as in YAML."""
    parsed = QuotaPolicySpec.model_validate({"selector": {}, **spec})
    return terms(PolicyRecord(meta(key("pumps")), parsed, b"{}"))


def test_a_policy_is_read_with_its_defaults() -> None:
    assert told(data={"perSIM": "40Mi"}) == Terms(
        name="pumps",
        uid="uid-of-plant-a-pumps",
        mode=PolicyMode.AUDIT,
        priority=0,
        track=Track(PeriodKind.MONTHLY, "Etc/UTC"),
        data_per_sim=40 * MI,
        data_pool=None,
        sms_per_sim=None,
        sms_pool=None,
        warn_at=(80, 95),
        disables=False,
        max_disabled="10%",
        resumes=Resume.NEXT_PERIOD,
    )


def test_every_limit_is_read_in_bytes_and_messages() -> None:
    read = told(
        data={"perSIM": 1500, "pool": "1.5Gi"}, sms={"perSIM": 0, "pool": 9}, action="Disable"
    )
    assert read.limits() == (
        (Limit.DATA_PER_SIM, 1500),
        (Limit.SMS_PER_SIM, 0),
        (Limit.DATA_POOL, 1536 * MI),
        (Limit.SMS_POOL, 9),
    )
    assert read.disables


def test_a_lifetime_never_resumes() -> None:
    assert told(sms={"pool": 1}, period="Lifetime").resumes is Resume.NEVER


def test_a_policy_limits_the_services_that_it_has_limits_for() -> None:
    assert told(sms={"pool": 1}).services == (Service.SMS,)
    assert told(data={"perSIM": 1}, sms={"pool": 1}).services == (Service.DATA, Service.SMS)


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidTimeZoneError):
        told(data={"perSIM": 1}, timeZone="Europe/Atlantis")


def test_limits_know_what_they_limit() -> None:
    assert [one.service for one in Limit] == [Service.DATA, Service.SMS] * 2
    assert [one.pooled for one in Limit] == [False, False, True, True]


@pytest.mark.parametrize(
    ("use", "limit", "passed", "percent"),
    [
        (0, 0, False, 0),
        (1, 0, True, 100),
        (900, 0, True, 100),
        (0, 1, False, 0),
        (1, 1, True, 100),
        (99, 100, False, 99),
        (100, 100, True, 100),
        (250, 100, True, 250),
        (199, 200, False, 99),
    ],
)
def test_a_limit_is_passed_when_all_of_it_is_used(
    use: int, limit: int, passed: bool, percent: int
) -> None:
    assert is_passed(use, limit) is passed
    assert percent_of(use, limit) == percent


@given(st.integers(0, 2**60), st.integers(0, 2**60))
def test_a_limit_is_passed_at_exactly_a_hundred_percent(use: int, limit: int) -> None:
    assert is_passed(use, limit) == (percent_of(use, limit) >= 100)


def test_the_highest_step_reached_counts() -> None:
    assert step_of(79, (80, 95)) is None
    assert step_of(80, (80, 95)) == 80
    assert step_of(300, (80, 95)) == 95
    assert step_of(99, ()) is None


def test_the_highest_priority_decides_and_of_equal_ones_the_first_by_name() -> None:
    low, high, also_high = (
        policy(name="a", priority=-1),
        policy(name="c", priority=7),
        policy(name="b", priority=7),
    )
    assert winner([low, high, also_high]) is also_high
    assert winner([low]) is low
    assert winner([]) is None


POLICIES = st.lists(
    st.builds(
        lambda name, priority: policy(name=name, uid=f"uid-{name}", priority=priority),
        st.text("abc", min_size=1, max_size=3),
        st.integers(-2, 2),
    ),
    min_size=1,
    unique_by=lambda one: one.name,
)


@given(POLICIES, st.randoms(use_true_random=False))
def test_the_winner_is_one_whatever_the_order_and_stays_when_others_go(
    policies: list[Terms], chance: Random
) -> None:
    first = winner(policies)
    assert first in policies
    shuffled = list(policies)
    chance.shuffle(shuffled)
    assert winner(shuffled) == first
    assert all(winner([first, other]) == first for other in policies if first is not None)
