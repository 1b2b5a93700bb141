"""A history that has SIMs read: what is shown of their use is true, and decides nothing."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim_operator.domain.usage import Service
from sim_operator.domain.volume import bytes_of
from tests.policy_lab import histories
from tests.policy_lab.histories import Step
from tests.policy_lab.lab import Lab, laboratory
from tests.policy_lab.reading_along import ReadingAlong
from tests.policy_lab.test_histories import assert_everybody_is_back

# A history that breaks a promise is shortened for five minutes at most. Ended in the midst of that,
# Hypothesis takes the end for one more failure, and one that cannot be repeated.
pytestmark = pytest.mark.timeout(900)

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
"""The month turns soon."""
STEPS = st.lists(
    histories.often(
        (5, histories.USES),
        (5, histories.TIMES),
        (5, histories.CHRONICLES),
        (2, histories.RESTARTS),
        (1, histories.GATES),
        (4, histories.PEOPLE),
    ),
    min_size=8,
    max_size=40,
)
Shown = tuple[str, str, int, int]
"""Period, since when, bytes, messages."""


def shown(lab: Lab, name: str) -> tuple[Shown | None, bool]:
    """What the status of a SIM tells of its use, and whether a policy had a part in it."""
    status = lab.sims()[name].get("status", {})
    usage: dict[str, Any] = status.get("usage", {})
    if "data" not in usage:
        return None, True
    told = usage["period"], usage["since"], bytes_of(usage["data"]), usage.get("sms", 0)
    return told, "base" in usage or "policy" in status


def assert_true(lab: Lab, name: str, before: Shown | None) -> Shown | None:
    """Of a SIM that no policy counted nothing is shown that it did not use; nothing fell."""
    told, counted = shown(lab, name)
    if told is None:
        return None
    period, since, volume, messages = told
    if not counted:
        begin, now, card = datetime.fromisoformat(since), lab.clock.now(), lab.card(name)
        assert (period, since) == (begin.strftime("%Y-%m"), begin.strftime("%Y-%m-01T00:00:00Z"))
        assert volume <= card.used(Service.DATA, begin, now)
        assert messages <= card.used(Service.SMS, begin, now)
    if before is not None and before[:2] == told[:2] and not counted:
        assert volume >= before[2]
        assert messages >= before[3]
    return told


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(histories.STARTS, STEPS)
def test_what_is_shown_was_used_and_no_promise_of_a_policy_is_broken_by_it(
    start: dict[str, Any], steps: list[Step]
) -> None:
    with laboratory(NOW, recording=ReadingAlong()) as lab:
        # The last of the SIMs begins without a policy.
        histories.begin(lab, start, selector={"matchLabels": {"fleet": "pumps"}})
        before: dict[str, Shown | None] = {}
        for step in steps:
            histories.go_on(lab, step)
            before = {one: assert_true(lab, one, before.get(one)) for one in histories.SIMS}
        histories.recover(lab)
        assert_everybody_is_back(lab)
