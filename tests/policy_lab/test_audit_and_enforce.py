"""A trial says what the policy would do in force: two laboratories, alike but for the mode."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim_operator.api.choices import PolicyAction
from sim_operator.domain.states import SimState
from tests.policy_lab import histories
from tests.policy_lab.histories import Step
from tests.policy_lab.lab import Lab, laboratories

# A history that breaks a promise is shortened for five minutes at most. Ended in the midst of that,
# Hypothesis takes the end for one more failure, and one that cannot be repeated.
pytestmark = pytest.mark.timeout(900)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLAIN = st.fixed_dictionaries(
    {
        "p": histories.LIMITED,
        "q": st.none(),
        "states": st.just(["Enabled"] * len(histories.SIMS)),
        "budget": st.just(5000),
    }
)
STEPS = st.lists(
    histories.often(
        (6, histories.USES),
        (1, st.tuples(st.just("wait"), histories.MINUTES, st.none())),
        (1, histories.RESTARTS),
    ),
    min_size=6,
    max_size=20,
)
DEVICES = ("use", "sms", "stream")


def said(lab: Lab, name: str) -> dict[str, Any]:
    """What the status of a SIM tells of its policy."""
    told: dict[str, Any] = lab.sims()[name].get("status", {}).get("policy", {})
    return told


def assert_alike(trial: Lab, force: Lab) -> None:
    """Those that the trial would switch off are those that are off."""
    for name in histories.SIMS:
        would = said(trial, name).get("wouldDo")
        is_off = force.card(name).state is SimState.DISABLED
        assert (would == PolicyAction.DISABLE) == is_off, (name, said(trial, name))
        waits = said(force, name).get("action") == PolicyAction.HOLD
        assert (would == PolicyAction.HOLD) == waits, (name, said(trial, name))
        assert not trial.card(name).writes


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(PLAIN, STEPS)
def test_an_audit_would_switch_off_whom_the_same_policy_in_force_switches_off(
    start: dict[str, Any], steps: list[Step]
) -> None:
    with laboratories(NOW) as (trial, force):
        histories.begin(trial, start, mode="Audit")
        histories.begin(force, start, mode="Enforce")
        for step in steps:
            if step[0] in DEVICES and force.card(step[1]).state is SimState.DISABLED:
                continue  # who is off uses nothing, neither here nor in the trial
            if step[0] == "wait":
                force.clock.pass_by(step[1] * 60.0)
            else:
                histories.go_on(force, step)
                histories.go_on(trial, step)
            force.look()
            trial.look()
            assert_alike(trial, force)
