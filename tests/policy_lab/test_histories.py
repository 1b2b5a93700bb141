"""What policies promise, through any history.

Most of it is looked at by `promises` at each write: no disable without an acknowledged hold, no
hold cleared before its SIM was on, nobody enabled whom its owner wants off, no more off than the
guards allow, nobody off and on again in one period without a cause.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim_operator.api.choices import Resume
from sim_operator.domain.states import SimState
from tests.policy_lab import histories
from tests.policy_lab.histories import Step
from tests.policy_lab.lab import Lab, laboratory

# A history that breaks a promise is shortened for five minutes at most. Ended in the midst of that,
# Hypothesis takes the end for one more failure, and one that cannot be repeated.
pytestmark = pytest.mark.timeout(900)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
QUICK = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
ROUGH = st.lists(
    histories.often(
        (4, histories.USES),
        (5, histories.TIMES),
        (1, histories.CLOCKS),
        (1, histories.RESTARTS),
        (1, histories.SILENCES),
        (1, histories.GATES),
    ),
    min_size=8,
    max_size=40,
)
ANY = st.lists(
    histories.often(
        (5, histories.USES),
        (6, histories.TIMES),
        (1, histories.RESTARTS),
        (1, histories.GATES),
        (4, histories.PEOPLE),
        (1, histories.RELEASES),
    ),
    min_size=8,
    max_size=40,
)


def assert_everybody_is_back(lab: Lab) -> None:
    """Whoever a policy switched off is on again, and nothing is held but by who never lets go."""
    all_wait = lab.disables_per_hour() == 0
    never = {name for name, one in lab.policies().items() if one.resumes is Resume.NEVER}
    for name in histories.SIMS:
        card, hold = lab.card(name), lab.hold(name)
        keeper = lab.policy_name(hold["policyUID"]) if hold is not None else None
        assert keeper is None or keeper in never, f"{name} is still held by {keeper}"
        if keeper is None and card.iccid in lab.promises.off_by_policy:
            raise AssertionError(f"{name} was switched off by a policy and never came back")
        assert keeper is None or card.state is SimState.DISABLED or all_wait


@QUICK
@given(histories.STARTS, ROUGH)
def test_no_trouble_breaks_a_promise_and_every_sim_comes_back(
    start: dict[str, Any], steps: list[Step]
) -> None:
    with laboratory(NOW) as lab:
        histories.begin(lab, start)
        for step in steps:
            histories.go_on(lab, step)
        histories.recover(lab)
        assert_everybody_is_back(lab)


@QUICK
@given(histories.STARTS, ANY)
def test_nothing_that_people_do_breaks_a_promise_and_every_sim_comes_back(
    start: dict[str, Any], steps: list[Step]
) -> None:
    with laboratory(NOW) as lab:
        histories.begin(lab, start)
        for step in steps:
            histories.go_on(lab, step)
        histories.recover(lab)
        assert_everybody_is_back(lab)
